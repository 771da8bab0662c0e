"""Daemons that only listen: real sockets that a test reads from."""

from __future__ import annotations

import array
import contextlib
import os
import socket

PATIENCE = 20.0


@contextlib.contextmanager
def unix(path, kind=socket.SOCK_DGRAM):
    """Listen at a path."""
    with socket.socket(socket.AF_UNIX, kind) as made:
        made.bind(str(path))
        made.settimeout(PATIENCE)
        if kind == socket.SOCK_STREAM:
            made.listen()
        yield made
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


@contextlib.contextmanager
def host(kind, family=socket.AF_INET):
    """Listen at a free port of this machine."""
    with socket.socket(family, kind) as made:
        made.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        made.settimeout(PATIENCE)
        if kind == socket.SOCK_STREAM:
            made.listen()
        yield made


def port(listener):
    return listener.getsockname()[1]


def everything(listener):
    """Return what the first who connects says until he goes."""
    peer, _ = listener.accept()
    with peer:
        peer.settimeout(PATIENCE)
        return b"".join(iter(lambda: peer.recv(65536), b""))


def datagram(listener):
    """Return one datagram; that which is only a descriptor, from the file behind it."""
    data, ancillary, _, _ = listener.recvmsg(1 << 20, socket.CMSG_SPACE(4))
    for _, _, rights in ancillary:
        (fd,) = array.array("i", rights)
        size = os.fstat(fd).st_size
        data = os.pread(fd, size, 0)
        os.close(fd)
    return data
