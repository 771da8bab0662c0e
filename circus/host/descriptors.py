"""The daemon's own descriptors: enough of them, out of the children's way.

A watched child costs the daemon a pidfd and up to two pipe ends, so a thousand of them exhaust the
usual soft limit of 1,024. circusd therefore raises its own soft limit, but its children must get
the old one: programs that use select(2), or close every number up to the limit, need it low.

Setting the limit in the child is impossible with posix_spawn(3), and setting it from outside
afterwards (prlimit) is a race that the child can see. So the soft limit is put back for the few
microseconds of a launch. While it is low, only numbers below it can be opened; they are free,
because everything that lives as long as a child is parked above it.

A program that embeds Circus keeps its limit: nothing is raised, nothing is moved.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import resource
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

FIRST_FREE = 3
LISTED = 65536
"""So many numbers are tried where nothing lists the open descriptors: there is no /proc."""
KEPT_FREE = 32
"""Numbers that no launch may use up: the daemon's clients, files and pipes need them."""


class Descriptors:
    """The soft limit of this process and the place of its long-lived descriptors.

    :param raise_to: how many descriptors this process needs, or None to leave the limit alone
    """

    def __init__(self, raise_to: int | None = None) -> None:
        self._old, self._hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._now = self._old
        if raise_to is not None:
            self.reserve(raise_to)

    @property
    def raised(self) -> bool:
        """Whether the children's soft limit is lower than our own."""
        return self._now != self._old

    def reserve(self, count: int) -> int:
        """Raise the soft limit until *count* descriptors fit beside the old ones, if it may be.

        :returns: the soft limit that holds now; the hard one bounds it
        """
        if resource.RLIM_INFINITY in {self._old, self._now} or count <= self._now:
            return self._now
        # those parked lie above the old limit, so both ranges have to fit
        wanted = self._old + count
        if self._hard != resource.RLIM_INFINITY:
            wanted = min(wanted, self._hard)
        if wanted > self._now:
            # refused where the system's own bound is lower: then the old limit has to do
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, self._hard))
                self._now = wanted
        return self._now

    def park(self, fd: int) -> int:
        """Move a long-lived descriptor out of the range that children's launches need.

        :returns: its number from now on, close-on-exec; the same one when nothing was raised, or
            when no room is left up there
        """
        if not self.raised:
            return fd
        try:
            parked = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, self._old)
        except OSError as error:
            if error.errno not in {errno.EMFILE, errno.EINVAL}:
                raise
            return fd
        os.close(fd)
        return parked

    def has_room(self, any_fd: int) -> bool:
        """Say whether one more child can be had without using up what the daemon itself needs.

        :param any_fd: a descriptor that is open; a copy of it shows the lowest free number
        """
        try:
            lowest = fcntl.fcntl(any_fd, fcntl.F_DUPFD_CLOEXEC, 0)
        except OSError:
            return False
        os.close(lowest)
        return self._old == resource.RLIM_INFINITY or lowest < self._old - KEPT_FREE

    def childrens_limit(self) -> contextlib.AbstractContextManager[None]:
        """Return a context in which a new process is given the old soft limit."""
        if not self.raised:
            return contextlib.nullcontext()
        return _Lowered(self._old, self._now, self._hard)

    def close(self) -> None:
        """Put the old soft limit back. What is parked above it stays open."""
        if self.raised:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self._old, self._hard))
            self._now = self._old


class _Lowered:
    """The old soft limit, for the time of one launch: two system calls, two microseconds."""

    def __init__(self, low: int, high: int, hard: int) -> None:
        self._low = (low, hard)
        self._high = (high, hard)

    def __enter__(self) -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, self._low)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, self._high)


def lifted(fd: int, least: int = FIRST_FREE) -> int:
    """Return a close-on-exec copy of a descriptor whose number is at least that."""
    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, least)


def open_numbers() -> list[int]:
    """Return the numbers of our open descriptors, and that of the listing, which is closed."""
    for place in ("/proc/self/fd", "/dev/fd"):
        with contextlib.suppress(FileNotFoundError):
            return [int(name) for name in os.listdir(place)]
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return [fd for fd in range(min(soft, LISTED) if soft > 0 else LISTED) if _is_open(fd)]


def _is_open(fd: int) -> bool:
    try:
        fcntl.fcntl(fd, fcntl.F_GETFD)
    except OSError:
        return False
    return True


def seal() -> tuple[int, ...]:
    """Make what this process was given by its parent close-on-exec, but 0, 1 and 2.

    For circusd, once, at its start: an open file of the shell is nothing that its children should
    get. An embedding program's descriptors are its own business.

    :returns: the numbers that were inheritable; a watcher with use_sockets may pass them on
    """
    sealed = []
    for fd in open_numbers():
        # the descriptor of the listing itself is gone by now
        with contextlib.suppress(OSError):
            if fd >= FIRST_FREE and os.get_inheritable(fd):
                os.set_inheritable(fd, False)
                sealed.append(fd)
    return tuple(sorted(sealed))
