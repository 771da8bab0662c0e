"""Which pipes can be read: one epoll for all of them, or the loop itself where there is none."""

from __future__ import annotations

import asyncio
import select
import time
from collections import deque
from collections.abc import Callable

TURN = 0.004
"""Seconds that one turn may read."""
BATCH = 16
"""Pipes that the kernel names at a time."""


class Listening:
    """Calls for each pipe that can be read, in turns.

    The epoll's own descriptor is in the loop: adding a pipe costs a microsecond, and a quiet one
    costs nothing. One turn takes a few milliseconds at most, and the kernel names the pipes in
    turns, so neither a chatty child nor many of them keep the others or the loop waiting.

    :param read: is called with a descriptor, and reads one chunk
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, read: Callable[[int], object]) -> None:
        self._loop = loop
        self._read = read
        self._named: deque[int] = deque()
        self._epoll = select.epoll() if hasattr(select, "epoll") else None
        if self._epoll is not None:
            loop.add_reader(self._epoll.fileno(), self._turn)

    def add(self, fd: int) -> None:
        """Listen to a pipe."""
        if self._epoll is not None:
            self._epoll.register(fd, select.EPOLLIN)
        else:
            self._loop.add_reader(fd, self._read, fd)

    def remove(self, fd: int) -> None:
        """Listen to a pipe no more; it is still open."""
        if self._epoll is not None:
            self._epoll.unregister(fd)
        else:
            self._loop.remove_reader(fd)

    def close(self) -> None:
        """Listen to nothing."""
        if self._epoll is not None and not self._epoll.closed:
            self._loop.remove_reader(self._epoll.fileno())
            self._epoll.close()

    def _turn(self) -> None:
        """Have chunks read for a while; the loop calls again if something is left."""
        assert self._epoll is not None
        until = time.monotonic() + TURN
        while True:
            if not self._named:
                self._named.extend(fd for fd, _ in self._epoll.poll(0, BATCH))
            if not self._named:
                return
            self._read(self._named.popleft())
            if time.monotonic() >= until:
                return
