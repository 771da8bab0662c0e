"""``/metrics``: what is known of the daemon, in the format of Prometheus.

Everything is read from the mirror and the samples when it is asked for; a registry of our own holds
nothing else. It needs prometheus_client (the extra ``circus[web]``); without it the rest works.

The lag of circusd's loop is measured from outside, so that circusd pays nothing for it: by how long
it takes to answer ``numwatchers``, a question that costs it nothing. That is its loop's lag with
the way there and back, some tenths of a millisecond.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from circus.web.answers import Refusal
from circus.web.handlers import Handler
from circus.web.latency import Latency
from circus.web.mirror import Seen
from circus.web.rooms import Rooms
from circus.web.samples import descriptors

try:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import (
        CounterMetricFamily,
        GaugeMetricFamily,
        HistogramMetricFamily,
        InfoMetricFamily,
        Metric,
    )
    from prometheus_client.exposition import choose_encoder
except ImportError:
    INSTALLED = False
else:
    INSTALLED = True

MISSING = (
    "cannot tell metrics: prometheus_client is not installed; pip install 'circus[web]' and "
    "restart circushttpd"
)
STATES = ("stopped", "starting", "active", "stopping")


class Collector:
    """Reads the figures at the moment they are asked for.

    :param rooms: where they are
    :param open_files: how many descriptors each process has open
    """

    def __init__(self, rooms: Rooms, open_files: Mapping[int, int]) -> None:
        self._rooms, self._open_files = rooms, open_files

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        yield from self._daemon()
        yield from self._latencies()
        yield from self._watchers()

    # --- circusd ----------------------------------------------------------------------------------

    def _daemon(self) -> Iterator[Metric]:
        mirror = self._rooms.mirror
        yield _gauge("circus_up", "Whether circusd answers.", float(mirror.up))
        about = {"version": mirror.version or "", "endpoint": mirror.endpoint}
        yield InfoMetricFamily("circus", "The circusd that is looked at.", about)
        if not mirror.up:
            return
        yield _gauge("circus_watchers", "Watchers there are.", len(mirror.watchers))
        if mirror.since is not None:
            text = "When circusd was started, in seconds since the epoch."
            yield _gauge("circus_start_time_seconds", text, mirror.since)
        figures = self._rooms.samples.figures.get(mirror.pid or 0)
        if figures is not None and mirror.pid is not None:
            if figures.cpu is not None:
                text = "Processor time of circusd; 1 is a whole processor."
                yield _gauge("circus_cpu_ratio", text, figures.cpu / 100)
            yield _gauge("circus_memory_bytes", "Resident memory of circusd.", figures.memory)
            if mirror.pid in self._open_files:
                text, count = "Open descriptors of circusd.", self._open_files[mirror.pid]
                yield _gauge("circus_open_fds", text, count)

    def _latencies(self) -> Iterator[Metric]:
        text = "How long circusd took for a question that costs it nothing: the lag of its loop."
        yield _histogram("circus_loop_lag_seconds", text, [({}, self._rooms.follower.lag)])
        text = "How late the clock of circushttpd was: the lag of its loop."
        own = self._rooms.audience.lag
        yield _histogram("circus_console_loop_lag_seconds", text, [({}, own)])
        found = sorted(self._rooms.follower.latencies.items())
        text = "How long circusd took to answer a command."
        rows = [({"command": verb}, latency) for verb, latency in found]
        yield _histogram("circus_command_seconds", text, rows, ("command",))

    # --- watchers ---------------------------------------------------------------------------------

    def _watchers(self) -> Iterator[Metric]:
        if not self._rooms.mirror.up:
            return
        every = list(self._rooms.mirror.watchers.values())
        states = GaugeMetricFamily(
            "circus_watcher_status",
            "1 for the status of the watcher.",
            labels=("watcher", "status"),
        )
        for one in every:
            for state in STATES:
                states.add_metric((one.name, state), float(one.status == state))
        yield states
        restarts = CounterMetricFamily(
            "circus_watcher_restarts",
            "Processes that ended by themselves and were replaced.",
            labels=("watcher",),
        )
        for one in every:
            restarts.add_metric((one.name,), one.facts.get("restarts", 0))
        yield restarts
        for name, text, figure in self._figures():
            family = GaugeMetricFamily(f"circus_watcher_{name}", text, labels=("watcher",))
            for one in every:
                value = figure(one)
                if value is not None:
                    family.add_metric((one.name,), value)
            yield family

    def _figures(self) -> Iterable[tuple[str, str, Any]]:
        """Return name, text and reader of the figures that each watcher has."""
        now = time.monotonic()
        return (
            ("processes", "Processes that run.", lambda one: one.facts.get("up")),
            ("processes_wanted", "Processes that should run.", lambda one: one.facts.get("wanted")),
            (
                "backoff",
                "Whether the next start waits because of crashes or failures.",
                lambda one: float(bool(one.facts.get("backoff"))),
            ),
            (
                "last_exit_code",
                "How the last process ended that did; minus the signal.",
                lambda one: one.facts.get("last_exit", {}).get("exit_code"),
            ),
            (
                "last_exit_age_seconds",
                "How long ago that was.",
                lambda one: one.told(now).get("last_exit", {}).get("ago"),
            ),
            ("cpu_ratio", "Processor time; 1 is a whole processor.", self._cpu),
            ("memory_bytes", "Resident memory.", self._memory),
            ("open_fds", "Open descriptors, as far as they may be counted.", self._descriptors),
            ("oldest_process_age_seconds", "Age of the oldest process.", self._age),
        )

    def _cpu(self, one: Seen) -> float | None:
        point = self._rooms.samples.latest(one.name)
        return None if point is None or point.cpu is None else point.cpu / 100

    def _memory(self, one: Seen) -> int | None:
        point = self._rooms.samples.latest(one.name)
        return None if point is None else point.memory

    def _descriptors(self, one: Seen) -> int | None:
        counts = [self._open_files[pid] for pid in one.pids if pid in self._open_files]
        return sum(counts) if counts or not one.pids else None

    def _age(self, one: Seen) -> float | None:
        figures = self._rooms.samples.figures
        ages = [time.time() - figures[pid].created for pid in one.pids if pid in figures]
        return max(0.0, *ages) if ages else None


class Metrics(Handler):
    """``/metrics``."""

    async def get(self) -> None:
        """Answer with every metric, in the format that is asked for."""
        if not INSTALLED:
            raise Refusal(501, MISSING)
        samples, mirror = self.rooms.samples, self.rooms.mirror
        samples.refresh()
        pids = [pid for pid in (*samples.figures, mirror.pid) if pid]
        open_files = await asyncio.get_running_loop().run_in_executor(None, _counted, pids)
        registry = CollectorRegistry(auto_describe=False)
        registry.register(Collector(self.rooms, open_files))
        encode, kind = choose_encoder(self.request.headers.get("Accept", ""))
        self.set_header("Content-Type", kind)
        self.finish(encode(registry))


def _counted(pids: Iterable[int]) -> dict[int, int]:
    """Return how many descriptors each process has open, as far as that may be known."""
    counts = ((pid, descriptors(pid)) for pid in pids)
    return {pid: count for pid, count in counts if count is not None}


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value)


def _histogram(
    name: str,
    text: str,
    rows: Iterable[tuple[Mapping[str, str], Latency]],
    labels: tuple[str, ...] = (),
) -> Metric:
    family = HistogramMetricFamily(name, text, labels=labels)
    for values, latency in rows:
        family.add_metric([values[label] for label in labels], latency.buckets(), latency.total)
    return family
