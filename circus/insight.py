"""What people and clients want to know of a watcher beyond its status."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

from circus.core.watcher import WatcherMachine
from circus.stage import Stage


def explain(machine: WatcherMachine, now: float) -> dict[str, Any]:
    """Return what stands behind a status.

    :param now: the monotonic time in seconds
    :returns: ``up`` and ``wanted``, numbers of processes; ``reason`` if it gave up or launches are
        put off; then ``next_try`` too, in how many seconds
    """
    found: dict[str, Any] = {"up": len(machine.crowd.pids()), "wanted": machine.goal.count}
    reason = machine.reason
    next_try = machine.next_try()
    if next_try < inf:
        found["next_try"] = max(0.0, next_try - now)
        reason = reason or machine.pace.last_failure or "its processes die at once"
    if reason:
        found["reason"] = reason
    return found


async def extend(stage: Stage, found: Mapping[int, Any]) -> None:
    """Have a watcher's extended_stats hook add to the facts of its processes, off the loop."""
    if "extended_stats" in stage.watcher.hooks_at_work:
        for pid, stats in found.items():
            await stage.call_hook("extended_stats", {"pid": pid, "stats": stats})
