"""``contain = tree`` where no control group can be made: a mark in the environment of each child.

circusd is a subreaper then: whoever loses his parent among its descendants becomes its child
instead of init's. So a family is found by looking down from circusd only, and a copy of the mark
anywhere else on the machine means nothing. To the family of a child belong

- who descends from it while it lives, whatever his environment;
- who bears its mark, or is in its session, under a parent that circusd adopted;
- who descends from one of these.

Who drops the mark (``env -i``), leaves the session and loses his parent is not found any more: a
control group would hold him. The mark of a circusd inside another one is added to the outer one's,
so the outer one still finds what the inner one leaves.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from circus.host import facts
from circus.host.linux import proc, subreaper
from circus.host.linux.pidfd import PidfdSessions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from circus.host.descriptors import Descriptors
    from circus.spec.launch import LaunchPlan

MARK = "CIRCUS_MARK"
"""The variable that bears the marks, separated by blanks."""


class MarkedTrees(PidfdSessions):
    """Families that are found by a mark, below this process.

    :param owns: says whether a number is that of an unreaped child of ours (Children.owns)
    :param descriptors: where the pidfds are parked
    :raises OSError: this process cannot become a subreaper
    """

    name = "tree by subreaper"

    def __init__(self, owns: Callable[[int], bool], descriptors: Descriptors) -> None:
        subreaper.claim()
        super().__init__(owns, descriptors)
        self._token = secrets.token_hex(8)
        self._made = 0
        self._marks: dict[int, bytes] = {}
        self._started: dict[int, dict[int, int]] = {}
        """When each member of a family was started that the last look found, by pid."""

    def spawn(self, plan: LaunchPlan, label: str, launch: Callable[[LaunchPlan], int]) -> int:
        """Launch a process with a mark in its environment."""
        del label
        self._made += 1
        mark = f"{self._token}.{self._made}"
        before = plan.env.get(MARK) or os.environ.get(MARK, "")
        pid = launch(replace(plan, env={**plan.env, MARK: f"{before} {mark}".lstrip()}))
        self._marks[pid] = mark.encode()
        return pid

    def answers(self, sid: int) -> bool:
        """Say whether somebody of the group is left, or any orphan that might be its own."""
        return super().answers(sid) or any(self._adopted(facts.children(os.getpid())))

    def members(self, sids: Iterable[int]) -> dict[int, list[int]]:
        """Return the live members of each family, without its child, by one pass over /proc."""
        table = proc.table()
        below = defaultdict(list)
        for pid, row in table.items():
            below[row.parent].append(pid)
        found: dict[int, set[int]] = {sid: set() for sid in sids}
        for sid, pids in found.items():
            if self._owns(sid):
                pids.update(_descendants(sid, below))
        for orphan in self._adopted(below[os.getpid()]):
            self._give(orphan, found, below, table)
        for sid, pids in found.items():
            self._started[sid] = {pid: table[pid].started for pid in pids if table[pid].alive}
        return {sid: sorted(self._started[sid]) for sid in found}

    def forget(self, sid: int) -> None:
        """Give back the pidfds of a family, and its mark."""
        super().forget(sid)
        self._marks.pop(sid, None)
        self._started.pop(sid, None)

    def close(self) -> None:
        """Give back every descriptor, and the subreaper's claim."""
        super().close()
        subreaper.release()

    def _adopted(self, children: Iterable[int]) -> Iterator[int]:
        """Iterate over those of our children that others made; hooks' own are in our session."""
        ours = os.getsid(0)
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                if not self._owns(pid) and os.getsid(pid) != ours:
                    yield pid

    def _give(
        self,
        root: int,
        found: dict[int, set[int]],
        below: dict[int, list[int]],
        table: dict[int, proc.Row],
    ) -> None:
        """Give an orphan and those below it to the families that they belong to."""
        waiting: list[tuple[int, int | None]] = [(root, None)]
        while waiting:
            pid, family = waiting.pop()
            if family is None:
                family = self._family(pid, found, table)
            if family is not None:
                found[family].add(pid)
            waiting += [(child, family) for child in below.get(pid, ())]

    def _family(
        self, pid: int, found: dict[int, set[int]], table: dict[int, proc.Row]
    ) -> int | None:
        """Return the family that a process belongs to by its session or its mark, or None."""
        sid = table[pid].session
        if sid in found and (self._owns(sid) or sid not in table):  # else its number is another's
            return sid
        for line in proc.environ(pid):
            name, _, value = line.partition(b"=")
            if name == MARK.encode():
                marks = value.split()
                return next((one for one in found if self._marks.get(one) in marks), None)
        return None

    def _belongs(self, sid: int, pid: int) -> bool:
        """Say whether a process is the one that was found; its number is held meanwhile."""
        row = proc.row(pid)
        return row is not None and row.started == self._started.get(sid, {}).get(pid)


def _descendants(pid: int, below: dict[int, list[int]]) -> list[int]:
    """Return everybody below a process."""
    found = list(below.get(pid, ()))
    for one in found:  # grows while it is walked
        found += below.get(one, ())
    return found
