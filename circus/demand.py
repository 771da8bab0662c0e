"""Waiting for the first connection: what wakes an on-demand watcher (spec §6.10).

The sockets are watched by the loop until one of them is ready, then no more: while the watcher is
being started, and as long as one of its processes runs, the connections are theirs.
"""

from __future__ import annotations

import asyncio
import os
import select
from collections.abc import Callable, Iterable

from circus.sockets import CircusSocket


class Demand:
    """The watch over the sockets of one watcher.

    :param loop: the asyncio loop
    :param ready: called in it once something waits on a socket: with True when it did already as
        the watch began
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, ready: Callable[[bool], None]) -> None:
        self._loop = loop
        self._ready = ready
        self._watched: list[int] = []

    def watch(self, sockets: Iterable[CircusSocket]) -> None:
        """Watch these sockets, and no others any more."""
        self.stop()
        # copies, for two watchers may watch one socket
        self._watched = [os.dup(one.fileno()) for one in sockets]
        look = select.poll()
        for fd in self._watched:
            look.register(fd, select.POLLIN)
            self._loop.add_reader(fd, self._wake, False)
        if look.poll(0):
            self._wake(True)

    def stop(self) -> None:
        """Watch none."""
        for fd in self._watched:
            self._loop.remove_reader(fd)
            os.close(fd)
        self._watched = []

    def _wake(self, waited: bool) -> None:
        self.stop()
        self._ready(waited)
