"""The verb ``tail``: what processes have said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from circus.commands import render, select
from circus.commands.declare import Later, command, flag, old_class, option, wire, word
from circus.commands.kinds import NAME, Kind, WholeNumber
from circus.exc import MessageError

if TYPE_CHECKING:
    from circus.commands.ports import Fleet

LINES = 10
"""How many lines are shown if nobody says how many."""


@command(
    "tail",
    "Show the last lines that a watcher's processes wrote",
    word("name", NAME, "the watcher"),
    flag("follow", "go on with what comes, until Ctrl-C", short="-f"),
    option("lines", WholeNumber("lines"), f"how many lines, {LINES} if not said", LINES, "-n"),
    flag("stderr", "the standard error, not the standard output"),
    wire("since", Kind("since"), "the position of an answer before: what came after it", ""),
    show=render.tail,
    reads=True,
)
def tail(fleet: Fleet, name: str, follow: bool, lines: int, stderr: bool, since: str) -> Later:  # noqa: ARG001 - following is done by the client
    """Show the end of the standard output of a watcher's processes, as it was written.

    circusd keeps the last 64 KiB of each output that it carries to a stream. Where the processes
    write the file themselves (``direct``) its end is read. An output without a stream is not known
    to circusd.

    The answer has ``stream``, ``text``, ``next`` (the position behind it), ``skipped`` (how many
    bytes after ``since`` are gone) and ``more`` (whether there is more at once). It is 64 KiB at
    most. A client follows by asking again with ``since``, the ``next`` of the answer before.
    """
    if lines < 0:
        raise MessageError("'lines' is less than 0")
    stream = "stderr" if stderr else "stdout"

    def shape(page: Any) -> dict[str, Any]:
        return {"stream": stream, **page}

    return Later(select.one(fleet, name).tail(stream, lines, since), shape)


__getattr__ = old_class("Tail", tail)
