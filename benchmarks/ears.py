"""Hears what the children say, and sees processes end. No polling: the kernel wakes us."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Ears:
    """A datagram socket on which children say ``up PID`` and ``done PID``.

    :param folder: where the socket's path is made
    """

    def __init__(self, folder: str) -> None:
        self.path = os.path.join(folder, "ears")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.socket.bind(self.path)

    def hear(self, count: int = 1, word: str = "up", timeout: float = 120) -> list[int]:
        """Return the pids of the first *count* children that say *word*; fewer when time is over.

        :param timeout: seconds in all
        """
        pids: list[int] = []
        end = time.monotonic() + timeout
        while len(pids) < count and (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            with contextlib.suppress(TimeoutError):
                said, pid = self.socket.recv(64).decode().split()
                if said == word:
                    pids.append(int(pid))
        return pids

    def rest(self, seconds: float) -> list[int]:
        """Let time pass; return the pids of the children that said ``up`` meanwhile."""
        return self.hear(count=1 << 30, timeout=seconds)

    def close(self) -> None:
        """Give back the socket."""
        self.socket.close()


def wait_until_gone(pids: Iterable[int], timeout: float) -> bool:
    """Wait until every one of the processes has ended, unreaped or not.

    :param timeout: seconds
    :returns: False when time was over first
    """
    poll = select.poll()
    watched = set()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            watched.add(os.pidfd_open(pid))
    for fd in watched:
        poll.register(fd, select.POLLIN)
    end = time.monotonic() + timeout
    while watched and (left := end - time.monotonic()) > 0:
        for fd, _ in poll.poll(left * 1000):
            poll.unregister(fd)
            watched.discard(fd)
            os.close(fd)
    gone = not watched
    for fd in watched:
        os.close(fd)
    return gone
