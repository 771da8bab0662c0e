"""What a listening socket is like, asked of the kernel and not of the object."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import socket
import struct
import sys

import pytest

_INFO = struct.Struct("=8B6I")
"""The first fields of ``struct tcp_info`` (linux/tcp.h); of a listener the last is the backlog."""


def ipv6() -> None:
    """Skip the test where there is no IPv6."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            pass
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")


def abstract_names() -> None:
    """Skip the test where Unix sockets have no names outside the file system."""
    if sys.platform != "linux":
        pytest.skip("abstract Unix sockets are Linux's")


def backlog(sock: socket.socket) -> int:
    """Return how many connections may wait on a listening TCP socket."""
    if not hasattr(socket, "TCP_INFO") or sys.platform != "linux":
        pytest.skip("the backlog of a socket is told on Linux only")
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO.size)
    return int(_INFO.unpack(info)[-1])


def room(path: str) -> int:
    """Return how many connections fit into the queue of a Unix socket that nobody serves."""
    with contextlib.ExitStack() as stack:
        for count in range(1000):
            client = stack.enter_context(socket.socket(socket.AF_UNIX))
            client.setblocking(False)
            if client.connect_ex(path):
                return count
    raise AssertionError(f"the queue of {path} never fills up")


def somebody() -> tuple[int, int]:
    """Return the numbers of a user and a group that are not ours; skip where nothing is given away.

    :returns: (user, group)
    """
    if os.geteuid() != 0:
        pytest.skip("only root may give files to others")
    user = next((each.pw_uid for each in pwd.getpwall() if each.pw_uid != 0), None)
    group = next((each.gr_gid for each in grp.getgrall() if each.gr_gid != 0), None)
    if user is None or group is None:
        pytest.skip("there is nobody but root here")
    return user, group
