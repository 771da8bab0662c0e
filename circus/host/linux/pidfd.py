"""Children and sessions watched by pidfds (pidfd_open(2)) in an epoll of their own.

A pidfd is readable once its process has ended, and it names that process for ever, so a signal
through it cannot reach a stranger that got the same number. All pidfds of one object are in one
epoll, whose own descriptor the loop watches; they are registered edge-triggered, so the end of a
child is told once and the loop stays quiet while a hook holds the zombie.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
from typing import TYPE_CHECKING

from circus.exc import LaunchError
from circus.host import orphans
from circus.host.leftovers import PolledSessions
from circus.host.reap import reaped
from circus.host.signals import Claim

if TYPE_CHECKING:
    from collections.abc import Callable

    from circus.host.descriptors import Descriptors
    from circus.host.spawn import Launcher
    from circus.spec.launch import LaunchPlan

_ONCE = select.EPOLLIN | select.EPOLLET


class PidfdChildren:
    """Children watched by pidfds.

    :param launcher: launches them; closed with this object
    :param descriptors: where the pidfds are parked
    """

    def __init__(self, launcher: Launcher, descriptors: Descriptors) -> None:
        self._launcher = launcher
        self._descriptors = descriptors
        self._epoll = select.epoll()
        self._claim = Claim()
        self._fds: dict[int, int] = {}
        self._pids: dict[int, int] = {}
        self._over: dict[int, None] = {}

    def spawn(self, plan: LaunchPlan) -> int:
        """Launch a process and watch it; one that cannot be watched is killed again."""
        pid = self._launcher.launch(plan)
        try:
            fd = self._descriptors.park(os.pidfd_open(pid))
            self._epoll.register(fd, _ONCE)
        except OSError as error:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise LaunchError("fds", error.errno or errno.EMFILE, "pidfd") from error
        self._fds[pid] = fd
        self._pids[fd] = pid
        return pid

    def fileno(self) -> int | None:
        """Return the descriptor of the epoll."""
        return self._epoll.fileno()

    def ended(self) -> list[int]:
        """Return the pids of our children that ended and are not reaped yet."""
        for fd, _ in self._epoll.poll(0):
            self._over[self._pids[fd]] = None
        return list(self._over)

    def reap(self, pid: int) -> int:
        """Reap an ended child; return its exit status."""
        fd = self._fds.get(pid)
        if fd is None:
            raise ChildProcessError(errno.ECHILD, os.strerror(errno.ECHILD))
        return reaped(os.P_PIDFD, fd, lambda: self._disown(pid, fd))

    def owns(self, pid: int) -> bool:
        """Say whether the number is that of a child that we launched and did not reap."""
        return pid in self._fds

    def signal(self, pid: int, signum: int) -> bool:
        """Signal an unreaped child."""
        fd = self._fds.get(pid)
        return fd is not None and sent(fd, signum)

    def close(self) -> None:
        """Give back every descriptor."""
        if self._fds:
            orphans.expect()
        self._claim.release()
        self._epoll.close()
        for fd in self._pids:
            os.close(fd)
        self._fds.clear()
        self._pids.clear()
        self._over.clear()
        self._launcher.close()

    def _disown(self, pid: int, fd: int) -> None:
        del self._fds[pid], self._pids[fd]
        self._over.pop(pid, None)
        # by hand: a child in the midst of being forked may hold a copy, which keeps it registered
        self._epoll.unregister(fd)
        os.close(fd)


def sent(pidfd: int, signum: int) -> bool:
    """Send a signal through a pidfd (pidfd_send_signal(2)); False when its process is gone."""
    try:
        signal.pidfd_send_signal(pidfd, signum)
    except ProcessLookupError:
        return False
    return True


class PidfdSessions(PolledSessions):
    """``contain = session``: sessions whose members are watched by pidfds.

    A member that we adopted (as the init of a container, or as a subreaper) is reaped here.

    :param owns: says whether a number is that of an unreaped child of ours (Children.owns)
    :param descriptors: where the pidfds are parked
    """

    def __init__(self, owns: Callable[[int], bool], descriptors: Descriptors) -> None:
        super().__init__(owns)
        self._descriptors = descriptors
        self._epoll = select.epoll()
        self._sids: dict[int, int] = {}
        """The session that each pidfd belongs to."""
        self._fds: dict[int, set[int]] = {}
        """The pidfds of each session."""

    def watch(self, sid: int) -> bool:
        """Open a pidfd for each member of a session."""
        self._unfollow(sid)
        if not self._follow(sid, self.members([sid])[sid]):
            return False
        self._watched.add(sid)
        return True

    def fileno(self) -> int | None:
        """Return the descriptor of the epoll."""
        return self._epoll.fileno()

    def gone(self) -> list[int]:
        """Return the sessions whose last member has gone; look for new members before."""
        quiet = {self._drop(fd) for fd, _ in self._epoll.poll(0)}.difference(self._fds)
        left = self.members(quiet) if quiet else {}
        empty = [sid for sid, pids in left.items() if not self._follow(sid, pids)]
        self._watched.difference_update(empty)
        return empty

    def forget(self, sid: int) -> None:
        """Give back the pidfds of a session."""
        self._watched.discard(sid)
        self._unfollow(sid)

    def close(self) -> None:
        """Give back every descriptor."""
        for fd in self._sids:
            os.close(fd)
        self._sids.clear()
        self._fds.clear()
        self._epoll.close()
        super().close()

    def _follow(self, sid: int, pids: list[int]) -> bool:
        """Watch members; say whether any of them was there to be watched."""
        followed, refused = False, None
        for pid in pids:
            try:
                fd = self._descriptors.park(os.pidfd_open(pid))
            except ProcessLookupError:
                continue
            except OSError as error:
                refused = error
                continue
            self._sids[fd] = sid
            self._fds.setdefault(sid, set()).add(fd)
            self._epoll.register(fd, _ONCE)
            followed = True
        if refused and not followed:
            raise refused
        return followed

    def _unfollow(self, sid: int) -> None:
        for fd in tuple(self._fds.get(sid, ())):
            self._drop(fd)

    def _drop(self, fd: int) -> int:
        """Stop watching one process, and reap it if it is an orphan of ours; return its session."""
        sid = self._sids.pop(fd)
        self._fds[sid].discard(fd)
        if not self._fds[sid]:
            del self._fds[sid]
        self._epoll.unregister(fd)
        with contextlib.suppress(ChildProcessError):  # mostly it is somebody else's
            os.waitid(os.P_PIDFD, fd, os.WEXITED | os.WNOHANG)
        os.close(fd)
        return sid

    def _reach(self, sid: int, pid: int, signum: int) -> bool:
        """Signal a process if it is in the session; what was looked at is what is signalled."""
        pidfd = os.pidfd_open(pid)
        try:
            return self._belongs(sid, pid) and sent(pidfd, signum)
        finally:
            os.close(pidfd)

    def _belongs(self, sid: int, pid: int) -> bool:
        """Say whether a process is a member; its number is held meanwhile."""
        return os.getsid(pid) == sid
