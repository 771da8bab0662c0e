"""From samples to what is published: one watcher, the sockets, circusd itself (spec §10.2)."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from circus.figures import UNKNOWN
from circus.loop import asyncio_loop
from circus.stats.arrivals import Arrivals

if TYPE_CHECKING:
    from circus.stats.publisher import StatsPublisher
    from circus.stats.sample import Sample, Sampler

CIRCUS = "circus"
"""The name of the group of circusd and its own helpers."""


class Source(Protocol):
    """What a collector needs to know of the streamer."""

    publisher: StatsPublisher
    sampler: Sampler

    @property
    def sockets(self) -> Sequence[tuple[int, str]]:
        """Descriptors and addresses of the sockets that circusd binds."""

    def get_pids(self, watcher: str | None = None) -> list[int]:
        """Return the pids of a watcher, or of all."""

    def get_circus_pids(self) -> Mapping[int, str]:
        """Return the pids of circusd and its helpers, with what they are."""

    def remove_pid(self, watcher: str, pid: int) -> None:
        """Forget a process that is gone."""

    def about(self) -> Mapping[str, Any]:
        """Return what is told of the daemon beside its samples."""


class Collector(ABC):
    """Publishes what it collects, every so often if it is started.

    :param streamer: knows the pids
    :param name: what the topic says after ``stat.``
    :param callback_time: seconds between two samples of a started collector
    :param io_loop: an asyncio or tornado loop; None: the running one
    """

    def __init__(
        self, streamer: Source, name: str, callback_time: float = 1.0, io_loop: Any = None
    ) -> None:
        self.streamer = streamer
        self.name = name
        self.callback_time = callback_time
        self.io_loop = io_loop
        self._timer: asyncio.TimerHandle | None = None

    @abstractmethod
    def collect_stats(self) -> Iterator[Sample]:
        """Yield what is to be published now."""

    def publish(self) -> None:
        """Publish what there is now."""
        for stat in self.collect_stats():
            self.streamer.publisher.publish(self.name, stat)

    def start(self) -> None:
        """Publish every *callback_time* seconds from now on."""
        loop = asyncio_loop(self.io_loop) if self.io_loop else asyncio.get_running_loop()
        self._again(loop)

    def stop(self) -> None:
        """Publish no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _again(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = loop.call_later(self.callback_time, self._again, loop)
        self.publish()


class WatcherStatsCollector(Collector):
    """The processes of one watcher, or of the group ``circus``."""

    def collect_stats(self) -> Iterator[Sample]:
        """Yield a sample for each process, then the aggregate."""
        found = {}
        for pid, name in self._wanted():
            stat = self.streamer.sampler.sample(pid)
            if isinstance(stat, str):
                self.streamer.remove_pid(self.name, pid)
                continue
            stat["subtopic"], stat["name"], stat["watcher"] = pid, name, self.name
            found[pid] = stat
            yield stat
        yield self._aggregate(found)

    def _wanted(self) -> list[tuple[int, str | None]]:
        if self.name == CIRCUS:
            return list(self.streamer.get_circus_pids().items())
        return [(pid, None) for pid in self.streamer.get_pids(self.name)]

    def _aggregate(self, aggregate: Mapping[int, Sample]) -> Sample:
        """Return the pids, the average CPU, the sum of memory and the highest age."""
        about = {"watcher": self.name, **(self.streamer.about() if self.name == CIRCUS else {})}
        if not aggregate:
            return {**about, "pid": [], "cpu": 0.0, "mem": 0, "age": UNKNOWN}
        every = list(aggregate.values())
        shares, parts = ([stat[key] for stat in every] for key in ("cpu", "mem"))
        ages = [stat["age"] for stat in every if stat["age"] != UNKNOWN]
        return {
            **about,
            "pid": list(aggregate),
            "cpu": UNKNOWN if UNKNOWN in shares else sum(shares) / len(shares),
            "mem": UNKNOWN if UNKNOWN in parts else sum(parts),
            "age": max(ages, default=UNKNOWN),
        }


class SocketStatsCollector(Collector):
    """The connections that arrive at the sockets circusd gave us."""

    def __init__(
        self,
        streamer: Source,
        name: str = "sockets",
        callback_time: float = 1.0,
        io_loop: Any = None,
    ) -> None:
        super().__init__(streamer, name, callback_time, io_loop)
        self._arrivals: Arrivals | None = None

    def collect_stats(self) -> Iterator[Sample]:
        """Yield how often something arrived at each socket since the last time, then the sum."""
        if self._arrivals is None:
            loop = asyncio_loop(self.io_loop) if self.io_loop else asyncio.get_running_loop()
            self._arrivals = Arrivals(loop, [fd for fd, _ in self.streamer.sockets])
        reads = self._arrivals.take()
        total = 0
        addresses = []
        for fd, address in self.streamer.sockets:
            if fd in reads:
                total += reads[fd]
                addresses.append(address)
                yield {"fd": fd, "subtopic": fd, "reads": reads[fd], "address": address}
        yield {"addresses": addresses, "reads": total}

    def stop(self) -> None:
        """Listen to the sockets no more."""
        super().stop()
        if self._arrivals is not None:
            self._arrivals.close()
            self._arrivals = None
