"""The verb ``stop`` (spec §4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circus.commands import select
from circus.commands.declare import Later, as_info, command, old_class, option, word
from circus.commands.kinds import MATCH, PATTERN

if TYPE_CHECKING:
    from circus.commands.ports import Fleet


@command(
    "stop",
    "Stop watchers",
    word("name", PATTERN, "the watchers to stop, as a pattern", default=None),
    option("match", MATCH, "how the pattern is meant: glob, simple or regex", default="glob"),
    waits=True,
    lenient=True,
)
def stop(fleet: Fleet, name: str | None, match: str) -> Later:
    """Stop watchers: their stop signal first, SIGKILL when the graceful timeout is over."""
    if name is None:
        return Later(fleet.stop_group(None))
    found = select.matching(fleet, name, match)
    if len(found) == 1:
        return Later(found[0].stop(), as_info)
    return Later(fleet.stop_group(found))


__getattr__ = old_class("Stop", stop)
