"""The process table as files (proc(5)): a few system calls where a library takes milliseconds."""

from __future__ import annotations

import os

_STATE, _PARENT = 0, 1
"""Places in /proc/PID/stat, counted after the name, which may hold blanks and brackets."""


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
    return bool(fields) and fields[_STATE] not in {b"Z", b"X"}


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
