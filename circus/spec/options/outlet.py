"""The options of every stream that are about the way of the output, and not about its class."""

from __future__ import annotations

from typing import Any

from circus.spec.options.row import Live, Option
from circus.spec.values import Flag, Kind


class OnFull(Kind):
    """What happens to output that its stream is too slow for, in any case."""

    words = ("block", "drop")
    expects = "block or drop"

    def parse(self, text: str) -> str:
        """Return the word in lower case; ValueError for any other."""
        word = text.strip().lower()
        if word not in self.words:
            raise ValueError(text)
        return word

    def check(self, key: str, value: Any) -> str:
        """Take a word in JSON; ValueError for anything else."""
        if isinstance(value, str) and value.strip().lower() in self.words:
            return self.parse(value)
        raise ValueError(f"{key!r} isn't {self.expects}")


ON_FULL = Option(
    "on_full",
    OnFull(),
    "What happens when the stream does not keep up: a process that writes has to wait (`block`), or"
    " what it writes is lost, counted and told (`drop`).",
    Live.AT_ONCE,
    default="block",
)
DIRECT = Option(
    "direct",
    Flag(),
    "The processes get the file itself and write into it without circusd; only with `filename`.",
    Live.RESPAWN,
    default=False,
)
FILE = "FileStream"
"""The class that DIRECT belongs to, itself and none that is made of it."""


OF_THE_WAY = frozenset({ON_FULL.name, DIRECT.name})
"""These are no arguments of a class."""


def ways(cls: str) -> tuple[Option, ...]:
    """Return the options of this sort that a class of ours has, by its short name."""
    return (ON_FULL, DIRECT) if cls == FILE else (ON_FULL,)
