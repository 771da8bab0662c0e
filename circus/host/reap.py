"""Our children on any POSIX system: SIGCHLD says that some ended, a look at each says which.

Only pids that we launched are ever waited for: waiting for "any child" would take the exit
statuses of children that hooks and libraries started.
"""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING

from circus.host import orphans
from circus.host.signals import Claim

if TYPE_CHECKING:
    from collections.abc import Callable

    from circus.host.spawn import Launcher
    from circus.spec.launch import LaunchPlan

_LOOK = os.WEXITED | os.WNOHANG


class SignalledChildren:
    """Children watched by SIGCHLD, or by polling outside the main thread.

    :param launcher: launches them; closed with this object
    """

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher
        self._pids: set[int] = set()
        self._listen, self._notify = os.pipe()
        os.set_blocking(self._listen, False)
        os.set_blocking(self._notify, False)
        self._claim = Claim(self._notify)

    def spawn(self, plan: LaunchPlan) -> int:
        """Launch a process and watch it."""
        pid = self._launcher.launch(plan)
        self._pids.add(pid)
        return pid

    def fileno(self) -> int | None:
        """Return the read end of the pipe that SIGCHLD fills; None outside the main thread."""
        return self._listen if self._claim.heard else None

    def ended(self) -> list[int]:
        """Return the pids of our children that ended and are not reaped yet."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self._listen, 4096):
                pass
        return [pid for pid in self._pids if self._has_ended(pid)]

    def reap(self, pid: int) -> int:
        """Reap an ended child; return its exit status."""
        if pid not in self._pids:
            raise ChildProcessError(errno.ECHILD, os.strerror(errno.ECHILD))
        return reaped(os.P_PID, pid, lambda: self._pids.discard(pid))

    def owns(self, pid: int) -> bool:
        """Say whether the number is that of a child that we launched and did not reap."""
        return pid in self._pids

    def signal(self, pid: int, signum: int) -> bool:
        """Signal an unreaped child. Nobody can reap it between the look and the kill but us."""
        if pid not in self._pids:
            return False
        try:
            os.waitid(os.P_PID, pid, _LOOK | os.WNOWAIT)
            os.kill(pid, signum)
        except (ChildProcessError, ProcessLookupError):
            return False
        return True

    def close(self) -> None:
        """Give back the signal and the descriptors."""
        if self._pids:
            orphans.expect()
        self._claim.release()
        os.close(self._listen)
        os.close(self._notify)
        self._launcher.close()
        self._pids.clear()

    @staticmethod
    def _has_ended(pid: int) -> bool:
        try:
            return os.waitid(os.P_PID, pid, _LOOK | os.WNOWAIT) is not None
        except ChildProcessError:  # somebody else reaped it: reap() will say so
            return True


def reaped(kind: int, number: int, disown: Callable[[], object]) -> int:
    """Reap one ended child, by pid or by pidfd.

    :param kind: P_PID or P_PIDFD
    :param disown: called as soon as the child is not ours any more
    :returns: its exit status, or minus the number of the signal that killed it (waitid(2))
    :raises ChildProcessError: when it was reaped already
    :raises BlockingIOError: when it has not ended
    """
    try:
        result = os.waitid(kind, number, _LOOK)
    except ChildProcessError:
        disown()
        raise
    if result is None:
        raise BlockingIOError(errno.EAGAIN, "cannot reap a child that runs")
    disown()
    return result.si_status if result.si_code == os.CLD_EXITED else -result.si_status
