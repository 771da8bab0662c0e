from __future__ import annotations

import socket

import pytest

from circus.sockets import CircusSocket, numbers
from circus.spec.model import SocketSpec
from tests.helpers.socketfacts import abstract_names


def test_a_host_name_becomes_a_number(made):
    made.append(CircusSocket("web", "localhost", 0))
    assert made[0].host == "127.0.0.1"


def test_a_host_that_is_not_known_is_named():
    text = "cannot make socket 'web': cannot resolve the host 'no such host'"
    with pytest.raises(OSError, match=text):
        CircusSocket("web", "no such host", 0)


@pytest.mark.parametrize(
    "wrong", [{"family": "AF_TIPC"}, {"type": "SOCK_NONE"}, {"type": "AF_INET"}]
)
def test_a_family_or_type_that_is_not_known_is_a_key_error(wrong):
    with pytest.raises(KeyError):
        CircusSocket.from_spec(SocketSpec("x", **wrong))


def test_a_protocol_is_found_by_name(made):
    made.append(CircusSocket.from_spec(SocketSpec("x", host="127.0.0.1", port=0, proto="tcp")))
    assert made[0].proto == socket.IPPROTO_TCP
    with pytest.raises(OSError, match="protocol not found"):
        CircusSocket.from_spec(SocketSpec("x", proto="no such protocol"))


def test_an_interface_is_bound_to(made):
    try:
        made.append(CircusSocket("a", "127.0.0.1", 0, interface="lo"))
    except PermissionError:
        pytest.skip("binding to an interface is not allowed here")
    assert made[0].getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16)[:2] == b"lo"


def test_an_interface_that_does_not_exist_is_named():
    with pytest.raises(
        OSError, match="cannot make socket 'a': cannot bind to the interface 'nope0'"
    ):
        CircusSocket("a", "127.0.0.1", 0, interface="nope0")


def test_a_host_that_can_be_no_name_is_told():
    with pytest.raises(OSError, match="cannot resolve the host"):
        numbers.resolved("x" * 70 + ".example", 80, socket.AF_INET, socket.SOCK_STREAM)


def test_the_kernels_name_of_a_path_leads_back_to_it(tmp_path):
    abstract_names()
    for path in (str(tmp_path / "s"), f"@{tmp_path}"):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind(numbers.unix_address(path))
            assert numbers.path_of(sock.getsockname()) == path
