"""The verb ``status`` (spec §4.14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circus.commands import render, select
from circus.commands.declare import command, word
from circus.commands.kinds import NAME

if TYPE_CHECKING:
    from circus.commands.declare import Answer
    from circus.commands.ports import Fleet


@command(
    "status",
    "Get the status of a watcher or all watchers",
    word("name", NAME, "the watcher", default=None),
    show=render.statuses,
    miscount="message invalid",
)
def status(fleet: Fleet, name: str | None) -> Answer:
    """Say of each watcher whether it is ``stopped``, ``starting``, ``active`` or ``stopping``.

    The answer holds ``statuses``, and ``reasons`` of those watchers that gave up. About one watcher
    it holds ``status``, and beside it what stands behind that: the ``reason`` if it gave up, how
    many processes are ``up`` and how many are ``wanted``.
    """
    if name is not None:
        watcher = select.one(fleet, name)
        return {**watcher.explain(), "status": watcher.status()}
    reasons = {watcher.name: watcher.explain().get("reason") for watcher in fleet.iter_watchers()}
    return {
        "statuses": dict(fleet.statuses()),
        "reasons": {name: reason for name, reason in reasons.items() if reason},
    }
