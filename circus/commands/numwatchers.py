"""The verb ``numwatchers`` (spec §4.13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circus.commands.declare import command, old_class

if TYPE_CHECKING:
    from circus.commands.declare import Answer
    from circus.commands.ports import Fleet


@command(
    "numwatchers",
    "Get the number of watchers",
    show=lambda answer: str(answer["numwatchers"]),
    reads=True,
)
def numwatchers(fleet: Fleet) -> Answer:
    """Count the watchers, in ``numwatchers``."""
    return {"numwatchers": fleet.numwatchers()}


__getattr__ = old_class("NumWatchers", numwatchers)
