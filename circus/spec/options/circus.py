"""The section ``[circus]`` (spec §5.3)."""

from __future__ import annotations

from circus.spec.lists import OrNothing, Signals
from circus.spec.model import DaemonSpec
from circus.spec.options.row import Option, Section
from circus.spec.policy import EXIT_WHEN
from circus.spec.values import Address, Choice, Flag, Mode, Seconds, Text, Whole, Words

LEVELS = ("critical", "error", "warning", "info", "debug")
"""The names of the levels of circusd's log."""

_ROWS = (
    Option("endpoint", Address(), "Where circusd listens for commands."),
    Option(
        "endpoint_owner",
        Text(optional=True),
        "The user who owns an ipc endpoint, and the only `uid` that `add` then accepts.",
    ),
    Option("pubsub_endpoint", Address(), "Where circusd publishes its events."),
    Option(
        "stats_endpoint",
        OrNothing(Address()),
        "Where circusd-stats publishes; setting it switches `statsd` on.",
    ),
    Option("statsd", Flag(), "Run circusd-stats as a watcher."),
    Option("statsd_close_outputs", Flag(), "Send the output of circusd-stats to /dev/null."),
    Option(
        "multicast_endpoint",
        Text(optional=True),
        "The UDP multicast address on which circusd answers those who look for it; unset: none.",
    ),
    Option(
        "check_delay",
        Seconds(None),
        "Paces what can only be polled; 0 or less: deaths are noticed only when asked.",
        unit="seconds",
    ),
    Option(
        "warmup_delay",
        Seconds(),
        "The pause after the start of each watcher.",
        unit="seconds",
    ),
    Option(
        "exit_when",
        Choice(EXIT_WHEN),
        "When circusd ends without being asked: `essential-fails`, when a watcher with `essential`"
        " has failed for good; `all-done`, when every watcher has ended by itself. Its exit code is"
        " that of the first essential watcher that failed (128 + N for a signal N), else 0.",
    ),
    Option(
        "forward_signals",
        OrNothing(Signals()),
        "Signals that circusd sends on to the processes of its essential watchers (of all but its"
        " helpers, if none is essential) instead of acting on them; unset: as the init of a"
        " container USR2 and the real-time signals, otherwise none; `none`: none in any case.",
    ),
    Option(
        "include",
        Words(),
        "Files to read as well: paths with wildcards, relative to the main file.",
        field="",
    ),
    Option(
        "include_dir",
        Words(),
        "Directories whose *.ini files are read as well.",
        field="",
    ),
    Option("umask", Mode(), "The umask of circusd and of its children; unset: as inherited."),
    Option("httpd", Flag(), "Run the web console, circushttpd, as a watcher."),
    Option("httpd_host", Text(), "The address of the web console."),
    Option("httpd_port", Whole(0, 65535), "The port of the web console."),
    Option("httpd_close_outputs", Flag(), "Send the output of the web console to /dev/null."),
    Option(
        "httpd_token",
        Text(optional=True),
        "What opens the web console, at least 16 characters; unset: circusd makes one.",
    ),
    Option(
        "httpd_token_file",
        Text(optional=True),
        "The file with what opens the web console; nobody else may read it.",
    ),
    Option(
        "httpd_hosts",
        Words(),
        "Further names of the web console, such as that of a proxy; with the port unless standard.",
    ),
    Option("debug", Flag(), "The helpers of circusd write to its output, at the level DEBUG."),
    Option("debug_gc", Flag(), "Log what the garbage collector finds."),
    Option("pidfile", Text(optional=True), "The file that holds circusd's pid."),
    Option("loglevel", Text(optional=True), f"{', '.join(LEVELS[:0:-1])} or {LEVELS[0]}."),
    Option(
        "logoutput",
        Text(optional=True),
        "Where circusd logs: a file, `-` for stderr, or a syslog:// address.",
    ),
    Option(
        "loggerconfig",
        Text(optional=True),
        "A logging configuration in INI, JSON or YAML, instead of the two above.",
    ),
    Option("fqdn_prefix", Text(optional=True), "Put before the host's name, with an @."),
    Option(
        "stream_backend",
        Text(),
        "Once chose how output was read.",
        field="",
        obsolete="output is read in one way only: the option has no effect",
    ),
    Option(
        "papa_endpoint",
        Text(),
        "Once the address of papa.",
        field="",
        obsolete="papa is gone: the option has no effect",
    ),
)

CIRCUS = Section("circus", DaemonSpec, _ROWS)
