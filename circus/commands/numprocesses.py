"""The verb ``numprocesses`` (spec §4.13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circus.commands import render, select
from circus.commands.declare import command, old_class, word
from circus.commands.kinds import NAME

if TYPE_CHECKING:
    from circus.commands.declare import Answer
    from circus.commands.ports import Fleet


@command(
    "numprocesses",
    "Get the number of processes",
    word("name", NAME, "the watcher", default=None),
    show=render.count,
    miscount="message invalid",
    reads=True,
)
def numprocesses(fleet: Fleet, name: str | None) -> Answer:
    """Count the processes of all watchers, or of one, in ``numprocesses``."""
    if name is None:
        return {"numprocesses": fleet.numprocesses()}
    return {"numprocesses": len(select.one(fleet, name)), "watcher_name": name}


__getattr__ = old_class("NumProcesses", numprocesses)
