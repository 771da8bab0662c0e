"""asyncio and tornado: one loop under two names, and tasks that crash loudly."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from circus import logger
from circus.exc import CircusError


def asyncio_loop(loop: Any) -> asyncio.AbstractEventLoop:
    """Return the asyncio loop of an asyncio or tornado loop."""
    found: asyncio.AbstractEventLoop = getattr(loop, "asyncio_loop", loop)
    return found


def quiet(future: asyncio.Future[Any]) -> asyncio.Future[Any]:
    """Let a future fail without a complaint when nobody looks at it.

    The verbs of the Python API do their work whether or not anybody awaits them, so a failure that
    nobody awaits is not lost: it was logged where it happened.
    """
    future.add_done_callback(lambda done: done.cancelled() or done.exception())
    return future


def done(loop: asyncio.AbstractEventLoop, value: Any = None) -> asyncio.Future[Any]:
    """Return a future that is done, for what has been done when it returns."""
    future: asyncio.Future[Any] = loop.create_future()
    future.set_result(value)
    return future


async def tornado_sleep(duration: float) -> None:
    """Wait so many seconds."""
    await asyncio.sleep(duration)


class Tasks:
    """The coroutines that run beside the machines; each has a name, and a crash names it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._running: set[asyncio.Task[Any]] = set()

    def start(self, name: str, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run a coroutine; it is kept until it ends."""
        task = self._loop.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def close(self) -> None:
        """Cancel what still runs."""
        for task in self._running:
            task.cancel()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, CircusError):  # an answer: whoever asked is told
            logger.error("%s: %s", task.get_name(), error)
        elif error:
            logger.error("task %r crashed", task.get_name(), exc_info=error)
