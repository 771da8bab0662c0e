"""What people and clients want to know of a watcher beyond its status, and of the arbiter."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from circus.callout import text_of
from circus.commands.ports import WatcherView
from circus.core.lifecycle import Phase
from circus.core.restart import Ending, how_early
from circus.core.watcher import WatcherMachine
from circus.crew import Crew
from circus.exc import CircusError
from circus.observable import Observable


def explain(machine: WatcherMachine, now: float) -> dict[str, Any]:
    """Return what stands behind a status.

    :param now: the monotonic time in seconds
    :returns: ``up`` and ``wanted``, numbers of processes; ``finished``, how many ended and are not
        replaced, and ``restarts``, how many ended by themselves and were, if any; ``reason`` if it
        gave up, is on demand, launches are put off or somebody cannot be killed; ``next_try`` then,
        in how many seconds, and ``backoff`` if that is because of crashes or failed launches;
        ``survivors``, the pids of those that cannot be killed, also of those that are gone and left
        some; ``last_exit``, how the last process ended that did
    """
    members, pace = machine.members, machine.pace
    found: dict[str, Any] = {"up": len(machine.crowd.pids()), "wanted": machine.goal.count}
    if members.finished:
        found["finished"] = len(members.finished)
    if members.restarts:
        found["restarts"] = members.restarts
    reason = "waits for a connection" if machine.phase is Phase.HELD else machine.reason
    next_try = machine.next_try()
    if next_try < inf:
        found["next_try"] = max(0.0, next_try - now)
        if pace.waits or pace.failures:
            found["backoff"] = True
            dying = f"its processes die {how_early(machine.spec)}"
            reason = reason or (dying if pace.waits else pace.last_failure)
    if machine.crowd.surviving:
        found["survivors"] = sorted(one.pid for one in machine.crowd.surviving.values())
        reason = reason or f"cannot kill {', '.join(map(str, found['survivors']))}"
    if reason:
        found["reason"] = reason
    if members.last_exit:
        found["last_exit"] = _ending(members.last_exit, now)
    return found


def _ending(last: Ending, now: float) -> dict[str, Any]:
    """Return how a process ended, in the words of the event ``reap``, and how long ago (s)."""
    return {
        "process_pid": last.pid,
        "wid": last.wid,
        "exit_code": last.code,
        "signal": -last.code if last.code < 0 else None,
        "how": last.how,
        "asked": last.asked,
        "ago": max(0.0, now - last.at),
    }


async def gather(
    crew: Crew, watchers: Sequence[Observable], extended: bool, only: int | None = None
) -> dict[str, Any]:
    """Return the facts of processes by name and pid: one pass over the process table, off the loop.

    :param extended: each watcher's extended_stats hook adds to them
    :param only: of this process alone; None: of all
    :raises CircusError: a hook failed
    """
    pids = [pid for one in watchers for pid in one.processes if only in (None, pid)]
    infos = await crew.in_thread(crew.observer.infos, pids)
    found = {watcher.name: watcher.seen(infos) for watcher in watchers}
    for watcher in watchers if extended else ():
        await _extend(watcher, found[watcher.name])
    return found


async def _extend(watcher: Observable, infos: dict[int, Any]) -> None:
    """Let the hook add to facts: to a copy, which one that is abandoned may go on writing to."""
    for pid, facts in list(infos.items()):
        if watcher.stage is None or not isinstance(facts, dict):
            continue
        more = dict(facts)
        verdict = await watcher.stage.call_hook("extended_stats", {"pid": pid, "stats": more})
        if verdict.error is None:
            infos[pid] = more
        elif not verdict.ignored:
            text = text_of(verdict.error)
            raise CircusError(f"hook 'extended_stats' of {watcher.name!r} failed: {text}")


class Insight:
    """What an arbiter tells about processes, its own included."""

    crew: Crew
    stats_endpoint: str | None = None
    multicast_endpoint: str | None = None

    @property
    def home(self) -> asyncio.AbstractEventLoop | None:
        """The loop that it lives in, or None before it is started."""
        return self.crew.loop if hasattr(self, "crew") else None

    def get_watcher(self, name: str) -> Observable:
        """Return a watcher by its name in any case; KeyError. Each arbiter has its own."""
        raise KeyError(name)

    def stats(
        self, watchers: Sequence[WatcherView], extended: bool = False, only: int | None = None
    ) -> asyncio.Future[Mapping[str, Mapping[int, Any]]]:
        """Facts of processes by name and pid: one pass over the process table, off the loop."""
        asked = [self.get_watcher(one.name) for one in watchers]
        return self.crew.tasks.start("stats", gather(self.crew, asked, extended, only))

    def own_stats(self) -> asyncio.Future[Any]:
        """Facts of this very process, found off the loop."""
        return self.crew.in_thread(self.crew.observer.own)
