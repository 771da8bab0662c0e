"""One call of a hook off the loop: its time, its end, and who waits for it."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, Protocol

from circus import logger
from circus.callout import Outcome, awaited
from circus.errands import Errands
from circus.loop import Tasks

PATIENCE = 30.0
"""Seconds between two warnings about a hook that does not answer."""


class Verdict(NamedTuple):
    """What a hook's answer means.

    :param yes: whether what was asked about may happen
    :param error: why it failed, if it did
    :param ignored: whether its failures count as a yes because the hook is flagged so
    """

    yes: bool = True
    error: BaseException | None = None
    ignored: bool = False


Answer = Callable[[Verdict], None]


class Host(Protocol):
    """Whose hooks they are: a watcher."""

    name: str
    arbiter: Any

    def notify_event(self, topic: str, msg: dict[str, Any]) -> None:
        """Publish an event."""


class Judge(Protocol):
    """Who has a hook called: the hooks of a watcher."""

    owner: Host
    errands: Errands

    def judge(self, name: str, outcome: Outcome, became: str = "") -> Verdict:
        """Turn what a hook came to into its verdict, and publish it."""

    def slow(self, name: str, seconds: float) -> None:
        """Hear that a hook kept the loop from everybody else."""

    def over(self, call: Call) -> None:
        """Hear that a call is settled."""


class Call:
    """One call of a hook off the loop. It is settled once; what comes later is nobody's."""

    def __init__(
        self,
        hooks: Judge,
        tasks: Tasks,
        hook: str,
        work: Callable[[], Any],
        limit: float,
        answer: Answer,
    ) -> None:
        self.name = f"hook {hook!r} of {hooks.owner.name!r}"
        self.work = work
        self._hooks = hooks
        self._tasks = tasks
        self._hook = hook
        self._limit = limit
        self._answer: Answer | None = answer
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Let its time run from now on."""
        self._since = self._loop.time()
        self._timer = self._loop.call_later(self._limit or PATIENCE, self._time_is_over)

    def end(self, outcome: Outcome) -> None:
        """Take what it came to; an awaitable is awaited first, in the same time."""
        later = outcome.later
        if later is not None:
            self.await_it(lambda: later)
        else:
            self._settle(outcome)

    def await_it(self, work: Callable[[], Awaitable[Any]]) -> None:
        """Call and await it in the loop."""
        self._task = self._tasks.start(self.name, self._awaiting(work))

    def drop(self) -> None:
        """Do not wait any longer: it has failed."""
        seconds = self._loop.time() - self._since
        self._leave(round(seconds, 1 if seconds >= 1 else 3))

    stuck = drop

    def forget(self) -> None:
        """Let whoever waits go on: the watcher is gone."""
        if self._task is not None:
            self._task.cancel()
        self._tell(Verdict())

    async def _awaiting(self, work: Callable[[], Awaitable[Any]]) -> None:
        self._settle(await awaited(work, functools.partial(self._hooks.slow, self._hook)))

    def _time_is_over(self) -> None:
        if self._limit:
            self._leave(self._limit)
        else:
            logger.warning("%s has not answered yet", self.name)
            self._timer = self._loop.call_later(PATIENCE, self._time_is_over)

    def _leave(self, seconds: float) -> None:
        """Go on without an answer, after so many seconds."""
        if self._answer is None:
            return
        text, became = f"no answer in {seconds:g} s", "it is cancelled"
        if self._task is not None:
            self._task.cancel()
        elif thread := self._hooks.errands.drop(self):
            became = f"it goes on in thread {thread!r}"
        else:
            text, became = f"not called in {seconds:g} s: those before it did not answer", ""
        self._settle(Outcome(error=TimeoutError(text)), became)

    def _settle(self, outcome: Outcome, became: str = "") -> None:
        if self._answer is not None:
            self._tell(self._hooks.judge(self._hook, outcome, became))

    def _tell(self, verdict: Verdict) -> None:
        answer, self._answer = self._answer, None
        if self._timer is not None:
            self._timer.cancel()
        self._hooks.over(self)
        if answer is not None:
            answer(verdict)
