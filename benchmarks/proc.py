"""What /proc says of a daemon and of the helpers that it runs, without the measured children."""

from __future__ import annotations

import contextlib
import os
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGE = os.sysconf("SC_PAGE_SIZE")


def read(path: str) -> str:
    """Return a file of /proc, or nothing when its process is gone."""
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    children = defaultdict(list)
    for name in os.listdir("/proc"):
        if name.isdigit() and (stat := read(f"/proc/{name}/stat")):
            parent = int(stat.rpartition(")")[2].split()[1])
            children[parent].append(int(name))
    found = [pid]
    for member in found:
        found += children[member]
    return found


def staff(pid: int, child: str) -> list[int]:
    """Return the daemon and its helpers: the family without those that run the child's program."""
    return [member for member in family(pid) if program(member) != child]


def program(pid: int) -> str:
    """Return the path of the program that a process runs, empty when unknown."""
    with contextlib.suppress(OSError):
        return os.readlink(f"/proc/{pid}/exe")
    return ""


def cpu_ns(pids: Iterable[int]) -> int:
    """Return the nanoseconds that all threads of the processes have spent on a CPU.

    Clock ticks of 10 ms cannot show a daemon at rest; schedstat can.
    """
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{pid}/task"):
                total += int((read(f"/proc/{pid}/task/{thread}/schedstat") or "0").split()[0])
    return total


def rss_mib(pids: Iterable[int]) -> float:
    """Return the resident memory of the processes in MiB; shared pages count for each of them."""
    pages = sum(int((read(f"/proc/{pid}/statm") or "0 0").split()[1]) for pid in pids)
    return pages * PAGE / 2**20
