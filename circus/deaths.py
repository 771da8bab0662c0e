"""From an ended child to its watcher: reaped, its output read, its end told.

The kernel wakes the loop when a child of ours has ended; all that ended by then are told in one
batch. What they left behind is the business of :mod:`circus.remains`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from circus import logger
from circus.core.messages import Event, Exited
from circus.host.ports import Children
from circus.remains import POLL, Remains

LOST = 255
"""The exit status of a child that somebody else reaped: nobody knows the true one."""


class Owner(Protocol):
    """Whose child it was: a watcher."""

    def asked_to_end(self, pid: int) -> bool:
        """Say whether the end of a process was asked for."""

    def feed(self, *events: Event) -> None:
        """Hear what happened."""


class Deaths:
    """Watches the children of one arbiter.

    :param loop: the asyncio loop; everything here is called in its thread
    :param remains: looks after what they left
    :param drain: called with a pid before its end is told: reads the rest of its output
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        children: Children,
        remains: Remains,
        drain: Callable[[int], None],
    ) -> None:
        self._loop = loop
        self._children = children
        self._remains = remains
        self._drain = drain
        self._owners: dict[int, Owner] = {}
        self._watched: int | None = None
        self._poll: asyncio.TimerHandle | None = None
        self._only_asked = False

    def start(self, check_delay: float) -> None:
        """Let the kernel wake the loop; what it cannot tell is polled every *check_delay* s.

        With zero or less, only those that were asked to end are reaped until :meth:`collect` is
        called (design.md §8).
        """
        self._only_asked = check_delay <= 0
        self._remains.pace(check_delay)
        self._watched = self._children.fileno()
        if self._watched is not None:
            self._loop.add_reader(self._watched, self._woken)
        else:
            self._poll_every(check_delay if check_delay > 0 else POLL)

    def stop(self) -> None:
        """Stop watching; children that run go on."""
        if self._watched is not None:
            self._loop.remove_reader(self._watched)
            self._watched = None
        if self._poll:
            self._poll.cancel()
        self._remains.stop()

    def own(self, pid: int, owner: Owner) -> None:
        """Know whose child it is."""
        self._owners[pid] = owner

    def disown(self, pid: int) -> None:
        """Reap a child when it ends, and tell nobody."""
        self._owners.pop(pid, None)

    def collect(self) -> None:
        """Reap everybody who has ended, and tell their watchers."""
        self._bury(self._children.ended())

    def _woken(self) -> None:
        ended = self._children.ended()
        if self._only_asked:
            ended = [pid for pid in ended if self._asked(pid)]
        self._bury(ended)

    def _asked(self, pid: int) -> bool:
        owner = self._owners.get(pid)
        return owner is None or owner.asked_to_end(pid)

    def _bury(self, ended: list[int]) -> None:
        told: dict[Owner, list[Event]] = {}
        obeyed: list[tuple[Owner, int, int]] = []
        for pid in ended:
            owner = self._owners.pop(pid, None)
            code = self._reap(pid)
            self._drain(pid)
            if owner is None:
                self._remains.disowned(pid)
            elif owner.asked_to_end(pid):
                obeyed.append((owner, pid, code))
            else:
                left = self._remains.crashed(owner, pid)
                told.setdefault(owner, []).append(Exited(pid, code, left))
        for owner, events in told.items():
            owner.feed(*events)
        self._remains.obeyed(obeyed)

    def _reap(self, pid: int) -> int:
        try:
            return self._children.reap(pid)
        except ChildProcessError:
            logger.warning("process %d was reaped by somebody else: its status is lost", pid)
            return LOST

    def _poll_every(self, seconds: float) -> None:
        self._woken()
        self._poll = self._loop.call_later(seconds, self._poll_every, seconds)
