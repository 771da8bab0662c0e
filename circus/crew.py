"""What the watchers of one arbiter share: the loop, the host, the queues between them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from circus import host, logger
from circus.adoption import Adoption
from circus.deaths import Deaths
from circus.host.descriptors import Descriptors
from circus.host.facts import Observer
from circus.host.probe import probe
from circus.launches import Launches
from circus.lifeline import Lifeline
from circus.loop import Tasks
from circus.output import Output
from circus.remains import Remains

SPARE_DESCRIPTORS = 256
"""Descriptors for what is not a child: sockets, files, clients, hooks."""
PER_PROCESS = 2 * 3
"""Descriptors for a place: a pidfd and two pipes, twice, for a reload has both generations."""


class Crew:
    """The means of one loop. Made when something is started, not before.

    :param loop: the asyncio loop that everything runs on
    :param owns_process: whether this process is circusd, and not a program that embeds Circus
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, owns_process: bool = False) -> None:
        capabilities = probe()
        self.loop = loop
        self.descriptors = Descriptors()
        self.children = host.children(capabilities, self.descriptors)
        self.kin = host.kin(capabilities, self.descriptors, self.children, owns_process)
        self.output = Output(loop, self.descriptors)
        self.launches = Launches(loop)
        self.remains = Remains(loop, self.kin)
        self.deaths = Deaths(loop, self.children, self.remains, self.output.ended)
        self.adoption = Adoption(loop, self.children) if owns_process else None
        self.tasks = Tasks(loop)
        self.observer = Observer()
        self._lifeline: Lifeline | None = None
        self._thread = ThreadPoolExecutor(1, "facts")
        if self.adoption:
            self.adoption.start_if_needed()

    def need_for(self, processes: int) -> None:
        """Raise the limit of descriptors to what so many processes need, or say that it is too low.

        For circusd only: in an embedding program the limit is not ours to raise.
        """
        count = SPARE_DESCRIPTORS + PER_PROCESS * processes
        limit = self.descriptors.reserve(count)
        if limit < count:
            text = "%d descriptors are needed at most, but the hard limit allows %d"
            logger.warning(text, count, limit)

    def guarantee(self, contain: str, name: str) -> str:
        """Prepare for a value of ``contain`` and return what it comes to, for people.

        :param name: the watcher's, for the log: less than what was asked for is said there
        """
        new = not self.kin.knows(contain)
        reach = self.kin.reach(contain)
        if self.adoption:  # which may have begun with this very reach
            self.adoption.start_if_needed()
        for place, pids in reach.strangers if new else ():
            text = "an earlier circusd left processes in %s, which are left alone: %s"
            logger.warning(text, place, " ".join(map(str, pids)))
        if not reach.name.startswith(contain):
            why = "; ".join(self.kin.refusals.get(contain, ()))
            text = "%r: contain = %s is not possible here (%s): a stop reaches the %s only"
            logger.warning(text, name, contain, why, reach.name)
        return reach.name

    def lifeline(self) -> Lifeline:
        """Return what ends circusd's helpers with it."""
        if self._lifeline is None:
            self._lifeline = Lifeline()
        return self._lifeline

    def in_thread(self, work: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Do something slow off the loop; one after the other."""
        return self.loop.run_in_executor(self._thread, work, *args)

    def close(self) -> None:
        """Give everything back; children that run go on, unwatched."""
        self.deaths.stop()
        self.tasks.close()
        # what is being read at this moment is waited for: no thread of ours outlives the arbiter
        self._thread.shutdown(cancel_futures=True)
        self.output.close()
        if self.adoption:
            self.adoption.stop()
        self.kin.close()
        if self._lifeline is not None:
            self._lifeline.close()
            self._lifeline = None
        self.children.close()
        self.descriptors.close()
