"""The verb ``start`` (spec §4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circus.commands import select
from circus.commands.declare import Later, as_info, command, old_class, option, word
from circus.commands.kinds import MATCH, PATTERN

if TYPE_CHECKING:
    from circus.commands.ports import Fleet


@command(
    "start",
    "Start the arbiter or a watcher",
    word("name", PATTERN, "the watchers to start, as a pattern", default=None),
    option("match", MATCH, "how the pattern is meant: glob, simple or regex", default="glob"),
    waits=True,
)
def start(fleet: Fleet, name: str | None, match: str) -> Later:
    """Start watchers, and fill up those that run with too few processes.

    One watcher is started whatever its autostart says; of several, or of all, those are started
    that have autostart. With ``waiting`` the answer about one watcher holds ``info`` with the pids
    that were ``started`` and ``kept``.
    """
    if name is None:
        return Later(fleet.start_group(None))
    found = select.matching(fleet, name, match)
    if len(found) == 1:
        return Later(found[0].start(), as_info)
    return Later(fleet.start_group(found))


__getattr__ = old_class("Start", start)
