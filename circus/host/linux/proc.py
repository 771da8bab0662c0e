"""The process table as files (proc(5)): a few system calls where a library takes milliseconds."""

from __future__ import annotations

import os
from typing import NamedTuple

_STATE, _PARENT, _SESSION, _STARTED = 0, 1, 3, 19
"""Places in /proc/PID/stat, counted after the name, which may hold blanks and brackets."""
_DEAD = frozenset({b"Z", b"X"})


class Row(NamedTuple):
    """One process.

    :param parent: the pid of its parent
    :param session: the number of its session
    :param started: clock ticks from the boot to its start: with the pid it names one process only
    :param alive: it is no zombie
    """

    parent: int
    session: int
    started: int
    alive: bool


def table() -> dict[int, Row]:
    """Return every process by its pid: one pass."""
    rows = ((int(name), row(int(name))) for name in os.listdir("/proc") if name.isdigit())
    return {pid: found for pid, found in rows if found is not None}


def row(pid: int) -> Row | None:
    """Return one process, or None when there is none of that number."""
    fields = _stat(str(pid))
    if not fields:
        return None
    parent, session, started = (int(fields[place]) for place in (_PARENT, _SESSION, _STARTED))
    return Row(parent, session, started, fields[_STATE] not in _DEAD)


def environ(pid: int) -> list[bytes]:
    """Return what a process was given as its environment (``NAME=value``), as far as we may look.

    A zombie has none any more.
    """
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return file.read().split(b"\0")
    except OSError:
        return []


def parents() -> dict[int, int]:
    """Return the parent of every process: one pass over the table."""
    table = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = _stat(name)
            if fields:
                table[int(name)] = int(fields[_PARENT])
    return table


def children(pid: int) -> list[int]:
    """Return the children of one process, which each of its threads has a file of."""
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                found += map(int, file.read().split())
    except (FileNotFoundError, ProcessLookupError):  # it has ended in the meantime
        return []
    return found


def alive(pid: int) -> bool:
    """Say whether a process exists and is not a zombie."""
    fields = _stat(str(pid))
    return bool(fields) and fields[_STATE] not in _DEAD


def _stat(name: str) -> list[bytes]:
    try:
        fd = os.open(f"/proc/{name}/stat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return []
    try:
        return os.read(fd, 1024).rpartition(b")")[2].split()
    except ProcessLookupError:  # it went between the two
        return []
    finally:
        os.close(fd)
