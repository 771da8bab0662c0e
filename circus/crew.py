"""What the watchers of one arbiter share: the loop, the host, the queues between them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from circus import host, logger
from circus.deaths import Deaths
from circus.host.descriptors import Descriptors
from circus.host.facts import Observer
from circus.host.probe import probe
from circus.launches import Launches
from circus.loop import Tasks
from circus.output import Output


class Crew:
    """The means of one loop. Made when something is started, not before.

    :param loop: the asyncio loop that everything runs on
    :param descriptors: how many descriptors are needed; None in an embedding program, whose limit
        is not ours to raise
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, descriptors: int | None = None) -> None:
        capabilities = probe()
        self.loop = loop
        self.descriptors = Descriptors()
        if descriptors is not None:
            self.need(descriptors)
        self.children = host.children(capabilities, self.descriptors)
        self.sessions = host.sessions(capabilities, self.descriptors, self.children)
        self.output = Output(loop, self.descriptors)
        self.launches = Launches(loop)
        self.deaths = Deaths(loop, self.children, self.sessions, self.output.ended)
        self.tasks = Tasks(loop)
        self.observer = Observer()
        self._thread = ThreadPoolExecutor(1, "facts")

    def need(self, count: int) -> None:
        """Raise the limit of descriptors, or say that it is too low for what is asked for."""
        limit = self.descriptors.reserve(count)
        if limit < count:
            text = "%d descriptors are needed at most, but the hard limit allows %d"
            logger.warning(text, count, limit)

    def in_thread(self, work: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Do something slow off the loop; one after the other."""
        return self.loop.run_in_executor(self._thread, work, *args)

    def close(self) -> None:
        """Give everything back; children that run go on, unwatched."""
        self.deaths.stop()
        self.tasks.close()
        self._thread.shutdown(wait=False)
        self.output.close()
        self.sessions.close()
        self.children.close()
        self.descriptors.close()
