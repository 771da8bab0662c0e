"""Kin: all that descends from our children, each as far as its watcher reaches.

There is one :class:`circus.host.ports.Reach` for each value of ``contain``, made when the first
watcher asks for it. Whoever looks after what a child left needs not know which one that is.
"""

from __future__ import annotations

import errno
import os
import signal
from collections import defaultdict
from typing import TYPE_CHECKING

from circus.exc import LaunchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from circus.host.ports import Children, Reach
    from circus.spec.launch import LaunchPlan


class Kin:
    """The families of our children.

    :param children: who launches them
    :param makers: for each value of ``contain``, what makes its reach, the best way first; one that
        is not possible here raises OSError, and the last one never does
    """

    def __init__(
        self, children: Children, makers: Mapping[str, Sequence[Callable[[], Reach]]]
    ) -> None:
        self._children = children
        self._makers = makers
        self._made: dict[str, Reach] = {}
        self.refusals: dict[str, list[str]] = {}
        """Why a better way is not possible, by the value of ``contain``."""
        self.meant: set[int] = set()
        """Numbers of processes that are gone, by which something else still goes."""
        self._reaches: dict[int, Reach] = {}

    def knows(self, contain: str) -> bool:
        """Say whether a value of ``contain`` was asked for already."""
        return contain in self._made

    def reach(self, contain: str) -> Reach:
        """Return what a value of ``contain`` comes to on this machine."""
        for make in self._makers[contain]:
            if contain in self._made:
                break
            try:
                self._made[contain] = make()
            except OSError as error:
                self.refusals.setdefault(contain, []).append(str(error))
        return self._made[contain]

    def spawn(self, plan: LaunchPlan, contain: str, label: str) -> int:
        """Launch a process whose family can be found.

        :param label: the watcher's name
        :returns: its pid, by which its family goes until it is forgotten
        :raises LaunchError: with the failed step and the kernel's number
        """
        reach = self.reach(contain)
        pid = reach.spawn(plan, label, self._launch)
        self._reaches[pid] = reach
        return pid

    def answers(self, pid: int) -> bool:
        """Say whether somebody may be left of a family whose child is reaped; cheap."""
        reach = self._reaches.get(pid)
        return reach is not None and reach.answers(pid)

    def members(self, pids: Iterable[int]) -> dict[int, list[int]]:
        """Return the live members of each family, without its child."""
        asked: dict[Reach, list[int]] = defaultdict(list)
        for pid in pids:
            if pid in self._reaches:
                asked[self._reaches[pid]].append(pid)
        found: dict[int, list[int]] = {}
        for reach, its in asked.items():
            found.update(reach.members(its))
        return found

    def signal(self, pid: int, pids: Iterable[int], signum: int) -> int:
        """Signal those of *pids* that still belong to a family; return how many there are."""
        reach = self._reaches.get(pid)
        return 0 if reach is None else reach.signal(pid, pids, signum)

    def watch(self, pid: int) -> bool:
        """Wait for the end of a family whose child is reaped; False when nobody is left.

        :raises OSError: when no descriptor is left to watch with
        """
        reach = self._reaches.get(pid)
        return reach is not None and reach.watch(pid)

    def fileno(self, pid: int) -> int | None:
        """Return what is readable when a watched family may be gone; None: :meth:`gone` is polled.

        Families share it.
        """
        return self._reaches[pid].fileno()

    def gone(self) -> list[int]:
        """Return the watched families of which nobody is left now, each once, and forget them."""
        found = [pid for reach in self._made.values() for pid in reach.gone()]
        for pid in found:
            self.forget(pid)
        return found

    def forget(self, pid: int) -> None:
        """Give back what belongs to a family; one that is not known is no error."""
        reach = self._reaches.pop(pid, None)
        if reach is not None:
            reach.forget(pid)

    def close(self) -> None:
        """Give back everything."""
        for reach in self._made.values():
            reach.close()
        self._made.clear()
        self._reaches.clear()

    def _launch(self, plan: LaunchPlan) -> int:
        """Launch a process; its number must not stand for a family that somebody waits for.

        The child's number is free once it is reaped, and what it left may live for long.
        """
        pid = self._children.spawn(plan)
        if pid not in self._reaches and pid not in self.meant:
            return pid
        self._children.signal(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        self._children.reap(pid)
        raise LaunchError("fork", errno.EAGAIN)
