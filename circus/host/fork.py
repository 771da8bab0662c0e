"""The full launch: limits, identity, directory, and whatever else must happen in the child.

The child walks a list of :mod:`circus.host.acts`. At the first failure it writes (number of the
act, errno) into a pipe that an exec would have closed, and exits: so it never runs the program with
a part of its identity, or of its limits, missing.

Forking a process with threads is sound here because the child takes no lock: it makes system calls
until it is another program. Signals are blocked across the fork, so that none can run a Python
handler in the child and speak to the parent's loop.
"""

from __future__ import annotations

import errno
import os
import signal
import struct
from typing import TYPE_CHECKING, NoReturn

from circus.exc import LaunchError
from circus.host.acts import acts
from circus.host.descriptors import FIRST_FREE, lifted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from circus.host.acts import Act
    from circus.spec.launch import LaunchPlan

_REPORT = struct.Struct("ii")
_FAILED = 127


def launch(plan: LaunchPlan, program: str, places: Sequence[str], standard: Sequence[int]) -> int:
    """Fork a child that does what the plan says and becomes the program.

    :param program: the program's name, for messages
    :param places: the paths to try, in order
    :param standard: what becomes 0, 1 and 2: descriptors or INHERIT
    :returns: the pid of the child, which runs the program
    :raises LaunchError: with the failed step; the child is gone and reaped
    """
    copies: list[int] = []
    try:
        listen = _aside(plan.listen, copies)
        return _launched(
            acts(plan, program, places, standard, listen), FIRST_FREE + len(plan.listen)
        )
    finally:
        for copy in copies:
            os.close(copy)


def _aside(sources: Sequence[int], copies: list[int]) -> list[int]:
    """Return descriptors that lie behind the numbers that they are to have.

    :param copies: takes those that were made for it
    """
    least, found = FIRST_FREE + len(sources), []
    for source in sources:
        if source < least:
            source = _lift(source, least)  # noqa: PLW2901 - the copy is meant from here on
            copies.append(source)
        found.append(source)
    return found


def _lift(fd: int, least: int) -> int:
    try:
        return lifted(fd, least)
    except OSError as error:
        raise LaunchError("fds", error.errno or errno.EBADF, str(fd)) from error


def _launched(todo: Sequence[Act], least: int) -> int:
    """Fork a child that does what is to do, and hear how it went.

    :param least: below it the child puts its own descriptors
    """
    try:
        listen, tell = _report_pipe(least)
    except OSError as error:
        raise LaunchError("fds", error.errno or errno.EMFILE) from error
    try:
        try:
            pid = _fork(todo, tell)
        finally:
            os.close(tell)
        report = os.read(listen, _REPORT.size)
    finally:
        os.close(listen)
    if not report:
        return pid
    os.waitpid(pid, 0)
    index, number = _REPORT.unpack(report)
    raise LaunchError(todo[index].step, number, todo[index].about)


def _report_pipe(least: int) -> tuple[int, int]:
    """Make the pipe of the report, out of the way of what the child puts below a number."""
    ends = list(os.pipe())
    for place, fd in enumerate(ends):
        if fd < least:
            ends[place] = lifted(fd, least)
            os.close(fd)
    return ends[0], ends[1]


def _fork(todo: Sequence[Act], tell: int) -> int:
    handled = [n for n in signal.valid_signals() if _has_handler(n)]
    reset = [*handled, signal.SIGPIPE, signal.SIGXFSZ]
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        pid = os.fork()
        if not pid:
            _become(todo, tell, reset, mask)
    except OSError as error:
        raise LaunchError("fork", error.errno or errno.EAGAIN) from error
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return pid


def _has_handler(signum: int) -> bool:
    return signal.getsignal(signum) not in {signal.SIG_DFL, signal.SIG_IGN}


def _become(todo: Sequence[Act], tell: int, reset: Sequence[int], mask: set[int]) -> NoReturn:
    """Walk the acts, in the child. Only system calls from here on; never returns."""
    index, number = 0, errno.EINVAL
    try:
        for signum in reset:
            signal.signal(signum, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for index, act in enumerate(todo):  # noqa: B007 - the report names the act that failed
            act.call(*act.arguments)
    except OSError as error:
        number = error.errno or errno.EINVAL
    finally:
        # whatever else went wrong (a null byte in an argument) ends here too: EINVAL
        try:
            os.write(tell, _REPORT.pack(index, number))
        finally:
            os._exit(_FAILED)
