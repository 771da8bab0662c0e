"""Why a socket cannot be bound, for people: the reason and, if the kernel tells, who is there."""

from __future__ import annotations

import errno
import os
import stat

from circus.host.holders import Holder, Place, holders
from circus.host.users import username

MOST = 3
"""How many processes are named; workers of one server share a socket."""


def reason(error: OSError) -> str:
    """Return what an error says, without Python's number in front."""
    # an address that the socket module refuses by itself (a path too long) has no number
    return error.strerror or str(error)


def refused(error: OSError, family: int, socktype: int, place: Place) -> str:
    """Return why an address cannot be bound.

    :param place: the path, or (numeric host, port)
    """
    text = reason(error)
    if error.errno != errno.EADDRINUSE:
        return text
    found = holders(family, socktype, place)
    if found:
        return f"{text}; held by {told(found)}"
    # a name outside the file system goes with its last holder: it is never stale
    return f"{text}; no process holds it" if _is_socket(place) else text


def _is_socket(place: Place) -> bool:
    try:
        return isinstance(place, str) and stat.S_ISSOCK(os.lstat(place).st_mode)
    except OSError:
        return False


def told(found: list[Holder]) -> str:
    """Return processes for people, few of them by name: ``process 12 (nginx)``."""
    named = [_one(holder) for holder in found[:MOST]]
    more = len(found) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")


def _one(holder: Holder) -> str:
    if holder.pid == os.getpid():
        return "this process itself"
    if holder.pid:
        return f"process {holder.pid}" + (f" ({holder.command})" if holder.command else "")
    if holder.user is None:
        return "a process that we may not look into"
    try:
        return f"a process of user {username(holder.user)!r}"
    except ValueError:  # of another user namespace
        return f"a process of user {holder.user}"
