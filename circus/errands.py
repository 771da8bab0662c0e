"""Errands: what must not be done on the loop, one after the other on a daemon thread.

All of it is decided on the loop: an errand is handed to the thread when the one before it has come
back, so its time runs from then on. An errand that is not waited for any longer is left to itself
together with its thread, for a thread cannot be stopped; the next one gets a new thread. So many
threads at most are lost that way: after that nothing is begun until one of them has come back.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Protocol

from circus import logger
from circus.callout import Outcome, called

MOST_LOST = 10
"""So many threads of one owner may be busy with what nobody waits for."""


class Errand(Protocol):
    """Something to do."""

    name: str
    work: Callable[[], object]
    """Called on the thread."""

    def begin(self) -> None:
        """Hear, on the loop, that it is begun."""

    def end(self, outcome: Outcome) -> None:
        """Hear, on the loop, what it came to. Not called for one that was dropped."""

    def stuck(self) -> None:
        """Hear, on the loop, that others waited for its thread until their time was over."""


class Errands:
    """The errands of one owner. Everything here is called in the loop's thread.

    :param name: of the threads
    """

    def __init__(self, name: str) -> None:
        self.thread_name = name
        self._waiting: deque[tuple[Errand, float]] = deque()
        self._current: Errand | None = None
        self._begun = 0.0
        self._runner: _Runner | None = None
        self._runners = 0
        self._lost: list[_Runner] = []

    def put(self, errand: Errand) -> None:
        """Do something once everything before it is done."""
        self._waiting.append((errand, asyncio.get_running_loop().time()))
        self._next()

    def drop(self, errand: Errand) -> str | None:
        """Do not wait for an errand any longer.

        When it was not begun yet and has waited for one errand all its time, that one is stuck.

        :returns: the name of the thread in which it goes on; None for one that was not begun
        """
        if errand is self._current:
            return self._abandon()
        for place in self._waiting:
            if place[0] is errand:
                self._waiting.remove(place)
                if self._current is not None and self._begun <= place[1]:
                    self._current.stuck()
                break
        return None

    def close(self) -> None:
        """Begin nothing more; the thread ends once it is idle, and nobody hears of it."""
        self._waiting.clear()
        self._current = None
        if self._runner is not None:
            self._runner.leave()
            self._runner = None

    def _next(self) -> None:
        if self._current is not None or not self._waiting:
            return
        if self._runner is None and not self._start():
            self._refuse()
            return
        loop = asyncio.get_running_loop()
        errand, _ = self._waiting.popleft()
        self._current, self._begun = errand, loop.time()
        errand.begin()
        assert self._runner is not None
        self._runner.do(loop, errand, self._done)

    def _start(self) -> bool:
        self._lost = [runner for runner in self._lost if runner.is_alive()]
        if len(self._lost) >= MOST_LOST:
            return False
        self._runners += 1
        number = f" {self._runners}" if self._runners > 1 else ""
        self._runner = _Runner(self.thread_name + number)
        self._runner.start()
        return True

    def _refuse(self) -> None:
        reason = f"{len(self._lost)} threads of hooks that did not answer are busy still"
        waiting, self._waiting = self._waiting, deque()
        outcome = Outcome(error=RuntimeError(f"cannot call it: {reason}"))
        for errand, _ in waiting:
            asyncio.get_running_loop().call_soon(errand.end, outcome)

    def _abandon(self) -> str:
        assert self._runner is not None
        runner, self._runner, self._current = self._runner, None, None
        runner.leave()
        self._lost.append(runner)
        asyncio.get_running_loop().call_soon(self._next)
        return runner.name

    def _done(self, errand: Errand, outcome: Outcome) -> None:
        if errand is not self._current:
            logger.debug("%s has answered after all, and nobody waits for it", errand.name)
            outcome.discard()
            return
        self._current = None
        self._next()
        errand.end(outcome)


class _Runner(threading.Thread):
    """A thread that does what it is told, until it is told to leave."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._orders: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def do(
        self,
        loop: asyncio.AbstractEventLoop,
        errand: Errand,
        done: Callable[[Errand, Outcome], None],
    ) -> None:
        """Do an errand, and say in the loop what it came to."""
        self._orders.put(lambda: _tell(loop, done, errand, called(errand.work)))

    def leave(self) -> None:
        """End when all is done."""
        self._orders.put(None)

    def run(self) -> None:
        """Work."""
        while (order := self._orders.get()) is not None:
            order()


def _tell(
    loop: asyncio.AbstractEventLoop,
    done: Callable[[Errand, Outcome], None],
    errand: Errand,
    outcome: Outcome,
) -> None:
    """Bring an outcome to the loop; a loop that is gone needs none."""
    try:
        loop.call_soon_threadsafe(done, errand, outcome)
    except RuntimeError:
        logger.debug("%s answered after the loop was closed", errand.name)
