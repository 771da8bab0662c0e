"""Which process holds an address: what to say when it cannot be bound."""

from __future__ import annotations

import socket
import sys
from typing import NamedTuple

if sys.platform == "linux":
    from circus.host.linux import inodes

Place = str | tuple[str, int]
"""The path of a Unix socket (``@name`` for an abstract one), or (numeric host, port)."""


class Holder(NamedTuple):
    """A process that holds an address.

    :param pid: its number; 0 when the kernel does not tell it to us
    :param command: its program and, where that is no option, the first argument; may be empty
    :param user: the number of the user that the socket belongs to, or None when it is not told
    """

    pid: int
    command: str = ""
    user: int | None = None


def process(pid: int) -> Holder:
    """Return a process of which it is known otherwise that it holds something."""
    return Holder(pid, inodes.command(pid) if sys.platform == "linux" else "")


def holders(family: int, socktype: int, place: Place) -> list[Holder]:
    """Return who holds an address or one that overlaps it, by pid; empty if it cannot be told.

    :param family, socktype: numbers of the socket module
    :param place: the address
    """
    if sys.platform != "linux":
        return []
    if isinstance(place, tuple):
        found = inodes.of_port(socktype, *place)
    elif family == socket.AF_UNIX:
        found = inodes.of_path(place, socktype)
    else:
        return []
    owners = inodes.owners(found.keys())
    if owners:
        return [Holder(pid, inodes.command(pid), found[inode]) for pid, inode in owners.items()]
    return [Holder(0, user=user) for user in found.values()]
