"""Adopted orphans: children of ours that somebody else made, and lost.

The init of a container and a subreaper get them. Somebody has to reap them, or the process table
fills up; nobody is signalled here. Whose a zombie is, its session tells (setsid(2)): a child that
we made is in our own session, or it leads one of its own.

In our session
    hooks and libraries made it, and wait for it: it is left alone;
in a session that it does not lead
    it cannot be ours: it is reaped at once;
the leader of a session
    may be a hook's that gave it one, so it has to be a zombie at two looks, a while apart, before
    it is taken for one that nobody waits for.

There is no waiting for "any child", which would take the statuses of children that have owners.
Where there is no process table to be looked through, one zombie at a time is looked at: then one
that is left alone hides those behind it.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from circus.host import facts
from circus.host.signals import Claim

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOK = os.WEXITED | os.WNOHANG

_expected: set[int] = set()
"""Holds our pid once something made orphans of this very process likely: forks know nothing."""


def expect() -> None:
    """Note that children that nobody owns may be, or come to be, ours."""
    _expected.add(os.getpid())


def expected() -> bool:
    """Say whether there may be any: the init of a container always gets them."""
    return os.getpid() in {1, *_expected}


class Orphans:
    """Hears of deaths (SIGCHLD), and reaps those that are nobody's.

    :param owns: says whether a number is that of a child that we launched (Children.owns)
    """

    def __init__(self, owns: Callable[[int], bool]) -> None:
        self._owns = owns
        self._seen: set[int] = set()
        self._listen, self._notify = os.pipe()
        os.set_blocking(self._listen, False)
        os.set_blocking(self._notify, False)
        self._claim = Claim(self._notify)

    def fileno(self) -> int:
        """Return a descriptor that is readable when somebody died; :meth:`hush` makes it quiet."""
        return self._listen

    def hush(self) -> None:
        """Take note of all deaths so far."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self._listen, 4096):
                pass

    def reap(self) -> bool:
        """Reap the orphans that cannot be ours, and those that were zombies at the last look too.

        :returns: whether there are zombies left for the next look
        """
        reaped: set[int] = set()
        while True:
            zombies = self._zombies()
            due = {pid for pid, leads in zombies.items() if not leads or pid in self._seen} - reaped
            for pid in due:
                with contextlib.suppress(ChildProcessError):
                    os.waitid(os.P_PID, pid, _LOOK)
            reaped |= due
            if facts.CAN_LIST or not due:
                break
        self._seen = zombies.keys() - reaped
        return bool(self._seen or (not facts.CAN_LIST and _first_zombie()))

    def close(self) -> None:
        """Give back the signal and the descriptors."""
        self._claim.release()
        os.close(self._listen)
        os.close(self._notify)

    def _zombies(self) -> dict[int, bool]:
        """Return the zombies that may be orphans, and whether each leads a session."""
        ours, found = os.getsid(0), {}
        for pid in facts.children(os.getpid()) if facts.CAN_LIST else _first_zombie():
            sid = None if self._owns(pid) else _session(pid)
            if sid not in {None, ours} and _is_zombie(pid):
                found[pid] = sid == pid
        return found


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def _first_zombie() -> list[int]:
    """Return the pid of a child that has ended, if there is one; it stays what it is."""
    try:
        found = os.waitid(os.P_ALL, 0, _LOOK | os.WNOWAIT)
    except ChildProcessError:
        return []
    return [found.si_pid] if found else []


def _is_zombie(pid: int) -> bool:
    try:
        return os.waitid(os.P_PID, pid, _LOOK | os.WNOWAIT) is not None
    except ChildProcessError:  # somebody else was quicker
        return False
