"""The verb ``dstats`` (spec §4.15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circus.commands import render
from circus.commands.declare import Later, command, old_class

if TYPE_CHECKING:
    from circus.commands.ports import Fleet


@command(
    "dstats", "Get circusd stats", show=render.own_stats, miscount="Invalid message", reads=True
)
def dstats(fleet: Fleet) -> Later:
    """Show the facts of circusd itself, in ``info``, as ``stats`` does of its processes."""
    return Later(fleet.own_stats(), lambda info: {"info": info})


__getattr__ = old_class("Daemontats", dstats)
