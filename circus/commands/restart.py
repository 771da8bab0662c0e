"""The verb ``restart`` (spec §4.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circus.commands import select
from circus.commands.declare import Later, as_info, command, old_class, option, word
from circus.commands.kinds import MATCH, PATTERN

if TYPE_CHECKING:
    from circus.commands.ports import Fleet


@command(
    "restart",
    "Restart the arbiter or a watcher",
    word("name", PATTERN, "the watchers to restart, as a pattern", default=None),
    option("match", MATCH, "how the pattern is meant: glob, simple or regex", default="glob"),
    waits=True,
)
def restart(fleet: Fleet, name: str | None, match: str) -> Later:
    """Stop watchers, then start them. Without a name the whole daemon is built anew from its file.

    With ``waiting`` the answer about one watcher holds ``info`` with the pids that were
    ``stopped``, ``started`` and ``kept``.
    """
    if name is None:
        return Later(fleet.restart_all())
    found = select.matching(fleet, name, match)
    if len(found) == 1:
        return Later(found[0].restart(), as_info)
    return Later(fleet.restart_group(found))


__getattr__ = old_class("Restart", restart)
