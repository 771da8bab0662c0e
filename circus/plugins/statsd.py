"""StatsdEmitter and FullStats: what happens, and what is used, as metrics (spec §9.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import statsd
from tornado.ioloop import PeriodicCallback

from circus.plugins import CircusPlugin
from circus.plugins.settings import settings
from circus.spec.amounts import human2bytes
from circus.spec.options.shipped import FULL_STATS, STATSD_EMITTER, Shipped

_RESERVED = re.compile(r"[^\x21-\x7e]|[:|@#]")
"""What may not stand in the name of a metric."""


class StatsdClient(statsd.StatsClient):  # type: ignore[misc]  # statsd has no types
    """Sends metrics. Each is marked with the rate, and none is left out (spec §9.3).

    :param host, port: of the statsd server
    :param prefix: what the name of every metric begins with
    :param sample_rate: what each metric is marked with, unless that is 1
    """

    def __init__(
        self,
        host: str | None = None,
        port: int | None = None,
        prefix: str | None = None,
        sample_rate: float = 1,
    ) -> None:
        super().__init__(host or "localhost", port or 8125, prefix, ipv6=":" in (host or ""))
        self.sample_rate = sample_rate

    def _prepare(self, stat: str, value: str, rate: float) -> str:
        """Return the text of a metric; the base would leave some out by chance."""
        del rate
        marked = value if self.sample_rate == 1 else f"{value}|@{self.sample_rate:g}"
        found: str = super()._prepare(_RESERVED.sub("_", stat), marked, 1)
        return found

    def _send(self, data: str) -> None:
        """Send a text, unless that is over; what cannot be sent is lost, as UDP is."""
        if self._sock is not None:
            super()._send(data)

    def increment(self, bucket: str, delta: float = 1) -> None:
        """Count something."""
        self.incr(bucket, delta)

    def decrement(self, bucket: str, delta: float = 1) -> None:
        """Count something down."""
        self.decr(bucket, delta)

    def timed(self, bucket: str, value: float) -> None:
        """Tell how long something took, in milliseconds."""
        self.timing(bucket, value)

    def stop(self) -> None:
        """Close the socket."""
        self.close()


class StatsdEmitter(CircusPlugin):
    """Counts every event."""

    name = "statsd"
    shipped: Shipped = STATSD_EMITTER
    """What is known of its options; a class derived from one of ours keeps those."""
    default_app_name: str | None = None
    """The application's name, when a class of somebody else has another one than its base."""

    def __init__(self, *args: Any, **config: Any) -> None:
        own = {} if self.default_app_name is None else {"application_name": self.default_app_name}
        self.taken = settings(self.shipped, {**own, **config})
        super().__init__(*args, **config)
        self.app: str = self.taken["application_name"]
        self.prefix = f"circus.{self.app}.watcher"
        place = self.taken["host"], self.taken["port"]
        self.statsd = StatsdClient(*place, self.prefix, self.taken["sample_rate"])

    def handle_recv(self, data: Sequence[bytes]) -> None:
        """Count an event."""
        watcher, event, _ = self.split_data(data)
        self.statsd.increment(f"{watcher}.{event}")

    def stop(self) -> None:
        """End, and send no more."""
        super().stop()
        self.statsd.stop()


class BaseObserver(StatsdEmitter):
    """Looks at something every *loop_rate* seconds; events mean nothing to it."""

    shipped = FULL_STATS

    def __init__(self, *args: Any, **config: Any) -> None:
        super().__init__(*args, **config)
        self.loop_rate = float(self.taken["loop_rate"])

    def handle_init(self) -> None:
        """Begin to look."""
        self.period = PeriodicCallback(self.look_after, self.loop_rate * 1000)
        self.period.start()

    def handle_stop(self) -> None:
        """Look no more."""
        self.period.stop()

    def handle_recv(self, data: Sequence[bytes]) -> None:
        """Pass over an event."""

    def look_after(self) -> Any:
        """Look once. It may be a coroutine: the next look waits for its end."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it looks at")


class FullStats(BaseObserver):
    """Sends what each watcher uses."""

    name = "full_stats"

    def look_after(self) -> None:
        """Ask the daemon once, and send what it says."""
        answer = self.call("stats")
        if answer["status"] == "error":
            self.statsd.increment("_stats.error")
            return
        for watcher, infos in answer["infos"].items():
            if not watcher.startswith("plugin:"):
                for gauge, value in figures(infos.values()):
                    self.statsd.gauge(f"_stats.{watcher}.{gauge}", value)


def figures(infos: Iterable[Any]) -> Iterator[tuple[str, float]]:
    """Iterate over (gauge, value) for the processes of a watcher.

    :param infos: what ``stats`` says of each; who is gone already has no facts
    """
    found = [info for info in infos if isinstance(info, Mapping)]
    yield "watchers_num", len(found)
    for gauge, fact, read in (
        ("cpu", "cpu", float),
        ("mem_pct", "mem", float),
        ("mem", "mem_info1", human2bytes),
    ):
        values = [known(info[fact], read) for info in found]
        if values:
            yield f"{gauge}_max", max(values)
            yield f"{gauge}_sum", sum(values)


def known(value: Any, read: Any, unknown: float = 0) -> float:
    """Return a fact as a number; what the daemon may not know is *unknown*."""
    return unknown if value == "N/A" else read(value)
