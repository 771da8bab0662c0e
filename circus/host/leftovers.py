"""What a child left behind in its session, on any POSIX system.

Every child of ours leads a session (setsid(2)); who descends from it belongs to that session unless
he made one of his own. The kernel does not give a session's number to a new process while anybody
is in it. So, once its leader is reaped, a live process *with* the number is a stranger's, and
means that the session is empty.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from circus.host import facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from circus.spec.launch import LaunchPlan


class PolledSessions:
    """``contain = session``: sessions that are looked through again at each :meth:`gone`.

    :param owns: says whether a number is that of an unreaped child of ours (Children.owns)
    """

    name = "session"
    strangers: Sequence[tuple[str, list[int]]] = ()

    def __init__(self, owns: Callable[[int], bool]) -> None:
        self._owns = owns
        self._watched: set[int] = set()

    def spawn(self, plan: LaunchPlan, label: str, launch: Callable[[LaunchPlan], int]) -> int:
        """Launch a process: it leads a session in any case."""
        del label
        return launch(plan)

    def answers(self, sid: int) -> bool:
        """Say whether somebody is left in the leader's process group: one kill(2) with signal 0."""
        try:
            os.killpg(sid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    def members(self, sids: Iterable[int]) -> dict[int, list[int]]:
        """Return the live members of each session, by one pass over the process table."""
        found: dict[int, list[int]] = {sid: [] for sid in sids}
        recycled = set()
        for pid in facts.pids():
            try:
                sid = os.getsid(pid)
            except OSError:  # gone since, or hidden from us
                continue
            if sid not in found:
                continue
            if pid != sid:
                found[sid].append(pid)
            elif not self._owns(pid):
                recycled.add(sid)
        for sid, pids in found.items():
            found[sid] = [] if sid in recycled else [pid for pid in pids if facts.alive(pid)]
        return found

    def signal(self, sid: int, pids: Iterable[int], signum: int) -> int:
        """Signal members that still belong to the session; return how many there are."""
        return sum(self._reached(sid, pid, signum) for pid in pids)

    def watch(self, sid: int) -> bool:
        """Have :meth:`gone` look at a session from now on."""
        if not self.members([sid])[sid]:
            return False
        self._watched.add(sid)
        return True

    def fileno(self) -> int | None:
        """Return None: there is nothing to wait on."""
        return None

    def gone(self) -> list[int]:
        """Return the watched sessions that are empty now."""
        if not self._watched:
            return []
        empty = [sid for sid, pids in self.members(self._watched).items() if not pids]
        self._watched.difference_update(empty)
        return empty

    def forget(self, sid: int) -> None:
        """Look at a session no more."""
        self._watched.discard(sid)

    def close(self) -> None:
        """Forget everything."""
        self._watched.clear()

    def _reached(self, sid: int, pid: int, signum: int) -> bool:
        try:
            return self._reach(sid, pid, signum)
        except ProcessLookupError:
            return False
        except PermissionError:  # it took another identity, but it is there
            return True

    def _reach(self, sid: int, pid: int, signum: int) -> bool:
        if os.getsid(pid) != sid:
            return False
        os.kill(pid, signum)
        return True
