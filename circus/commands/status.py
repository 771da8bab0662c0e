"""The verb ``status`` (spec §4.14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from circus.commands import render, select
from circus.commands.declare import command, flag, old_class, wire, word
from circus.commands.kinds import FLAG, NAME

if TYPE_CHECKING:
    from circus.commands.declare import Answer
    from circus.commands.ports import Fleet, WatcherView

FIGURES = ("up", "wanted", "next_try", "last_exit")
"""What a table of all watchers shows beside their states."""


@command(
    "status",
    "Get the status of a watcher or all watchers",
    word("name", NAME, "the watcher", default=None),
    wire("counts", FLAG, "tell the figures of all watchers", default=False),
    wire("about", FLAG, "tell what each watcher is, and its processes", default=False),
    flag("verbose", "tell all that stands behind each status"),
    show=render.statuses,
    miscount="message invalid",
    reads=True,
)
def status(fleet: Fleet, name: str | None, counts: bool, about: bool, verbose: bool) -> Answer:
    """Say of each watcher whether it is ``stopped``, ``starting``, ``active`` or ``stopping``.

    The answer holds ``statuses``, the ``reasons`` of those watchers that gave up or are in trouble,
    and in ``backoff`` the names of those that wait before the next try. About one watcher it holds
    ``status``, and beside it what stands behind that: how many processes are ``up``, how many are
    ``wanted`` and how many ``finished``, whether it is in ``backoff``, the ``reason``, in how many
    seconds the ``next_try`` comes, and the ``last_exit``: how a process ended and how many seconds
    ``ago``. With ``counts`` the figures are told of all watchers, with ``verbose`` everything is,
    in ``behind``. With ``about`` the ``priority``, ``singleton`` and ``on_demand`` of each watcher
    and its ``pids`` with their places (wids) are told, in ``about``.
    """
    if name is not None:
        watcher = select.one(fleet, name)
        facts = watcher.explain()
        behind = {"behind": {watcher.name: facts}} if verbose else {}
        nature = {"about": {watcher.name: _nature(watcher)}} if about else {}
        return {**facts, **behind, **nature, "status": watcher.status()}
    facts = {watcher.name: watcher.explain() for watcher in fleet.iter_watchers()}
    answer: dict[str, Any] = {
        "statuses": dict(fleet.statuses()),
        "reasons": {name: one["reason"] for name, one in facts.items() if one.get("reason")},
        "backoff": sorted(name for name, one in facts.items() if one.get("backoff")),
    }
    if counts:
        answer["counts"] = {
            name: {key: one[key] for key in FIGURES if key in one} for name, one in facts.items()
        }
    if verbose:
        answer["behind"] = facts
    if about:
        answer["about"] = {watcher.name: _nature(watcher) for watcher in fleet.iter_watchers()}
    return answer


def _nature(watcher: WatcherView) -> dict[str, Any]:
    """Return what a watcher is, and its processes."""
    spec = watcher.spec
    return {
        "priority": spec.priority,
        "singleton": spec.singleton,
        "on_demand": spec.on_demand,
        "pids": watcher.wids(),
    }


__getattr__ = old_class("Status", status)
