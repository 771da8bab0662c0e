"""The verb ``stats`` (spec §4.15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circus.commands import render, select
from circus.commands.declare import Later, command, flag, old_class, word
from circus.commands.kinds import GIVEN_PID, NAME
from circus.exc import MessageError

if TYPE_CHECKING:
    from circus.commands.declare import Answer
    from circus.commands.ports import Fleet


@command(
    "stats",
    "Get process infos",
    word("name", NAME, "the watcher", default=None),
    word("process", GIVEN_PID, "one process of it", default=None),
    flag("extended", "ask the extended_stats hook for more"),
    show=render.stats,
    miscount="message invalid",
    reads=True,
)
def stats(
    fleet: Fleet, name: str | None, process: int | str | None, extended: bool
) -> Answer | Later:
    """Show the facts of processes: memory, processor time, age, children.

    The answer holds ``infos``, by watcher and pid; about one watcher ``name`` and ``info``, by pid;
    about one process ``process`` and ``info``. It is given when it is known: one pass over the
    table of processes.
    """
    if name is None:
        every = [*fleet.iter_watchers()]
        return Later(fleet.stats(every, extended=False), lambda infos: {"infos": infos})
    watcher = select.one(fleet, name)
    if process is None:
        return Later(
            fleet.stats([watcher], extended=extended),
            lambda infos: {"name": name, "info": infos[watcher.name]},
        )
    try:
        info = watcher.process_info(int(process))
    except KeyError:
        raise MessageError(f"process {process!r} not found in {name!r}") from None
    if not extended:
        return {"process": process, "info": info}
    return Later(
        fleet.stats([watcher], extended=True, only=int(process)),
        lambda infos: {"process": process, "info": infos[watcher.name].get(int(process), info)},
    )


__getattr__ = old_class("Stats", stats)
