"""The classes behind ``stdout_stream.class`` and their options (spec §7.3).

A class that is not listed is found by its dotted path, and takes whatever options it likes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from circus.spec.options.row import Live, Option, Section
from circus.spec.sinks import JournalFields, Owner, SyslogAddress
from circus.spec.values import Choice, Flag, Kind, Mode, Seconds, Text, Whole

FACILITIES = (
    "KERN", "USER", "MAIL", "DAEMON", "AUTH", "SYSLOG", "LPR", "NEWS", "UUCP", "CRON", "AUTHPRIV",
    "FTP", "NTP", "SECURITY", "CONSOLE", "SOLARIS-CRON",
    *(f"LOCAL{number}" for number in range(8)),
)  # fmt: skip
"""The facilities of syslog; the number of each is its place (RFC 5424, section 6.2.1)."""
SEVERITIES = ("EMERG", "ALERT", "CRIT", "ERR", "WARNING", "NOTICE", "INFO", "DEBUG")
"""The severities of syslog and of the journal; the number of each is its place."""
COLORS = ("red", "green", "yellow", "blue", "magenta", "cyan", "white")
"""The colours of a terminal; the number of each is its place, counted from 1."""
PERIODS = ("S", "M", "H", "D", "MIDNIGHT", *(f"W{day}" for day in range(7)))
"""What ``rotate_when`` may be."""


def _row(name: str, kind: Kind, text: str, default: Any = None, unit: str = "") -> Option:
    return Option(name, kind, text, Live.AT_ONCE, unit, default=default)


_FILENAME = _row("filename", Text(), "The file that is appended to; unset: a temporary file.")
_BACKUP_COUNT = _row(
    "backup_count", Whole(0), "How many rotated files are kept; 0: the file is emptied.", 0
)
_TIME_FORMAT = _row("time_format", Text(), "The time put before each line, for strftime.")
_PERMISSIONS = (
    _row("mode", Mode(), "The permissions of the file; unset: as the umask has it."),
    _row("owner", Owner(), "Whose the file is; unset: circusd's user."),
)
_KEEPING = (
    _row("compress", Flag(), "Rotated files are compressed with gzip, beside the writing.", False),
    _row(
        "max_total_bytes",
        Whole(0),
        "What the file and the rotated ones may take together; the oldest go first; 0: no bound.",
        0,
        "bytes",
    ),
)
_SIZE = _row(
    "max_bytes",
    Whole(0),
    "The size that only a single longer line exceeds; 0: no bound.",
    0,
    "bytes",
)
_WHEN = (
    _row(
        "rotate_when",
        Choice(PERIODS),
        "The unit of a period: seconds, minutes, hours, days, days that end at midnight, or weeks"
        " that end with a weekday (W0 is Monday).",
        "H",
    ),
    _row("rotate_interval", Whole(1), "How many units make a period.", 1),
    _row("utc", Flag(), "Periods and names go by UTC, not by local time.", False),
)
_REFRESH_TIME = Option(
    "refresh_time",
    Text(),
    "Once the pause between two reads.",
    Live.AT_ONCE,
    obsolete="output is read as it comes: the option has no effect",
)
_SEVERITY = _row(
    "severity", Choice(SEVERITIES), "How grave a line is; unset: INFO on stdout, ERR on stderr."
)
_TAG = _row("tag", Text(optional=True), "Who speaks; unset: the name of the watcher.")
_TIMEOUT = _row(
    "timeout", Seconds(0.1), "How long a connection or a message may take.", 5.0, "seconds"
)

_CLASSES: Mapping[str, tuple[Option, ...]] = {
    "FileStream": (_FILENAME, _SIZE, _BACKUP_COUNT, _TIME_FORMAT, *_PERMISSIONS, *_KEEPING),
    "WatchedFileStream": (_FILENAME, _TIME_FORMAT, *_PERMISSIONS),
    "TimedRotatingFileStream": (
        _FILENAME,
        _row("backup_count", Whole(0), "How many rotated files are kept; 0: all.", 0),
        _TIME_FORMAT,
        *_WHEN,
        *_PERMISSIONS,
        *_KEEPING,
    ),
    "QueueStream": (),
    "StdoutStream": (),
    "FancyStdoutStream": (
        _row("color", Text(optional=True), f"One of {', '.join(COLORS)}; else one by chance."),
        _row(
            "time_format",
            Text(),
            "The time put before each line, for strftime.",
            "%Y-%m-%d %H:%M:%S",
        ),
    ),
    "JsonStream": (
        _row("filename", Text(), "The file that is appended to; unset: circusd's stdout."),
        _row("time_format", Text(), "The form of the time, for strftime; unset: ISO 8601."),
        _SIZE,
        _BACKUP_COUNT,
        _row(
            "rotate_when",
            Choice(PERIODS),
            "Rotate by time, as TimedRotatingFileStream does, and not by size.",
        ),
        *_WHEN[1:],
        *_PERMISSIONS,
        *_KEEPING,
    ),
    "SyslogStream": (
        _row("address", SyslogAddress(), "Where syslog listens.", "/dev/log"),
        _row("protocol", Choice(("UDP", "TCP")), "How a host is reached.", "UDP"),
        _row(
            "format",
            Choice(("RFC3164", "RFC5424")),
            "The form of a message; unset: RFC3164 for a local socket, RFC5424 for a host.",
        ),
        _row("facility", Choice(FACILITIES), "What part of the system speaks.", "USER"),
        _SEVERITY,
        _TAG,
        _TIMEOUT,
    ),
    "JournaldStream": (
        _row("address", Text(), "The socket of journald.", "/run/systemd/journal/socket"),
        _SEVERITY,
        _TAG,
        _row("fields", JournalFields(), "Fields that go with each line."),
        _TIMEOUT,
    ),
}

STREAMS: Mapping[str, Section] = {
    name: Section(name, None, (*rows, _REFRESH_TIME)) for name, rows in _CLASSES.items()
}
"""Our own classes by their short names."""

_OF_CIRCUS = ("circus.stream.", "circus.stream:")


def short_name(cls: str) -> str:
    """Return the name of a stream's class; the short ones may also be written as dotted paths."""
    return cls[len(_OF_CIRCUS[0]) :] if cls.startswith(_OF_CIRCUS) else cls


def settings(cls: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of every option of one of our classes.

    :param cls: its short name
    :param given: options as texts or in their own types; None stands for the default, and what
        the class does not know is left out, for Circus's classes took anything
    :raises ValueError: a value cannot be used
    """
    found = {}
    for row in STREAMS[cls]:
        if not row.obsolete:
            value = given.get(row.name)
            found[row.name] = row.default if value is None else row.kind.accept(row.name, value)
    return found
