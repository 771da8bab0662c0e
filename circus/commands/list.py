"""The verb ``list`` (spec §4.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circus.commands import select
from circus.commands.declare import command, old_class, word
from circus.commands.kinds import NAME

if TYPE_CHECKING:
    from circus.commands.declare import Answer
    from circus.commands.ports import Fleet


def _items(answer: Answer) -> str:
    for key in ("pids", "watchers"):
        if key in answer:
            return ",".join(str(item) for item in answer[key])
    return "error: Response doesn't contain 'pids' nor 'watchers'."


@command(
    "list",
    "Get list of watchers or processes in a watcher",
    word("name", NAME, "the watcher", default=None),
    show=_items,
    reads=True,
)
def list(fleet: Fleet, name: str | None) -> Answer:  # noqa: A001 - the verb's own name
    """List the watchers, in ``watchers``, or the living processes of one, in ``pids``."""
    if name is None:
        return {"watchers": sorted(watcher.name.lower() for watcher in fleet.iter_watchers())}
    return {"pids": select.one(fleet, name).get_active_pids()}


__getattr__ = old_class("List", list)
