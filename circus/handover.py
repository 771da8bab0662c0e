"""From another thread to the loop: a plain hook may call its watcher and its arbiter as it likes.

What belongs to a loop is touched in the loop's own thread only. So a verb that is called elsewhere
while the loop runs is carried out there, and what it returns comes back.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable
from typing import Any, Protocol

WATCHER_VERBS = (
    "start stop restart reload incr decr set_numprocesses kill kill_process set_options deliver"
)
ARBITER_VERBS = (
    "quit stop start_group stop_group restart_group reload_group reload restart_all rm_watcher"
)


class Resident(Protocol):
    """What lives in a loop: a watcher, an arbiter."""

    @property
    def home(self) -> asyncio.AbstractEventLoop | None:
        """Its loop, or None while it has none."""


def away(loop: asyncio.AbstractEventLoop | None) -> bool:
    """Say whether a loop runs, and in another thread than this one."""
    if loop is None or not loop.is_running():
        return False
    try:
        return asyncio.get_running_loop() is not loop
    except RuntimeError:
        return True


def do_there(loop: asyncio.AbstractEventLoop | None, work: Callable[..., Any], *args: Any) -> Any:
    """Do something in a loop's thread, wherever this is; return what it returned, or raise it."""
    if loop is None or not away(loop):
        return work(*args)
    return asyncio.run_coroutine_threadsafe(_done(work, args), loop).result()


def hand_over(cls: type, verbs: str = "", deeds: str = "") -> None:
    """Let methods of a class be called in any thread.

    :param verbs: names of methods that return an awaitable: elsewhere they return at once a
        :class:`concurrent.futures.Future` of what it holds
    :param deeds: names of methods that have done their work when they return
    """
    for name in verbs.split():
        setattr(cls, name, _verb(getattr(cls, name)))
    for name in deeds.split():
        setattr(cls, name, _deed(getattr(cls, name)))


def _verb(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(self: Resident, *args: Any, **options: Any) -> Any:
        loop = self.home
        if loop is None or not away(loop):
            return method(self, *args, **options)
        work = functools.partial(method, self, *args, **options)
        return asyncio.run_coroutine_threadsafe(_met(work), loop)

    return call


def _deed(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(self: Resident, *args: Any, **options: Any) -> Any:
        return do_there(self.home, functools.partial(method, self, *args, **options))

    return call


async def _done(work: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    return work(*args)


async def _met(work: Callable[[], Any]) -> Any:
    found = work()
    return await found if inspect.isawaitable(found) else found
