"""Adopted orphans: children of ours that somebody else made, and lost.

The init of a container and a subreaper get them. Somebody has to reap them, or the process table
fills up; nobody is signalled here. Children in our own session are left alone: hooks and libraries
made them, and wait for them. So may the others, if a hook gave them a session; so an orphan has to
be a zombie at two looks, a while apart, before it is taken for one that nobody waits for.

There is no waiting for "any child", which would take the statuses of children that have owners.
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
        """Reap the orphans that were zombies at the last look too.

        :returns: whether there are zombies left for the next look
        """
        zombies = {pid for pid in self._adopted() if _is_zombie(pid)}
        for pid in zombies & self._seen:
            with contextlib.suppress(ChildProcessError):
                os.waitid(os.P_PID, pid, _LOOK)
        self._seen = zombies - self._seen
        return bool(self._seen)

    def close(self) -> None:
        """Give back the signal and the descriptors."""
        self._claim.release()
        os.close(self._listen)
        os.close(self._notify)

    def _adopted(self) -> list[int]:
        ours = os.getsid(0)
        return [
            pid
            for pid in facts.children(os.getpid())
            if not self._owns(pid) and _session(pid) not in {None, ours}
        ]


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def _is_zombie(pid: int) -> bool:
    try:
        return os.waitid(os.P_PID, pid, _LOOK | os.WNOWAIT) is not None
    except ChildProcessError:  # somebody else was quicker
        return False
