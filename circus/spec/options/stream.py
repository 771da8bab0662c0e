"""The classes behind ``stdout_stream.class`` and their options (spec §7.3).

A class that is not listed is found by its dotted path, and takes whatever options it likes.
"""

from __future__ import annotations

from collections.abc import Mapping

from circus.spec.options.outlet import ways
from circus.spec.options.row import Live, Option, Section
from circus.spec.values import Text, Whole

_LATER = "is not part of this release"

_FILE = (
    Option("filename", Text(), "The file that is appended to.", Live.AT_ONCE),
    Option(
        "max_bytes",
        Whole(0),
        "The size at which the file is rotated.",
        Live.AT_ONCE,
        "bytes",
        unavailable=f"rotation {_LATER}",
    ),
    Option(
        "backup_count",
        Whole(0),
        "How many rotated files are kept.",
        Live.AT_ONCE,
        unavailable=f"rotation {_LATER}",
    ),
    Option(
        "time_format",
        Text(),
        "The time put before each line, in the language of strftime.",
        Live.AT_ONCE,
        unavailable=f"a time before each line {_LATER}",
    ),
    Option(
        "refresh_time",
        Text(),
        "Once the pause between two reads.",
        Live.AT_ONCE,
        obsolete="output is read as it comes: the option has no effect",
    ),
)

STREAMS: Mapping[str, Section] = {
    name: Section(name, None, (*rows, *ways(name)))
    for name, rows in {"FileStream": _FILE, "StdoutStream": ()}.items()
}
"""The classes of this release by their short names."""

LATER = (
    "WatchedFileStream", "TimedRotatingFileStream", "QueueStream", "FancyStdoutStream",
)  # fmt: skip
"""The short names that this release refuses."""

_OF_CIRCUS = "circus.stream."


def short_name(cls: str) -> str:
    """Return the name of a stream's class; the short ones may also be written as dotted paths."""
    return cls.removeprefix(_OF_CIRCUS)
