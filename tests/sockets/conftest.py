"""Sockets that are closed at the end of a test."""

from __future__ import annotations

import pytest

from circus.sockets import CircusSocket
from circus.spec.model import SocketSpec


@pytest.fixture
def made():
    """Return a list of sockets that are closed at the end."""
    sockets = []
    yield sockets
    for sock in sockets:
        sock.close()


@pytest.fixture
def opened(made):
    """Return a function that opens what a [socket:NAME] section asks for."""

    def bind(**options):
        sock = CircusSocket.from_spec(
            SocketSpec("x", **{"host": "127.0.0.1", "port": 0, **options})
        )
        made.append(sock)
        sock.bind_and_listen()
        return sock

    return bind
