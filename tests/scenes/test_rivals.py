"""Two circusd at once, on one pid file or on one endpoint: one runs, the other says who does."""

from __future__ import annotations

import socket
import sys

import pytest

from tests.helpers.rivals import rivalry

TIMES = 5


def written(folder, endpoint, more=""):
    """Return the path of a file with an endpoint, and nothing to run."""
    file = folder / "circus.ini"
    places = f"endpoint = {endpoint}\npubsub_endpoint = ipc://{folder}/pub"
    file.write_text(f"[circus]\n{places}{more}\n")
    return file


def test_on_one_pid_file_one_runs_and_the_other_names_it(tmp_path):
    endpoint = f"ipc://{tmp_path}/ctl"
    file = written(tmp_path, endpoint, f"\npidfile = {tmp_path}/pid")
    for _ in range(TIMES):
        winner, code, said = rivalry(file, endpoint)
        assert code == 1
        assert said == f"pid file '{tmp_path}/pid' is stale, current pid {winner}\n"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's tables are Linux's")
@pytest.mark.parametrize("transport", ["ipc", "tcp"])
def test_on_one_endpoint_one_runs_and_the_other_names_it(tmp_path, transport):
    endpoint = f"ipc://{tmp_path}/ctl"
    if transport == "tcp":
        with socket.create_server(("127.0.0.1", 0)) as free:
            endpoint = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    file = written(tmp_path, endpoint)
    for _ in range(TIMES):
        winner, code, said = rivalry(file, endpoint)
        assert code == 1
        assert f"held by process {winner} (" in said
