"""The verb ``reopenlogs``: for logrotate and its like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circus.commands import render, select
from circus.commands.declare import Later, command, old_class, option, word
from circus.commands.kinds import MATCH, PATTERN

if TYPE_CHECKING:
    from circus.commands.ports import Fleet


@command(
    "reopenlogs",
    "Open log files anew, after they were moved away",
    word("name", PATTERN, "the watcher, or a pattern of names", default=None),
    option("match", MATCH, "how the pattern is meant: glob, simple or regex", "glob"),
    show=render.reopened,
)
def reopenlogs(fleet: Fleet, name: str | None, match: str) -> Later:
    """Have every stream open its file anew; without a name circusd's own log as well.

    SIGUSR1 to circusd does the same. What processes say meanwhile is not lost. A process that
    writes its file itself (``direct``) goes on with the old one; those that start later get the
    new one.

    The answer's ``streams`` has ``name``, ``stream``, ``path`` and ``problem`` (or null) for each
    output that goes to a file. It comes when all are open again, or within two seconds.
    """
    watchers = None if name is None else select.matching(fleet, name, match)
    return Later(fleet.reopen_logs(watchers), dict)


__getattr__ = old_class("ReopenLogs", reopenlogs)
