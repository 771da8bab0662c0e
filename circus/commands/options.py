"""The verb ``options`` (spec §4.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circus.commands import render, select
from circus.commands.declare import command, old_class, word
from circus.commands.kinds import NAME

if TYPE_CHECKING:
    from circus.commands.declare import Answer
    from circus.commands.ports import Fleet


@command(
    "options",
    "Get the value of all options for a watcher",
    word("name", NAME, "the watcher"),
    show=render.options,
    miscount="number of arguments invalid",
    lenient=True,
    reads=True,
)
def options(fleet: Fleet, name: str) -> Answer:
    """Show all options of a watcher. The answer holds them in ``options``."""
    return {"options": dict(select.one(fleet, name).options())}


__getattr__ = old_class("Options", options)
