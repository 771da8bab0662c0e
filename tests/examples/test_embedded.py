from __future__ import annotations

import subprocess
import sys

import pytest

from tests.helpers.source import ROOT

EXAMPLE = ROOT / "examples" / "embedded.py"


def test_the_example_says_what_happens_to_its_workers():
    done = subprocess.run(
        [sys.executable, str(EXAMPLE)], stdout=subprocess.PIPE, text=True, check=True, timeout=60
    )
    lines = done.stdout.splitlines()
    assert lines.count("worker reap") == 3
    assert {*lines} == {"worker reap", "worker spawn"}


def test_the_example_is_typed_strictly():
    api = pytest.importorskip("mypy.api", reason="mypy is not installed")
    out, _, code = api.run(
        ["--strict", "--no-incremental", "--follow-imports=silent", str(EXAMPLE)]
    )
    assert code == 0, out
