"""The queue of launches: processes are spawned for a few milliseconds, then the loop has its turn.

Watchers take turns too, so one that wants a thousand processes does not keep the dead worker of
another waiting. What was spawned in a turn is told to each watcher at once, as one batch.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Protocol

from circus.core.messages import Event

TURN = 0.005
"""Seconds that one turn may spawn."""


class Owner(Protocol):
    """Who has processes launched: a watcher."""

    def launch(self, wid: int) -> Event | None:
        """Launch the process of a place and say how it went, if that is anything to be told."""

    def feed(self, *events: Event) -> None:
        """Hear what happened."""


class Launches:
    """The launches that were ordered and not tried yet.

    :param loop: the asyncio loop; everything here is called in its thread
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._queues: dict[Owner, deque[int]] = {}
        self._due = False

    def put(self, owner: Owner, wid: int) -> None:
        """Order the launch of a place."""
        self._queues.setdefault(owner, deque()).append(wid)
        self._plan()

    def take_back(self, owner: Owner, wid: int) -> bool:
        """Call off a launch; False when it was tried already."""
        queue = self._queues.get(owner, ())
        if wid not in queue:
            return False
        queue.remove(wid)  # type: ignore[union-attr]  # the empty tuple holds no wid
        return True

    def drop(self, owner: Owner) -> None:
        """Forget all launches of an owner."""
        self._queues.pop(owner, None)

    def run(self) -> None:
        """Launch for one turn, one process of each watcher after the other."""
        self._due = False
        until = time.monotonic() + TURN
        told: dict[Owner, list[Event]] = {}
        while self._queues and time.monotonic() < until:
            for owner in list(self._queues):
                queue = self._queues.pop(owner)
                if queue:
                    event = owner.launch(queue.popleft())
                    told.setdefault(owner, []).extend([] if event is None else [event])
                if queue:
                    self._queues[owner] = queue
                if time.monotonic() >= until:
                    break
        for owner, events in told.items():
            owner.feed(*events)
        self._plan()

    def _plan(self) -> None:
        if self._queues and not self._due:
            self._due = True
            self._loop.call_soon(self.run)
