"""An arbiter inside an asyncio program: ``async with``, and its events one after the other."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple, TypeVar

from circus.life import Life

E = TypeVar("E", bound="Embedded")

KEPT = 10_000
"""So many events are kept for who does not take them; after that the oldest are lost."""


class Event(NamedTuple):
    """Something that a watcher announced (spec §3).

    :param watcher: the watcher's name
    :param name: such as ``spawn`` or ``reap``
    :param time: seconds since the epoch
    :param fields: what the event says: ``process_pid`` and the like
    """

    watcher: str
    name: str
    time: float
    fields: Mapping[str, Any]


class Embedded(Life):
    """What an asyncio program does with an arbiter that runs in its loop."""

    def prepare(self) -> None:
        """Get ready to be started; nobody listens yet."""
        super().prepare()
        self._ears: list[_Ear] = []

    async def __aenter__(self: E) -> E:  # noqa: PYI019 - Self is newer than Python 3.10
        """Start it; all watchers were started when the block begins.

        :raises OSError: an endpoint or a socket cannot be bound; nothing was started
        """
        try:
            await self.start()
        except BaseException:
            await self._ended()
            raise
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Stop it, and wait until the last process is gone, even if that wait is cancelled."""
        await self._ended()

    async def _ended(self) -> None:
        """Stop it; whoever is cancelled meanwhile wants it to make haste."""
        if self._over is None or not self.running:
            return
        over = self._over
        stopped = asyncio.ensure_future(self.stop())
        try:
            await asyncio.shield(over)
        except asyncio.CancelledError:
            self.hasten()
            await over
            raise
        finally:
            if not stopped.cancelled():
                await asyncio.gather(stopped, return_exceptions=True)

    def events(self) -> AsyncIterator[Event]:
        """Iterate over what the watchers announce from now on; ends with the arbiter.

        Who takes them slowly misses the oldest of more than KEPT.
        """
        ear = _Ear()
        if self._over is None or self._over.done():
            ear.close()
        else:
            self._ears.append(ear)
            self._over.add_done_callback(lambda _: self._deafen(ear))
        return ear

    def _deafen(self, ear: _Ear) -> None:
        self._ears.remove(ear)
        ear.close()

    def _announce(self, watcher: str, event: str, fields: Mapping[str, Any]) -> None:
        super()._announce(watcher, event, fields)
        for ear in self._ears:
            ear.hear(Event(watcher, event, time.time(), dict(fields)))


class _Ear:
    """One iteration over events."""

    def __init__(self) -> None:
        self._heard: deque[Event] = deque(maxlen=KEPT)
        self._news = asyncio.Event()
        self._closed = False

    def hear(self, event: Event) -> None:
        """Take an event."""
        self._heard.append(event)
        self._news.set()

    def close(self) -> None:
        """Hear nothing more."""
        self._closed = True
        self._news.set()

    def __aiter__(self) -> _Ear:
        return self

    async def __anext__(self) -> Event:
        while not self._heard:
            if self._closed:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._heard.popleft()
