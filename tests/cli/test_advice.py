from __future__ import annotations

import socket

import pytest

from circus.cli.advice import advice, knock


def test_nobody_there_is_told_with_the_system_s_reason(tmp_path):
    endpoint = f"ipc://{tmp_path}/ctl"
    assert advice(endpoint, 5).startswith(
        f"The Circus daemon could not be reached at {endpoint}: No such file or directory.\n"
    )


def test_somebody_there_is_told_with_the_time_that_was_given():
    with socket.create_server(("127.0.0.1", 0)) as there:
        endpoint = f"tcp://127.0.0.1:{there.getsockname()[1]}"
        text = advice(endpoint, 2.5)
    assert text.startswith(f"Somebody listens at {endpoint}, but has not answered within 2.5 sec")


def test_a_socket_file_is_knocked_at(tmp_path):
    with socket.socket(socket.AF_UNIX) as there:
        there.bind(str(tmp_path / "ctl"))
        assert knock(f"ipc://{tmp_path}/ctl") == "Connection refused"
        there.listen()
        assert knock(f"ipc://{tmp_path}/ctl") is None


@pytest.mark.parametrize("endpoint", ["inproc://x", "ipc://@abstract", "tcp://host:*"])
def test_a_place_that_cannot_be_knocked_at_is_not_judged(endpoint):
    assert knock(endpoint) is None


def test_a_port_that_cannot_be_is_told():
    assert knock("tcp://127.0.0.1:99999999") is not None
