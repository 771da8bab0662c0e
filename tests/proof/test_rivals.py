"""Two circusd at once, a hundred times: exactly one runs, and the other says which."""

from __future__ import annotations

import socket

import pytest

from tests.helpers.rivals import rivalry

pytestmark = pytest.mark.proof

TIMES = 100


@pytest.mark.parametrize("transport", ["ipc", "tcp"])
@pytest.mark.parametrize("pidfile", ["pidfile = pid", ""])
def test_of_two_at_once_one_runs_a_hundred_times(tmp_path, transport, pidfile):
    endpoint = f"ipc://{tmp_path}/ctl"
    if transport == "tcp":
        with socket.create_server(("127.0.0.1", 0)) as free:
            endpoint = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    file = tmp_path / "circus.ini"
    places = f"endpoint = {endpoint}\npubsub_endpoint = ipc://{tmp_path}/pub"
    file.write_text(f"[circus]\n{places}\n{pidfile}\n")
    for _ in range(TIMES):
        winner, code, said = rivalry(file, endpoint)
        assert code == 1
        named = f"current pid {winner}\n" if pidfile else f"held by process {winner} ("
        assert named in said
