"""Calling a user's code: whatever it does, what comes back is an outcome.

Nothing that a hook raises gets past here, SystemExit and KeyboardInterrupt included. A hook that
forks and lets its child come back would make a second daemon with the same sockets: that child ends
here. And the steps of a coroutine are timed, because each one keeps the loop from everybody else.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import time
from collections.abc import Awaitable, Callable, Generator
from typing import Any, NamedTuple, NoReturn

SLOW = 0.05
"""Seconds that one step of a coroutine may keep the loop."""
STRAY = b"circusd: a hook forked and its child came back: the child ends here\n"


class Outcome(NamedTuple):
    """What a call came to.

    :param yes: what was returned, as a truth; None when None was returned
    :param error: what was raised
    :param later: what was returned instead of an answer, and has to be awaited in the loop
    """

    yes: bool | None = None
    error: BaseException | None = None
    later: Awaitable[Any] | None = None

    def discard(self) -> None:
        """Let it be: a coroutine that nobody will await is closed."""
        if inspect.iscoroutine(self.later):
            self.later.close()


def called(work: Callable[[], Any]) -> Outcome:
    """Call something here and now."""
    pid = os.getpid()
    try:
        outcome = _of(work())
    except BaseException as error:  # noqa: BLE001 - user code
        outcome = Outcome(error=error)
    if os.getpid() != pid:
        _leave(outcome)
    return outcome


async def awaited(work: Callable[[], Awaitable[Any]], slow: Callable[[float], None]) -> Outcome:
    """Call something and await what it returns.

    :param slow: told the seconds of each step that kept the loop longer than SLOW
    """
    try:
        outcome = _of(await _Stepped(_run(work), slow))
    except BaseException as error:  # noqa: BLE001 - user code
        return Outcome(error=error)
    later = outcome.later
    return outcome if later is None else await awaited(lambda: later, slow)


def text_of(error: BaseException) -> str:
    """Return what an error says; its class if it says nothing, or cannot."""
    text = ""
    with contextlib.suppress(Exception):
        text = str(error)
    return text or type(error).__name__


async def _run(work: Callable[[], Awaitable[Any]]) -> Any:
    return await work()


class _Stepped:
    """A coroutine whose steps are timed, and that ends a child which it forked."""

    def __init__(self, coroutine: Any, slow: Callable[[float], None]) -> None:
        self._coroutine = coroutine
        self._slow = slow

    def __await__(self) -> Generator[Any, Any, Any]:
        step, given = self._coroutine.send, None
        while True:
            wish, end = self._step(step, given)
            if end is not None:
                return end.value
            try:
                step, given = self._coroutine.send, (yield wish)
            except BaseException as error:  # noqa: BLE001 - the hook's to handle
                step, given = self._coroutine.throw, error

    def _step(self, step: Callable[[Any], Any], given: Any) -> tuple[Any, StopIteration | None]:
        """Take one step; return what it waits for, or the end."""
        pid, begun = os.getpid(), time.monotonic()
        outcome = Outcome()
        try:
            return step(given), None
        except StopIteration as end:
            return None, end
        except BaseException as error:
            outcome = Outcome(error=error)
            raise
        finally:
            if os.getpid() != pid:
                _leave(outcome)
            took = time.monotonic() - begun
            if took > SLOW:
                self._slow(took)


def _of(value: Any) -> Outcome:
    """Return what a returned value means. It is asked for its truth here, where it may raise."""
    if inspect.isawaitable(value):
        return Outcome(later=value)
    return Outcome(None if value is None else bool(value))


def _leave(outcome: Outcome) -> NoReturn:
    """End a child that was forked, with the status that it would have ended with by itself."""
    code = 0 if outcome.error is None else 1
    if isinstance(outcome.error, SystemExit) and isinstance(outcome.error.code, (int, type(None))):
        code = outcome.error.code or 0
    with contextlib.suppress(OSError):
        os.write(2, STRAY)
    os._exit(code & 0xFF)
