"""Figures about processes, as people read them (spec §4.15)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta

STOPPED = "No such process (stopped?)"
"""What is said in place of the facts of a process that is gone."""
UNKNOWN = "N/A"
"""What stands for a fact that we may not know."""


def cpu_time(seconds: float) -> str:
    """Return a CPU time as ``M:SS.dd``, the minutes modulo 60."""
    spent = timedelta(seconds=seconds)
    minutes, rest = divmod(spent.seconds, 60)
    return f"{minutes % 60}:{rest:02}.{str(spent.microseconds)[:2]}"


def bytes2human(n: int) -> str:
    """Return a number of bytes in short: ``512B``, ``30.93M``; TypeError for what is no int."""
    if not isinstance(n, int):
        raise TypeError(f"cannot take {n!r} as a number of bytes")
    for power, unit in reversed(list(enumerate("KMGTPEZY", 1))):
        if n >= 1024**power:
            return f"{n / 1024**power:.2f}{unit}"
    return f"{n}B"


def program(cmdline: Sequence[str] | str) -> str:
    """Return the base name of the first word of a command line's first argument, or UNKNOWN."""
    words = cmdline[0].split() if cmdline and cmdline != UNKNOWN else []
    return os.path.basename(words[0]) if words else UNKNOWN
