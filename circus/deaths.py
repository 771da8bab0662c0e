"""From an ended child to its watcher: reaped, its output read, its session looked after.

The kernel wakes the loop when a child of ours has ended; all that ended by then are told in one
batch. A child that died by itself is told at once, and only if somebody of its process group
answers is /proc read. Of those that were asked to end, the whole session is looked at: one pass
over /proc serves all of a batch, and in a storm of exits the passes take at most a fifth of the
time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from circus import logger
from circus.core.messages import Event, Exited, SessionEmptied
from circus.host.ports import Children, Sessions

LOST = 255
"""The exit status of a child that somebody else reaped: nobody knows the true one."""
POLL = 1.0
"""Seconds between two looks where the kernel cannot tell and nobody said how often."""
REST = 4.0
"""So many times as long as a pass over /proc took, the next one waits."""


class Owner(Protocol):
    """Whose child it was: a watcher."""

    def asked_to_end(self, pid: int) -> bool:
        """Say whether the end of a process was asked for."""

    def feed(self, *events: Event) -> None:
        """Hear what happened."""


class Deaths:
    """Watches the children of one arbiter.

    :param loop: the asyncio loop; everything here is called in its thread
    :param drain: called with a pid before its end is told: reads the rest of its output
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        children: Children,
        sessions: Sessions,
        drain: Callable[[int], None],
    ) -> None:
        self._loop = loop
        self._children = children
        self._sessions = sessions
        self._drain = drain
        self._owners: dict[int, Owner] = {}
        self._unsure: list[tuple[Owner, int, int]] = []
        self._look_at: asyncio.TimerHandle | None = None
        self._rest_until = 0.0
        self._watched: list[int] = []
        self._poll: asyncio.TimerHandle | None = None
        self._only_asked = False

    def start(self, check_delay: float) -> None:
        """Let the kernel wake the loop; what it cannot tell is polled every *check_delay* s.

        With zero or less, only those that were asked to end are reaped until :meth:`collect` is
        called (design.md §8).
        """
        self._only_asked = check_delay <= 0
        polled = False
        for fileno, act in (
            (self._children.fileno(), self._woken),
            (self._sessions.fileno(), self._emptied),
        ):
            if fileno is None:
                polled = True
            else:
                self._loop.add_reader(fileno, act)
                self._watched.append(fileno)
        if polled:
            self._poll_every(check_delay if check_delay > 0 else POLL)

    def stop(self) -> None:
        """Stop watching; children that run go on."""
        for fileno in self._watched:
            self._loop.remove_reader(fileno)
        self._watched.clear()
        for timer in (self._look_at, self._poll):
            if timer:
                timer.cancel()

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
        for pid in ended:
            owner = self._owners.pop(pid, None)
            code = self._reap(pid)
            self._drain(pid)
            if owner is None:
                continue
            if owner.asked_to_end(pid):
                self._unsure.append((owner, pid, code))
            else:
                left = self._sessions.answers(pid) and self._keep(owner, pid)
                told.setdefault(owner, []).append(Exited(pid, code, left))
        for owner, events in told.items():
            owner.feed(*events)
        self._look_soon()

    def _reap(self, pid: int) -> int:
        try:
            return self._children.reap(pid)
        except ChildProcessError:
            logger.warning("process %d was reaped by somebody else: its status is lost", pid)
            return LOST

    def _keep(self, owner: Owner, pid: int) -> bool:
        """Wait for the end of a session; say whether there is anybody to wait for."""
        self._owners[pid] = owner
        try:
            if self._sessions.watch(pid):
                return True
        except OSError as error:
            logger.warning("cannot watch the session of process %d: %s", pid, error)
        del self._owners[pid]
        return False

    def _look_soon(self) -> None:
        """Look at the sessions of those asked to end, now or when the last pass was long ago."""
        if not self._unsure or self._look_at:
            return
        wait = self._rest_until - time.monotonic()
        if wait <= 0:
            self._look()
        else:
            self._look_at = self._loop.call_later(wait, self._look)

    def _look(self) -> None:
        self._look_at = None
        unsure, self._unsure = self._unsure, []
        begun = time.monotonic()
        families = self._sessions.members([pid for _, pid, _ in unsure])
        ended = time.monotonic()
        self._rest_until = ended + REST * (ended - begun)
        told: dict[Owner, list[Event]] = {}
        for owner, pid, code in unsure:
            left = bool(families.get(pid)) and self._keep(owner, pid)
            told.setdefault(owner, []).append(Exited(pid, code, left))
        for owner, events in told.items():
            owner.feed(*events)

    def _emptied(self) -> None:
        for pid in self._sessions.gone():
            owner = self._owners.pop(pid, None)
            if owner:
                owner.feed(SessionEmptied(pid))

    def _poll_every(self, seconds: float) -> None:
        self._woken()
        self._emptied()
        self._poll = self._loop.call_later(seconds, self._poll_every, seconds)
