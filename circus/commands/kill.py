"""The verb ``kill`` (spec §4.16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circus.commands import select
from circus.commands.declare import Later, command, old_class, option, word
from circus.commands.kinds import NAME, PID, SECONDS, SIGNAL

if TYPE_CHECKING:
    from circus.commands.ports import Fleet


@command(
    "kill",
    "Kill a specific process",
    word("name", NAME, "the watcher"),
    word("pid", PID, "one process of it; otherwise all", default=None),
    option("signum", SIGNAL, "the signal, instead of the watcher's stop_signal"),
    option("graceful_timeout", SECONDS, "seconds until SIGKILL, instead of the watcher's"),
    waits=True,
)
def kill(
    fleet: Fleet,
    name: str,
    pid: int | None,
    signum: int | None,
    graceful_timeout: float | None,
) -> Later:
    """Stop processes of a watcher; new ones take their places. A stranger's pid does nothing."""
    watcher = select.one(fleet, name)
    pids = watcher.get_active_pids() if pid is None else [pid]
    return Later(watcher.kill(pids, signum, graceful_timeout))


__getattr__ = old_class("Kill", kill)
