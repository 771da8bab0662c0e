"""What ended processes left behind: looked for in batches, signalled, and waited for.

How far that reaches is each watcher's choice (``contain``), and not known here. A process that died
by itself is asked about at once, and cheaply: only if somebody answers is there a look. Of those
that were asked to end the whole family is looked at, and so it is before one is signalled: one look
serves all of a batch, whoever is looked at during it is signalled by what it found, and in a storm
of exits the looks take at most a fifth of the time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Protocol

from circus import logger
from circus.core.messages import Event, Exited, FamilyGone
from circus.host.kin import Kin

POLL = 1.0
"""Seconds between two looks where the kernel cannot tell and nobody said how often."""
REST = 4.0
"""So many times as long as a look took, the next one waits."""


class Owner(Protocol):
    """Whose process it was: a watcher."""

    def feed(self, *events: Event) -> None:
        """Hear what happened."""


class Remains:
    """Looks after the families of one arbiter's processes.

    :param loop: the asyncio loop; everything here is called in its thread
    :param kin: finds, signals and watches them
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, kin: Kin) -> None:
        self._loop = loop
        self._kin = kin
        self._unsure: list[tuple[Owner, int, int]] = []
        self._signals: dict[int, int] = {}
        self._found: dict[int, list[int]] = {}
        """What the look found that is being told at this moment."""
        self._waited: dict[int, Owner] = {}
        self._look_at: asyncio.TimerHandle | None = None
        self._rest_until = 0.0
        self._watched: set[int] = set()
        self._poll: asyncio.TimerHandle | None = None
        self._delay = POLL
        self._stopped = False

    def pace(self, check_delay: float) -> None:
        """Look every so many seconds at what the kernel cannot tell."""
        self._delay = check_delay if check_delay > 0 else POLL

    def stop(self) -> None:
        """Look at nothing any more."""
        self._stopped = True
        for fileno in self._watched:
            self._loop.remove_reader(fileno)
        self._watched.clear()
        for timer in (self._look_at, self._poll):
            if timer:
                timer.cancel()

    def crashed(self, owner: Owner, pid: int) -> bool:
        """Take a process that died by itself and is reaped; say whether it left anybody.

        If so, the owner is told when the last of them is gone.
        """
        if self._kin.answers(pid) and self._keep(owner, pid):
            return True
        self._kin.forget(pid)
        return False

    def disowned(self, pid: int) -> None:
        """Take a process that is reaped and nobody's any more: what it left is left alone."""
        self._kin.forget(pid)

    def obeyed(self, ended: Sequence[tuple[Owner, int, int]]) -> None:
        """Take processes that were asked to end and are reaped.

        :param ended: (whose it was, its pid, its exit status); the owner is told with the batch
        """
        self._unsure += ended
        self._look_soon()

    def signal(self, pid: int, signum: int) -> None:
        """Signal what a process left, or the family of one that runs: now, or with the next look.

        If nobody is left of what is waited for, the owner is told.
        """
        if pid in self._found:
            self._send(pid, signum)
        else:
            self._signals[pid] = signum
            self._look_soon(at_once=False)

    def _keep(self, owner: Owner, pid: int) -> bool:
        """Wait for the end of a family; say whether there is anybody to wait for."""
        try:
            if not self._kin.watch(pid):
                return False
        except OSError as error:
            logger.warning("cannot watch what process %d left: %s", pid, error)
            return False
        self._waited[pid] = owner
        fileno = self._kin.fileno(pid)
        if fileno is None:
            self._poll = self._poll or self._loop.call_later(self._delay, self._look_around)
        elif fileno not in self._watched:
            self._watched.add(fileno)
            self._loop.add_reader(fileno, self._emptied)
        return True

    def _look_soon(self, *, at_once: bool = True) -> None:
        """Look at those who have to be, now or when the last look was long enough ago."""
        if self._look_at or self._stopped or not (self._unsure or self._signals):
            return
        wait = max(0.0, self._rest_until - time.monotonic())
        if at_once and not wait:
            self._look()
        else:
            self._look_at = self._loop.call_later(wait, self._look)

    def _look(self) -> None:
        self._look_at = None
        unsure, self._unsure = self._unsure, []
        signals, self._signals = self._signals, {}
        begun = time.monotonic()
        self._found = self._kin.members({*(pid for _, pid, _ in unsure), *signals})
        ended = time.monotonic()
        self._rest_until = ended + REST * (ended - begun)
        try:
            self._tell(unsure)
            for pid, signum in signals.items():
                self._send(pid, signum)
        finally:
            self._found = {}

    def _tell(self, unsure: list[tuple[Owner, int, int]]) -> None:
        told: dict[Owner, list[Event]] = {}
        for owner, pid, code in unsure:
            told.setdefault(owner, []).append(Exited(pid, code, self._left(owner, pid)))
        for owner, events in told.items():
            owner.feed(*events)

    def _left(self, owner: Owner, pid: int) -> bool:
        if self._found.get(pid) and self._keep(owner, pid):
            return True
        self._kin.forget(pid)
        return False

    def _send(self, pid: int, signum: int) -> None:
        if not self._kin.signal(pid, self._found.get(pid, ()), signum):
            self._over(pid)

    def _emptied(self) -> None:
        for pid in self._kin.gone():
            self._over(pid)

    def _over(self, pid: int) -> None:
        """Tell that nobody is left of a family, if it was waited for."""
        owner = self._waited.pop(pid, None)
        if owner is not None:
            self._kin.forget(pid)
            owner.feed(FamilyGone(pid))

    def _look_around(self) -> None:
        self._poll = None
        self._emptied()
        if self._waited and not self._stopped:
            self._poll = self._loop.call_later(self._delay, self._look_around)
