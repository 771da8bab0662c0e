"""How often something arrives at a listening socket, without accepting it.

The kernel tells an edge-triggered epoll of each arrival, and of no connection that merely waits
(epoll(7)). Arrivals within ten milliseconds count once, so that a busy socket costs a hundred
looks a second at most, and a quiet one none.
"""

from __future__ import annotations

import select
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable

PAUSE = 0.01
"""Seconds between two looks at sockets that are busy."""


class Arrivals:
    """Counts arrivals.

    :param loop: where they are heard
    :param fds: descriptors of sockets; those that are none of ours are passed over
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, fds: Iterable[int]) -> None:
        self._loop = loop
        self._counts: dict[int, int] = {}
        self._pause: asyncio.TimerHandle | None = None
        self._epoll = select.epoll()
        for fd in fds:
            if _is_socket(fd):
                self._epoll.register(fd, select.EPOLLIN | select.EPOLLET)
                self._counts[fd] = 0
        self._epoll.poll(0)  # what waits already did not arrive now
        self._listen()

    def take(self) -> dict[int, int]:
        """Return the counts since the last time, by descriptor."""
        counts = dict(self._counts)
        self._counts = dict.fromkeys(counts, 0)
        return counts

    def close(self) -> None:
        """Count no more."""
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self._epoll.fileno())
        self._epoll.close()

    def _listen(self) -> None:
        self._pause = None
        self._loop.add_reader(self._epoll.fileno(), self._arrived)

    def _arrived(self) -> None:
        for fd, _ in self._epoll.poll(0):
            self._counts[fd] += 1
        self._loop.remove_reader(self._epoll.fileno())
        self._pause = self._loop.call_later(PAUSE, self._listen)


def _is_socket(fd: int) -> bool:
    """Say whether a descriptor is open here, and a socket that others connect or send to."""
    try:
        with socket.socket(fileno=socket.dup(fd)) as copy:
            if copy.type == socket.SOCK_STREAM:
                return bool(copy.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
            return copy.family in {socket.AF_INET, socket.AF_INET6, socket.AF_UNIX}
    except OSError:
        return False
