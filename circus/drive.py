"""What turns a watcher's machine: events go in, effects are performed, requests become futures."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable
from math import inf
from typing import Any

from circus import tracing
from circus.core.messages import Event, Outcome
from circus.core.watcher import WatcherMachine
from circus.exc import StartError, Superseded
from circus.handover import away
from circus.loop import quiet
from circus.perform import Performer, perform

Shape = Callable[[Outcome], Any]


class Drive:
    """Feeds one machine, on one loop.

    :param machine: decides
    :param performer: performs
    :param loop: wakes the machine when its deadline has come
    :param name: the watcher's, for the log
    """

    def __init__(
        self,
        machine: WatcherMachine,
        performer: Performer,
        loop: asyncio.AbstractEventLoop,
        name: str = "",
    ) -> None:
        self._machine = machine
        self._name = name
        self._traced = tracing.wanted()
        self._performer = performer
        self._loop = loop
        self._inbox: list[Event] = []
        self._feeding = False
        self._timer: asyncio.TimerHandle | None = None
        self._due = inf
        self._asked = 0
        self._waiting: dict[int, tuple[asyncio.Future[Any], Shape]] = {}

    def feed(self, *events: Event) -> None:
        """Tell the machine what happened and perform what it decides.

        What is said while effects are performed (by an overridden method), or in another thread
        (by a hook), is heard after.
        """
        if away(self._loop):
            self._loop.call_soon_threadsafe(functools.partial(self.feed, *events))
            return
        self._inbox.extend(events)
        if self._feeding:
            return
        self._feeding = True
        try:
            while True:
                heard, self._inbox = self._inbox, []
                if self._traced:
                    tracing.fed(self._name, heard)
                for effect in self._machine.feed(heard, time.monotonic()):
                    if self._traced:
                        tracing.performed(self._name, effect)
                    perform(effect, self._performer)
                if not self._inbox:
                    break
        finally:
            self._feeding = False
        self._arm()

    def ask(
        self, event: Callable[[int], Event], shape: Shape, *before: Event
    ) -> asyncio.Future[Any]:
        """Move the goal at once; the future holds the outcome when it is met.

        :param event: makes the request of its ticket
        :param shape: makes what the caller wants to know of the outcome
        :param before: what the machine hears first, in the same breath
        """
        self._asked += 1
        future: asyncio.Future[Any] = self._loop.create_future()
        self._waiting[self._asked] = (quiet(future), shape)
        self.feed(*before, event(self._asked))
        return future

    def done(self, value: Any) -> asyncio.Future[Any]:
        """Return a future that is done."""
        future: asyncio.Future[Any] = self._loop.create_future()
        future.set_result(value)
        return future

    def resolve(self, ticket: int, outcome: Outcome) -> None:
        """Tell whoever waits for a ticket how it ended."""
        future, shape = self._waiting.pop(ticket)
        if future.done():  # cancelled by its caller
            return
        if outcome.by:
            future.set_exception(Superseded(outcome.by))
        elif outcome.error:
            future.set_exception(StartError(outcome.error))
        else:
            future.set_result(shape(outcome))

    def fail(self, ticket: int, error: Exception) -> None:
        """Tell whoever waits for a ticket what went wrong."""
        future, _ = self._waiting.pop(ticket)
        if not future.done():  # cancelled by its caller
            future.set_exception(error)

    def stop(self) -> None:
        """Do not wake the machine any more; who still waits is told that the daemon ends."""
        if self._timer:
            self._timer.cancel()
        for ticket in list(self._waiting):
            self.resolve(ticket, Outcome(by="quit"))

    def _arm(self) -> None:
        due = self._machine.deadline()
        if due == self._due:
            return
        if self._timer:
            self._timer.cancel()
            self._timer = None
        self._due = due
        if due < inf:
            delay = max(0.0, due - time.monotonic())
            self._timer = self._loop.call_later(delay, self._wake)

    def _wake(self) -> None:
        self._due, self._timer = inf, None
        self.feed()
