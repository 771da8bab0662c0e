"""ResourceWatcher: replaces a process that uses too much, or too little (spec §9.3.1).

Each process of the watcher is judged by itself, with everything that it started counted in. With
``process_children`` it is judged alone, and each of its children with what that one started. A
condition has to hold on more than *max_count* looks in a row before anything is done, and then it
is done to the one that met it.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from circus.plugins.statsd import BaseObserver, known
from circus.spec.amounts import Amount, human2bytes
from circus.spec.options.shipped import RESOURCE_WATCHER


class Usage(NamedTuple):
    """What a process uses.

    :param cpu: percent of one CPU
    :param percent: of the machine's memory
    :param rss: resident memory in bytes
    """

    cpu: float
    percent: float
    rss: float


class Target(NamedTuple):
    """Whom something can be done to: a process of the watcher, or a child of one (else 0)."""

    pid: int
    child: int = 0


class ResourceWatcher(BaseObserver):
    """Looks at the processes of one watcher."""

    name = "resource_watcher"
    shipped = RESOURCE_WATCHER

    def __init__(self, *args: Any, **config: Any) -> None:
        self.service: str | None = config.get("service")
        self.watcher: str | None = config.get("watcher") or self.service
        if self.service:
            text = "ResourceWatcher: the option service is called watcher now"
            warnings.warn(text, DeprecationWarning, stacklevel=2)
        if not self.watcher:
            raise NotImplementedError("watcher is mandatory for now.")
        super().__init__(*args, **config)
        taken = self.taken
        self.max_cpu: float = taken["max_cpu"]
        self.min_cpu: float | None = taken["min_cpu"]
        self.max_mem: Amount = taken["max_mem"]
        self.min_mem: Amount | None = taken["min_mem"]
        self.health_threshold: float = taken["health_threshold"]
        self.max_count: int = taken["max_count"]
        self.process_children: bool = taken["process_children"]
        self.child_signal: int = taken["child_signal"]
        self._counts: dict[Target, Counter[str]] = {}

    def look_after(self) -> None:
        """Ask the daemon once; do what has to be done."""
        answer = self.call("stats", name=self.watcher)
        if answer["status"] == "error":
            self._count("error")
            return
        used = dict(self.used(answer["info"]))
        for target in self._counts.keys() - used.keys():
            del self._counts[target]
        met = {target: self._judge(target, usage) for target, usage in used.items()}
        for condition in sorted(set().union(*met.values())):
            self._count(condition)
        for target, conditions in met.items():
            if any(self._counts[target][one] > self.max_count for one in conditions):
                self.act(target)

    def used(self, infos: Mapping[str, Any]) -> Iterator[tuple[Target, Usage]]:
        """Iterate over those that are judged, and what each uses.

        :param infos: what ``stats`` says, by pid; who is gone already has no facts
        """
        for pid, info in infos.items():
            if not isinstance(info, Mapping):
                continue
            if not self.process_children:
                yield Target(int(pid)), usage(info)
                continue
            yield Target(int(pid)), usage({**info, "children": []})
            for child in info["children"]:
                yield Target(int(pid), child["pid"]), usage(child)

    def conditions(self, use: Usage) -> Iterator[str]:
        """Iterate over the conditions that a usage meets."""
        if self.max_cpu and use.cpu > self.max_cpu:
            yield "over_cpu"
        if self.min_cpu is not None and use.cpu <= self.min_cpu:
            yield "under_cpu"
        if self.max_mem.value and _memory(use, self.max_mem) > self.max_mem.value:
            yield "over_memory"
        if self.min_mem is not None and _memory(use, self.min_mem) < self.min_mem.value:
            yield "under_memory"
        if self.health_threshold and (use.cpu + use.percent) / 2 > self.health_threshold:
            yield "over_health"

    def _judge(self, target: Target, use: Usage) -> set[str]:
        """Return the conditions that somebody meets, and count how often in a row."""
        met = set(self.conditions(use))
        if target not in self._counts:
            met.discard("under_cpu")  # its first figure is 0: there was no look before
        before = self._counts.get(target, Counter())
        self._counts[target] = Counter({one: before[one] + 1 for one in met})
        return met

    def act(self, target: Target) -> None:
        """Replace a process, or signal a child."""
        self._count("restarting")
        del self._counts[target]
        if target.child:
            about = {"pid": target.pid, "childpid": target.child, "signum": self.child_signal}
            self.cast("signal", name=self.watcher, **about)
        else:
            self.cast("kill", name=self.watcher, pid=target.pid)

    def _count(self, what: str) -> None:
        self.statsd.increment(f"_resource_watcher.{self.watcher}.{what}")


def usage(info: Mapping[str, Any]) -> Usage:
    """Return what a process and all that are below it use; what is not known counts as much."""
    below = [usage(child) for child in info["children"]]
    return Usage(
        known(info["cpu"], float, 100) + sum(one.cpu for one in below),
        known(info["mem"], float, 100) + sum(one.percent for one in below),
        known(info["mem_info1"], human2bytes) + sum(one.rss for one in below),
    )


def _memory(use: Usage, limit: Amount) -> float:
    return use.rss if limit.in_bytes else use.percent
