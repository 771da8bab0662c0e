"""What people and clients want to know of a watcher beyond its status, and of the arbiter."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from circus.commands.ports import WatcherView
from circus.core.restart import Ending
from circus.core.watcher import WatcherMachine
from circus.crew import Crew
from circus.observable import Observable


def explain(machine: WatcherMachine, now: float) -> dict[str, Any]:
    """Return what stands behind a status.

    :param now: the monotonic time in seconds
    :returns: ``up`` and ``wanted``, numbers of processes; ``finished``, how many ended and are not
        replaced, if any; ``reason`` if it gave up or launches are put off; then ``next_try`` too,
        in how many seconds, and ``backoff`` if that is because of crashes or failed launches;
        ``last_exit``, how the last process ended that did
    """
    members, pace = machine.members, machine.pace
    found: dict[str, Any] = {"up": len(machine.crowd.pids()), "wanted": machine.goal.count}
    if members.finished:
        found["finished"] = len(members.finished)
    reason, next_try = machine.reason, machine.next_try()
    if next_try < inf:
        found["next_try"] = max(0.0, next_try - now)
        if pace.waits or pace.failures:
            found["backoff"] = True
            reason = reason or ("its processes die at once" if pace.waits else pace.last_failure)
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


async def gather(crew: Crew, watchers: Sequence[Observable], extended: bool) -> dict[str, Any]:
    """Return the facts of processes by name and pid: one pass over the process table, off the loop.

    :param extended: each watcher's extended_stats hook adds to them
    """
    pids = [pid for watcher in watchers for pid in watcher.processes]
    infos = await crew.in_thread(crew.observer.infos, pids)
    found = {watcher.name: watcher.seen(infos) for watcher in watchers}
    for watcher in watchers if extended else ():
        for pid, stats in found[watcher.name].items():
            if watcher.stage is not None:
                about = {"pid": pid, "stats": stats}
                await watcher.stage.call_hook("extended_stats", about)
    return found


class Insight:
    """What an arbiter tells about processes, its own included."""

    crew: Crew
    stats_endpoint: str | None = None
    multicast_endpoint: str | None = None

    def get_watcher(self, name: str) -> Observable:
        """Return a watcher by its name in any case; KeyError. Each arbiter has its own."""
        raise KeyError(name)

    def stats(
        self, watchers: Sequence[WatcherView], extended: bool = False
    ) -> asyncio.Future[Mapping[str, Mapping[int, Any]]]:
        """Facts of processes by name and pid: one pass over the process table, off the loop."""
        asked = [self.get_watcher(one.name) for one in watchers]
        return self.crew.tasks.start("stats", gather(self.crew, asked, extended))

    def own_stats(self) -> asyncio.Future[Any]:
        """Facts of this very process, found off the loop."""
        return self.crew.in_thread(self.crew.observer.own)
