"""Facts about processes (spec §4.15). The only module that imports psutil.

Everything here may be called from any thread: a whole ``stats`` is gathered off the loop.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any

import psutil

from circus.figures import STOPPED, UNKNOWN, bytes2human, cpu_time, program
from circus.host.linux import proc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

AccessDenied, NoSuchProcess = psutil.AccessDenied, psutil.NoSuchProcess
"""What psutil raises; old programs catch it."""

Info = dict[str, Any] | str
"""The facts about one process, or STOPPED."""

HAS_TABLE = os.path.exists("/proc/self/stat")
"""Whether there is a process table to be looked through as files."""
CAN_LIST = HAS_TABLE or sys.platform != "linux"
"""Whether processes can be listed at all: Linux without /proc tells of none."""
_HAS_CHILDREN = os.path.exists(f"/proc/self/task/{os.getpid()}/children")
GENERATIONS = 16
"""So many generations of descendants are told of."""
FEW = 32
"""Up to so many processes are asked for their children one by one, not by a pass over the table."""


def pids() -> list[int]:
    """Return the numbers of all processes that we can see."""
    return psutil.pids() if CAN_LIST else []


def alive(pid: int) -> bool:
    """Say whether a process exists and is not a zombie; where nobody lists them, whether it exists.

    What is asked about is a process of ours that we did not reap, so its number is its own.
    """
    if HAS_TABLE:
        return proc.alive(pid)
    if not CAN_LIST:
        return _exists(pid)
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def families() -> dict[int, list[int]]:
    """Return the children of every process that has any, by one pass over the process table."""
    if HAS_TABLE:
        parents = proc.parents()
    else:
        everybody = psutil.process_iter(["ppid"]) if CAN_LIST else ()
        parents = {p.pid: p.info["ppid"] for p in everybody}
    table = defaultdict(list)
    for pid, parent in parents.items():
        table[parent].append(pid)
    return dict(table)


def children(
    pid: int, recursive: bool = False, table: Mapping[int, list[int]] | None = None
) -> list[int]:
    """Return the children of a process, or all its descendants, parents before children.

    :param table: what :func:`families` returned, to ask about many processes in one pass
    """
    if table is None and not recursive and _HAS_CHILDREN:
        return proc.children(pid)
    table = families() if table is None else table
    found = list(table.get(pid, ()))
    if recursive:
        for child in found:  # grows while it is walked
            found += table.get(child, ())
    return found


class Observer:
    """Tells the facts of spec §4.15; remembers each process for its share of the CPU since."""

    def __init__(self) -> None:
        self._known: dict[int, psutil.Process] = {}
        self._lock = threading.Lock()

    def info(self, pid: int) -> Info:
        """Return the facts about one process and its children."""
        return self.infos([pid])[pid]

    def infos(self, wanted: Iterable[int]) -> dict[int, Info]:
        """Return the facts about processes and their children, by one pass over the table.

        Few are asked one by one instead: a big machine's table is not theirs to pay for.
        """
        asked = list(wanted)
        with self._lock:
            few = _HAS_CHILDREN and len(asked) <= FEW
            offspring = proc.children if few else partial(children, table=families())
            result = {pid: self._describe(pid, offspring, GENERATIONS) for pid in asked}
            for pid in [pid for pid in self._known if not psutil.pid_exists(pid)]:
                del self._known[pid]
            return result

    def own(self, interval: float = 0.01) -> Info:
        """Return the facts about this process, its CPU share sampled over *interval* seconds.

        Blocks for that time: to be called off the loop.
        """
        return _facts(psutil.Process(), interval)

    def _describe(self, pid: int, offspring: Callable[[int], list[int]], generations: int) -> Info:
        """Return the facts about a process, and below it about its descendants."""
        info = self._one(pid)
        if isinstance(info, dict) and generations:
            below = (self._describe(one, offspring, generations - 1) for one in offspring(pid))
            info["children"] = [child for child in below if isinstance(child, dict)]
        return info

    def _one(self, pid: int) -> Info:
        try:
            known = self._known.get(pid)
            if known is None or not known.is_running():
                known = self._known[pid] = psutil.Process(pid)
            return _facts(known, None)
        except psutil.NoSuchProcess:  # ZombieProcess is one of them
            self._known.pop(pid, None)
            return STOPPED


def _facts(process: psutil.Process, interval: float | None) -> Info:
    with process.oneshot():
        if process.status() == psutil.STATUS_ZOMBIE:
            return STOPPED
        created = _seen(process.create_time)
        times = _seen(process.cpu_times)
        memory = _seen(process.memory_info)
        share = _seen(process.memory_percent)
        return {
            "mem_info1": UNKNOWN if memory == UNKNOWN else bytes2human(memory.rss),
            "mem_info2": UNKNOWN if memory == UNKNOWN else bytes2human(memory.vms),
            "cpu": _seen(lambda: process.cpu_percent(interval)),
            "mem": share if share == UNKNOWN else round(share, 3),
            "ctime": UNKNOWN if times == UNKNOWN else cpu_time(times.user + times.system),
            "pid": process.pid,
            "username": _seen(process.username),
            "nice": _seen(process.nice),
            "cmdline": program(_seen(process.cmdline)),
            "create_time": created,
            "age": UNKNOWN if created == UNKNOWN else time.time() - created,
            "children": [],
        }


def _seen(question: Callable[[], Any]) -> Any:
    """Ask; what is forbidden to know is N/A."""
    try:
        return question()
    except psutil.AccessDenied:
        return UNKNOWN
