"""Commands for several watchers: turns the fleet's machine for an arbiter."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from math import inf
from typing import Any

from circus.core.fleet import Ended, Entry, FleetEvent, FleetMachine, GroupAsked, Move, Moved
from circus.core.messages import Outcome, Reply
from circus.exc import StopError, Superseded
from circus.loop import quiet
from circus.watcher import Watcher


class Sweeps:
    """Moves the watchers of one arbiter in order.

    :param loop: wakes the machine when a warm-up is over
    :param watcher: returns a watcher by its name, or None when it is gone
    :param ended: called once, when the last watcher is down after ``quit``
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        machine: FleetMachine,
        watcher: Callable[[str], Watcher | None],
        ended: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._machine = machine
        self._watcher = watcher
        self._ended = ended
        self._asked = 0
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._quits: set[int] = set()
        self._reload: dict[str, bool] = {}
        self._timer: asyncio.TimerHandle | None = None
        self.moving = False
        """Whether a watcher is being moved by a sweep, and not by a command of its own."""

    def ask(
        self, verb: str, names: Iterable[str] | None, *, first: bool = False, **how: bool
    ) -> asyncio.Future[None]:
        """Move watchers (None: all); the future is done when all have got there."""
        self._asked += 1
        future: asyncio.Future[None] = self._loop.create_future()
        self._waiting[self._asked] = future
        if verb == "reload":
            self._reload = how
        elif verb == "quit":
            self._quits.add(self._asked)
        wanted = None if names is None else tuple(names)
        self.feed(GroupAsked(verb, wanted, self._asked, first))
        return quiet(future)

    def feed(self, *events: FleetEvent) -> None:
        """Tell the machine what happened and perform what it decides."""
        effects = self._machine.feed(events, time.monotonic())
        over = Ended() in effects
        replies: list[Reply] = []
        for effect in effects:
            match effect:
                case Move(name, verb, sweep):
                    self._move(name, verb, sweep)
                case Reply(ticket, outcome) if not over:
                    self._resolve(ticket, outcome)
                case Reply():
                    replies.append(effect)
        if over:
            # later, so that whoever asked for the end in this very moment is known by then
            self._loop.call_soon(self._finish, replies)
        self._arm()

    def _finish(self, replies: list[Reply]) -> None:
        """Have the arbiter close, and only then tell who waits that all is over.

        What went wrong is told before: afterwards nobody could be answered.
        """
        for reply in replies:
            if reply.outcome.error:
                self._resolve(reply.ticket, reply.outcome)
        waiting = [self._waiting.pop(one.ticket) for one in replies if not one.outcome.error]
        self._ended()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def add(self, watcher: Watcher) -> None:
        """Know one more watcher."""
        self._machine.add(Entry(watcher.name, watcher.spec.priority, watcher.spec.autostart))

    def stop(self) -> None:
        """Do not wake the machine any more; who still waits is told that the daemon ends.

        Who asked for just that, a second time, has got it.
        """
        if self._timer:
            self._timer.cancel()
        for ticket in list(self._waiting):
            self._resolve(ticket, Outcome(by=None if ticket in self._quits else "quit"))

    def _move(self, name: str, verb: str, sweep: int) -> None:
        watcher = self._watcher(name)
        if watcher is None:
            self._loop.call_soon(self.feed, Moved(name, sweep))
            return
        self.moving = True
        try:
            future = self._verb(watcher, verb)
        finally:
            self.moving = False
        future.add_done_callback(lambda done: self.feed(Moved(name, sweep, _problem(done))))

    def _verb(self, watcher: Watcher, verb: str) -> asyncio.Future[Any]:
        if verb == "start":
            return watcher.start()
        if verb == "reload":
            return watcher.reload(**self._reload)
        return watcher.stop_as(verb, close_output_streams=verb == "quit")

    def _resolve(self, ticket: int, outcome: Outcome) -> None:
        future = self._waiting.pop(ticket, None)
        if future is None or future.done():  # told at the end, or cancelled by its caller
            return
        if outcome.by:
            future.set_exception(Superseded(outcome.by))
        elif outcome.error:
            future.set_exception(StopError(outcome.error))
        else:
            future.set_result(None)

    def _arm(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        due = self._machine.deadline()
        if due < inf:
            self._timer = self._loop.call_later(max(0.0, due - time.monotonic()), self.feed)


def _problem(done: asyncio.Future[Any]) -> str:
    """Return what is left to be told of a move that is over: who could not be ended."""
    error = None if done.cancelled() else done.exception()
    return str(error) if isinstance(error, StopError) else ""
