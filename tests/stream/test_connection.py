from __future__ import annotations

import errno
import socket

import pytest

from circus.stream import connection
from circus.stream.connection import Connection
from tests.helpers import listening


class Wire:
    """Sockets that fail as they are told."""

    def __init__(self, *faults):
        self.faults = list(faults)
        self.sent = []
        self.made = 0

    def connect(self, timeout):
        self.made += 1
        return socket.socket()

    def send(self, to, message):
        assert to.gettimeout() == 3.0
        if self.faults and (fault := self.faults.pop(0)):
            raise fault
        self.sent.append(message)


GONE = ConnectionRefusedError(errno.ECONNREFUSED, "refused")


@pytest.mark.parametrize(
    ("faults", "made", "sent"),
    [
        ([], 1, [b"a", b"b"]),
        ([None, GONE], 2, [b"a", b"b"]),
    ],
)
def test_a_daemon_that_was_started_anew_is_reached_again(faults, made, sent):
    wire = Wire(*faults)
    line = Connection(wire.connect, wire.send, 3.0)
    line.send(b"a")
    line.send(b"b")
    line.close()
    line.close()
    assert (wire.made, wire.sent) == (made, sent)


@pytest.mark.parametrize("faults", [[GONE], [None, GONE, GONE], [None, TimeoutError()]])
def test_what_cannot_be_sent_is_told_and_the_next_message_connects_again(faults):
    wire = Wire(*faults)
    line = Connection(wire.connect, wire.send, 3.0)
    if faults[0] is None:
        line.send(b"a")
    with pytest.raises((ConnectionRefusedError, TimeoutError)):
        line.send(b"a")
    made = wire.made
    line.send(b"b")
    line.close()
    assert (wire.made, wire.sent[-1]) == (made + 1, b"b")


def test_a_path_where_nobody_listens_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        connection.unix(str(tmp_path / "none"), socket.SOCK_DGRAM, 1)


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_host_is_reached_by_its_name(kind):
    with listening.host(kind) as listener:
        made = connection.host("127.0.0.1", listening.port(listener), kind, 5)
        assert made.getpeername() == listener.getsockname()
        made.close()


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_host_that_does_not_exist_is_an_error(kind, monkeypatch):
    def unknown(*args, **more):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(OSError, match="unknown"):
        connection.host("no.such.host", 514, kind, 5)


def test_a_host_none_of_whose_addresses_can_be_used_is_an_error(monkeypatch):
    def broadcast(*args, **more):
        return [(socket.AF_INET, socket.SOCK_DGRAM, 0, "", ("255.255.255.255", 514))]

    monkeypatch.setattr(socket, "getaddrinfo", broadcast)
    with pytest.raises(OSError, match=r"denied|unreachable|permitted"):
        connection.host("anybody", 514, socket.SOCK_DGRAM, 5)
