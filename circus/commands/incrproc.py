"""The verb ``incr`` (spec §4.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circus.commands import render, select
from circus.commands.declare import Later, command, old_class, word
from circus.commands.kinds import COUNT, NAME

if TYPE_CHECKING:
    from circus.commands.declare import Answer
    from circus.commands.ports import Fleet


@command(
    "incr",
    "Increment the number of processes in a watcher",
    word("name", NAME, "the watcher"),
    word("nb", COUNT, "how many more, 1 if not said", default=1),
    waits=True,
    show=render.count,
)
def incr(fleet: Fleet, name: str, nb: int) -> Answer | Later:
    """Raise the number of processes of a watcher.

    With ``waiting`` the answer holds the new number, ``numprocesses``. A singleton keeps its own.
    """
    watcher = select.one(fleet, name)
    if watcher.singleton:
        return {"numprocesses": watcher.numprocesses, "singleton": True}
    return Later(watcher.incr(nb), lambda count: {"numprocesses": count})


__getattr__ = old_class("IncrProc", incr)
