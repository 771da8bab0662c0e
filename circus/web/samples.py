"""What the processes cost, looked at once a second while somebody looks, else every ten seconds.

So a chart has a past when a page is opened. All times are seconds since the epoch. The sums are
those of a watcher's own processes, not of their children; circusd's are those of circusd and its
helpers, this process among them.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections import deque
from typing import Any, NamedTuple

from circus.spec.statistics import HELPERS
from circus.stats.sample import Figures, Sampler
from circus.web.mirror import Mirror, Seen

POINTS = 300
"""So many points are kept of each watcher."""
FEW = 100
"""The descriptors of a watcher's processes are told while it has no more processes than this."""


class Point(NamedTuple):
    """What some processes cost together.

    :param cpu: percent of one processor; None while that is not known
    :param memory: bytes
    """

    at: float
    cpu: float | None
    memory: int


class Samples:
    """Looks at the processes that a mirror knows.

    :param mirror: the daemon
    :param sampler: reads the kernel's figures
    """

    def __init__(self, mirror: Mirror, sampler: Sampler | None = None) -> None:
        self._mirror = mirror
        self._sampler = sampler or Sampler()
        self.figures: dict[int, Figures] = {}
        """What each process costs."""
        self._rings: dict[str | None, deque[Point]] = {}
        self.step = 0.0
        """Seconds between the last two looks."""
        self._last = 0.0

    def look(self, now: float | None = None) -> None:
        """Look at every process."""
        at = time.time() if now is None else now
        self.step, self._last = (at - self._last if self._last else 0.0), at
        seen: dict[int, Figures] = {}
        for name, watcher in self._mirror.watchers.items():
            self._note(name, at, [self._measure(pid, seen) for pid in watcher.pids])
        own = [self._measure(pid, seen) for pid in self.own_pids()]
        self._note(None, at, own)
        for pid in self.figures.keys() - seen.keys():
            self._sampler.forget(pid)
        self.figures = seen
        for old in self._rings.keys() - self._mirror.watchers.keys() - {None}:
            del self._rings[old]

    def refresh(self) -> None:
        """Look, unless that was done within the last second."""
        if time.time() - self._last >= 1:
            self.look()

    def own_pids(self) -> set[int]:
        """Return the pids of circusd and its helpers."""
        helpers = {pid for name in HELPERS for pid in self._pids(name)}
        mine = {os.getpid()}
        return helpers | mine | ({self._mirror.pid} if self._mirror.pid else set())

    def latest(self, name: str | None) -> Point | None:
        """Return what a watcher cost last; None: circusd with its helpers."""
        ring = self._rings.get(name)
        return ring[-1] if ring else None

    def message(self) -> dict[str, Any]:
        """Return what everything cost last, as pages are told."""
        own = self.latest(None)
        return {
            "type": "samples",
            "at": self._last,
            "daemon": [own.cpu, own.memory] if own else [None, 0],
            "watchers": {
                name: [ring[-1].cpu, ring[-1].memory]
                for name, ring in self._rings.items()
                if name is not None and ring
            },
        }

    def history(self, name: str | None) -> dict[str, Any]:
        """Return what a watcher has cost, as pages are told; None: circusd with its helpers."""
        ring = self._rings.get(name, ())
        return {
            "type": "history",
            "name": name,
            "step": self.step,
            "at": [point.at for point in ring],
            "cpu": [point.cpu for point in ring],
            "mem": [point.memory for point in ring],
        }

    def processes(self, watcher: Seen) -> list[dict[str, Any]]:
        """Return the processes of a watcher, as pages and programs are told."""
        now = time.time()
        few = len(watcher.pids) <= FEW
        found = []
        for pid, wid in watcher.pids.items():
            seen = self.figures.get(pid)
            row: dict[str, Any] = {
                "pid": pid,
                "wid": wid,
                "cpu": seen.cpu if seen else None,
                "mem": seen.memory if seen else None,
                "age": max(0.0, now - seen.created) if seen else None,
            }
            count = descriptors(pid) if few else None
            found.append(row if count is None else {**row, "fds": count})
        return found

    def _pids(self, name: str) -> list[int]:
        watcher = self._mirror.watchers.get(name)
        return list(watcher.pids) if watcher else []

    def _measure(self, pid: int, seen: dict[int, Figures]) -> Figures | None:
        """Look at a process, once in each round."""
        figures = seen.get(pid) or self._sampler.measure(pid)
        if figures is not None:
            seen[pid] = figures
        return figures

    def _note(self, name: str | None, at: float, figures: list[Figures | None]) -> None:
        known = [one for one in figures if one is not None]
        shares = [one.cpu for one in known if one.cpu is not None]
        cpu = round(sum(shares), 1) if shares or not known else None
        ring = self._rings.setdefault(name, deque(maxlen=POINTS))
        ring.append(Point(at, cpu, sum(one.memory for one in known)))


def descriptors(pid: int) -> int | None:
    """Return how many descriptors a process has open; None when that may not be known."""
    with contextlib.suppress(OSError), os.scandir(f"/proc/{pid}/fd") as found:
        return sum(1 for _ in found)
    return None
