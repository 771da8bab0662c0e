"""The options of every stream that are about the way of the output, and not about its class."""

from __future__ import annotations

from circus.spec.options.row import Live, Option
from circus.spec.values import Choice, Flag

ON_FULL = Option(
    "on_full",
    Choice(("block", "drop")),
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
