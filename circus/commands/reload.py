"""The verb ``reload`` (spec §4.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circus.commands import select
from circus.commands.declare import Later, as_info, command, flag, old_class, word
from circus.commands.kinds import NAME

if TYPE_CHECKING:
    from circus.commands.ports import Fleet


@command(
    "reload",
    "Reload the arbiter or a watcher",
    word("name", NAME, "the watcher to reload", default=None),
    flag("graceful", "stop and start instead: no graceful reload", "terminate", stores=False),
    flag("sequential", "replace one process after the other"),
    waits=True,
    miscount="invalid number of arguments",
)
def reload(fleet: Fleet, name: str | None, graceful: bool, sequential: bool) -> Later:
    """Replace processes by new ones, which are started before the old ones are stopped.

    A watcher with ``send_hup`` gets SIGHUP to its processes instead. With ``waiting`` the answer
    about one watcher holds ``info`` with the pids that were ``stopped``, ``started`` and ``kept``.
    """
    if name is None:
        return Later(fleet.reload_group(graceful=graceful, sequential=sequential))
    watcher = select.one(fleet, name)
    return Later(watcher.reload(graceful=graceful, sequential=sequential), as_info)


__getattr__ = old_class("Reload", reload)
