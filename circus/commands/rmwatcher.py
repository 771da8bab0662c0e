"""The verb ``rm`` (spec §4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circus.commands import select
from circus.commands.declare import Later, command, flag, old_class, word
from circus.commands.kinds import NAME

if TYPE_CHECKING:
    from circus.commands.ports import Fleet


@command(
    "rm",
    "Remove a watcher",
    word("name", NAME, "the watcher"),
    flag("nostop", "let its processes run on, unwatched"),
    waits=True,
)
def rm(fleet: Fleet, name: str, nostop: bool) -> Later:
    """Forget a watcher at once, then stop its processes."""
    return Later(fleet.rm_watcher(select.one(fleet, name).name, nostop=nostop))


__getattr__ = old_class("RmWatcher", rm)
