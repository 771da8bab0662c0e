"""The verb ``status`` (spec §4.14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from circus.commands import render, select
from circus.commands.declare import command, old_class, wire, word
from circus.commands.kinds import FLAG, NAME

if TYPE_CHECKING:
    from circus.commands.declare import Answer
    from circus.commands.ports import Fleet


@command(
    "status",
    "Get the status of a watcher or all watchers",
    word("name", NAME, "the watcher", default=None),
    wire("counts", FLAG, "say how many processes all watchers have and want", default=False),
    show=render.statuses,
    miscount="message invalid",
)
def status(fleet: Fleet, name: str | None, counts: bool) -> Answer:
    """Say of each watcher whether it is ``stopped``, ``starting``, ``active`` or ``stopping``.

    The answer holds ``statuses``, and ``reasons`` of those watchers that gave up. About one watcher
    it holds ``status``, and beside it what stands behind that: the ``reason`` if it gave up, how
    many processes are ``up`` and how many are ``wanted``; with ``counts`` these two are told of
    all watchers.
    """
    if name is not None:
        watcher = select.one(fleet, name)
        return {**watcher.explain(), "status": watcher.status()}
    behind = {watcher.name: watcher.explain() for watcher in fleet.iter_watchers()}
    answer: dict[str, Any] = {
        "statuses": dict(fleet.statuses()),
        "reasons": {name: facts["reason"] for name, facts in behind.items() if facts.get("reason")},
    }
    if counts:
        answer["counts"] = {
            name: {"up": facts["up"], "wanted": facts["wanted"]} for name, facts in behind.items()
        }
    return answer


__getattr__ = old_class("Status", status)
