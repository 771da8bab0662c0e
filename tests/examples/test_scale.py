"""The example of the HTTP API does what it says."""

from __future__ import annotations

import shutil
import subprocess
import sys

from tests.helpers.console import TOKEN, Console
from tests.helpers.daemon import PATIENCE, running
from tests.helpers.source import ROOT


def test_a_script_brings_a_watcher_to_a_number_of_processes(tmp_path):
    folder = tmp_path / "console"
    shutil.copytree(ROOT / "examples" / "console", folder)
    (folder / "console.token").write_text(f"{TOKEN}\n")
    (folder / "console.token").chmod(0o600)
    text = (folder / "circus.ini").read_text().replace("8651", "0")
    text = text.replace("ipc://", f"ipc://{folder}/")
    with running(folder, text) as daemon:
        site = Console(daemon)
        found = subprocess.run(
            [sys.executable, "scale.py", "worker", "5", site.url],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
        assert found.stdout == "worker: 2 -> 5\n"
        assert len(daemon.pids("worker")) == 5
