"""The plugins that come with Circus, and their options (spec §9.3).

What a plugin declares here is its own: its watcher does not take it, even where a watcher has an
option of that name. Every other option of its section is the watcher's, if a watcher knows it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from circus.spec.amounts import Amount, Memory, Number, Regex
from circus.spec.options.row import Option, Section
from circus.spec.values import Flag, Seconds, SignalName, Text, Whole, Words

_EVERY = Seconds(0.001)
_MINUTE = Option("loop_rate", _EVERY, "The pause between two looks.", unit="seconds", default=60.0)


@dataclasses.dataclass(frozen=True)
class Shipped:
    """A plugin that comes with Circus.

    :param use: the dotted path of its class
    :param about: what it does, for the reference page
    :param rows: its options
    :param required: one of them has to be given
    :param needs: the dotted path of what has to be installed for it, or nothing
    :param extra: the extra of the package that installs it
    """

    use: str
    about: str
    rows: tuple[Option, ...]
    required: tuple[str, ...] = ()
    needs: str = ""
    extra: str = ""

    @property
    def lacking(self) -> str:
        """Say how to get what it needs."""
        package = self.needs.partition(".")[0]
        return f"the package {package} is not installed: pip install 'circus[{self.extra}]'"

    @property
    def section(self) -> Section:
        """Return the table of its options."""
        return Section(self.use, None, self.rows)


def _statsd(application: str) -> tuple[Option, ...]:
    """Return the options of whatever sends to statsd."""
    return (
        Option(
            "application_name",
            Text(),
            "Metrics are called `circus.NAME.watcher.…` by this name.",
            default=application,
        ),
        Option("host", Text(), "The host of the statsd server.", default="localhost"),
        Option("port", Whole(1, 65535), "Its UDP port.", default=8125),
        Option(
            "sample_rate",
            Number(),
            "The rate that each metric is marked with; every metric is sent all the same.",
            default=1.0,
        ),
    )


STATSD_EMITTER = Shipped(
    "circus.plugins.statsd.StatsdEmitter",
    "Counts every event at a statsd server: `WATCHER.EVENT`.",
    _statsd("app"),
)
FULL_STATS = Shipped(
    "circus.plugins.statsd.FullStats",
    "Sends the CPU and the memory of each watcher to a statsd server, as gauges called"
    " `_stats.WATCHER.…`: `watchers_num` (its processes), `cpu_max`, `cpu_sum`, `mem_pct_max`,"
    " `mem_pct_sum` (percent), `mem_max` and `mem_sum` (bytes). Plugins are left out.",
    (*_statsd("app"), _MINUTE),
)
REDIS_OBSERVER = Shipped(
    "circus.plugins.redis_observer.RedisObserver",
    "Asks a Redis server how it is and sends 22 figures of its `INFO` to a statsd server, as gauges"
    " called `redis_stats.…`. When it does not answer, `redis_stats.error` is counted.",
    (
        *_statsd("redis_observer"),
        _MINUTE,
        Option(
            "redis_url",
            Text(),
            "The address of the server; a password may stand in it.",
            default="redis://localhost:6379/0",
        ),
        Option("timeout", _EVERY, "How long an answer may take.", unit="seconds", default=5.0),
        Option(
            "restart_on_timeout",
            Text(optional=True),
            "The watcher that is restarted when there was no answer.",
        ),
    ),
    needs="redis.asyncio.Redis",
    extra="redis",
)
HTTP_OBSERVER = Shipped(
    "circus.plugins.http_observer.HttpObserver",
    "Fetches a page and sends the time that took, `http_stats.request_time`, to a statsd server."
    " When it fails, `http_stats.error` and `http_stats.error.CODE` are counted (599: no answer).",
    (
        *_statsd("http_observer"),
        _MINUTE,
        Option("check_url", Text(), "The page that is fetched.", default="http://localhost/"),
        Option("timeout", _EVERY, "How long an answer may take.", unit="seconds", default=10.0),
        Option(
            "restart_on_error",
            Text(optional=True),
            "The watcher that is restarted after a failure.",
        ),
    ),
)
RESOURCE_WATCHER = Shipped(
    "circus.plugins.resource_watcher.ResourceWatcher",
    "Replaces a process of one watcher that uses too much or too little, with everything it"
    " started counted in. When the same condition holds on `max_count` looks in a row and then once"
    " more, that one process is stopped and replaced. Each look that meets a condition is counted"
    " at a statsd server.",
    (
        *_statsd("app"),
        _MINUTE,
        Option("watcher", Text(optional=True), "The watcher that is looked at."),
        Option("service", Text(optional=True), "The old name of `watcher`."),
        Option("max_cpu", Number(), "Percent of one CPU; 0: no limit.", default=90.0),
        Option("min_cpu", Number(optional=True), "Percent of one CPU; unset: no limit."),
        Option(
            "max_mem",
            Memory(),
            "Percent of the memory, or bytes with a unit; 0: no limit.",
            default=Amount(90.0),
        ),
        Option(
            "min_mem",
            Memory(optional=True),
            "Percent of the memory, or bytes with a unit; unset: no limit.",
        ),
        Option(
            "health_threshold",
            Number(),
            "The mean of CPU and memory, both in percent; 0: no limit.",
            default=75.0,
        ),
        Option("max_count", Whole(0), "So many looks in a row are still forgiven.", default=3),
        Option(
            "process_children",
            Flag(),
            "Look at each child of a process by itself, and send it `child_signal`.",
            default=False,
        ),
        Option("child_signal", SignalName(), "The signal for such a child.", default=15),
    ),
    required=("watcher", "service"),
)
FLAPPING = Shipped(
    "circus.plugins.flapping.Flapping",
    "Stops a watcher whose processes die again and again, and starts it later. Only deaths that"
    " nobody asked for count. A watcher may set each option for itself as `flapping.OPTION`;"
    " `flapping.active = False` exempts it.",
    (
        Option("attempts", Whole(1), "How many deaths make it flap.", default=2),
        Option(
            "window",
            Seconds(),
            "The time within which they have to lie.",
            unit="seconds",
            default=1.0,
        ),
        Option("retry_in", Seconds(), "The pause before a start.", unit="seconds", default=7.0),
        Option("max_retry", Whole(-1), "How often it is started again; -1: always.", default=5),
    ),
)
COMMAND_RELOADER = Shipped(
    "circus.plugins.command_reloader.CommandReloader",
    "Restarts a watcher when the program that it runs was replaced.",
    (Option("loop_rate", _EVERY, "The pause between two looks.", unit="seconds", default=1.0),),
)
WATCHDOG = Shipped(
    "circus.plugins.watchdog.WatchDog",
    "Kills processes that do not report. They send UDP packets with their pid; one that was silent"
    " for `loop_rate` times `max_count` seconds is stopped and replaced.",
    (
        _MINUTE,
        Option(
            "watchers_regex",
            Regex(),
            "The watchers whose processes have to report, matched from the start of the name;"
            " circusd's helpers need not.",
            default=".*",
        ),
        Option(
            "msg_regex",
            Regex("pid"),
            "What is in a packet.",
            default="^(?P<pid>.*);(?P<timestamp>.*)$",
        ),
        Option("max_count", Whole(0), "So many pauses may go by in silence.", default=3),
        Option("ip", Text(), "The address to listen on.", default="127.0.0.1"),
        Option("port", Whole(0, 65535), "The UDP port to listen on.", default=1664),
        Option(
            "watchers_stop_signal",
            SignalName(),
            "The signal that stops such a process; unset: the one of its watcher.",
        ),
        Option(
            "watchers_graceful_timeout",
            Number(optional=True),
            "How long it may take to stop; unset: as its watcher says.",
            unit="seconds",
        ),
    ),
)
FILE_RELOADER = Shipped(
    "circus.plugins.file_reloader.FileReloader",
    "Reloads watchers gracefully when files change: for development.",
    (
        Option(
            "watcher",
            Words(),
            "The watchers that are reloaded, as wildcards; unset: all but circusd's helpers.",
            default=(),
        ),
        Option(
            "paths",
            Words(),
            "Files and directories to look at, with all that is below.",
            default=(".",),
        ),
        Option(
            "include",
            Words(),
            "Wildcards for the names of the files that count.",
            default=("*.py",),
        ),
        Option(
            "ignore",
            Words(),
            "Wildcards for the names of files and directories that do not.",
            default=(".*", "__pycache__", "node_modules"),
        ),
        Option(
            "debounce",
            Seconds(0.001),
            "Nothing is done before the files were left alone for so long.",
            unit="seconds",
            default=0.2,
        ),
        Option(
            "polling",
            Flag(),
            "Look at the files again and again: for file systems that do not tell of changes.",
            default=False,
        ),
    ),
    needs="watchfiles.watch",
    extra="watch",
)

SHIPPED: Mapping[str, Shipped] = {
    plugin.use: plugin
    for plugin in (
        FLAPPING, RESOURCE_WATCHER, WATCHDOG, COMMAND_RELOADER, FILE_RELOADER, STATSD_EMITTER,
        FULL_STATS, HTTP_OBSERVER, REDIS_OBSERVER,
    )
}  # fmt: skip
"""The plugins by the dotted paths of their classes."""

ALSO = {"circus.plugins._statsd.StatsdEmitter": STATSD_EMITTER}
"""Other paths that lead to the same class."""


def shipped(use: str) -> Shipped | None:
    """Return what is known of the plugin at a dotted path, or None if it is somebody else's."""
    return SHIPPED.get(use) or ALSO.get(use)
