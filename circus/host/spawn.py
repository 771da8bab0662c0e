"""Launching a process: the cheapest way that does all that its plan asks for.

1. posix_spawn(3) when nothing but arguments, environment, descriptors and a session is asked for:
   a vfork with little Python around it.
2. :mod:`subprocess` without preexec_fn when a directory or a umask comes in addition: a vfork as
   well.
3. :func:`circus.host.fork.launch` for limits, identities, control groups, standing with the kernel,
   sockets at 3, and for a directory or a umask together with sockets to inherit (subprocess would
   close every other number, one by one).

The program is looked up the same way in all of them: by PATH of the *plan's* environment, each
place in turn; the first refusal that is not "no such file" is what is reported if none works.

Descriptors of ours are close-on-exec (PEP 446), so a child gets 0, 1, 2 and the sockets of its
plan, and nothing has to be closed. A program that embeds Circus and made descriptors inheritable on
purpose hands them on, except where posix_spawn can close a range (CPython 3.13).
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
from typing import TYPE_CHECKING

from circus.exc import LaunchError
from circus.host import fork
from circus.host.descriptors import FIRST_FREE, Descriptors, lifted
from circus.spec.launch import DEVNULL, INHERIT, USUAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from circus.spec.launch import LaunchPlan

_PYTHON_IGNORES = [signal.SIGPIPE, signal.SIGXFSZ]
_CLOSEFROM = getattr(os, "POSIX_SPAWN_CLOSEFROM", None)
_NOWHERE = frozenset({errno.ENOENT, errno.ENOTDIR})


class Launcher:
    """Launches processes and keeps what all launches share.

    :param descriptors: the limit that children are given, and where ours are parked
    """

    def __init__(self, descriptors: Descriptors) -> None:
        self._descriptors = descriptors
        # not parked: posix_spawn refuses to copy from a number above the limit of that moment
        self._null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)

    def launch(self, plan: LaunchPlan) -> int:
        """Launch a process as the leader of a new session.

        :returns: its pid; the caller has to wait for it
        :raises LaunchError: with the failed step, the kernel's number and what it was about
        """
        program = program_of(plan)
        if not self._descriptors.has_room(self._null):
            raise LaunchError("fds", errno.EMFILE)
        with self._standard(plan) as standard, self._descriptors.childrens_limit():
            try:
                if needs_fork(plan):
                    return fork.launch(plan, program, places(plan, program), standard)
                if _beyond_posix_spawn(plan):
                    return _subprocess(plan, program, standard)
                return _posix_spawn(plan, program, standard)
            except ValueError as error:
                # a null byte in an argument, a "=" in a variable's name
                raise LaunchError("exec", errno.EINVAL, program) from error

    def close(self) -> None:
        """Give back the descriptor of /dev/null."""
        os.close(self._null)

    @contextlib.contextmanager
    def _standard(self, plan: LaunchPlan) -> Iterator[list[int]]:
        """Yield what becomes 0, 1 and 2, in this order; INHERIT stays as it is.

        A source that is itself one of the three, in another place, is copied out of the way first:
        it would be overwritten before its turn.
        """
        copies = []
        try:
            standard = []
            for target, given in enumerate((plan.stdin, plan.stdout, plan.stderr)):
                source = self._null if given == DEVNULL else given
                if 0 <= source < FIRST_FREE and source != target:
                    source = _lift(source)
                    copies.append(source)
                standard.append(source)
            yield standard
        finally:
            for copy in copies:
                os.close(copy)


def _lift(fd: int) -> int:
    try:
        return lifted(fd)
    except OSError as error:
        raise LaunchError("fds", error.errno or errno.EBADF, str(fd)) from error


def needs_fork(plan: LaunchPlan) -> bool:
    """Say whether the plan asks for what only a prepared function in a forked child can do."""
    return bool(
        plan.rlimits
        or plan.uid is not None
        or plan.gid is not None
        or plan.groups is not None
        or plan.cgroup is not None
        or plan.listen
        or (plan.terms != USUAL and plan.terms._replace(umask=None) != USUAL)
        or (plan.inherit and _beyond_posix_spawn(plan))
    )


def _beyond_posix_spawn(plan: LaunchPlan) -> bool:
    """Say whether the plan asks for what subprocess can do and posix_spawn cannot."""
    return plan.cwd is not None or plan.terms.umask is not None


def program_of(plan: LaunchPlan) -> str:
    """Return the name of the program to run; LaunchError when there is none."""
    if not plan.argv:
        raise LaunchError("exec", errno.EINVAL)
    program = plan.executable or plan.argv[0]
    if not program:
        raise LaunchError("exec", errno.ENOENT)
    return program


def places(plan: LaunchPlan, program: str) -> list[str]:
    """Return the paths at which a program may lie, in the order of PATH (execvp(3))."""
    if "/" in program:
        return [program]
    path = plan.env.get("PATH", os.defpath)
    return [os.path.join(folder, program) for folder in path.split(os.pathsep)]


def _posix_spawn(plan: LaunchPlan, program: str, standard: list[int]) -> int:
    actions: list[tuple[int, ...]] = [
        (os.POSIX_SPAWN_DUP2, source, target)
        for target, source in enumerate(standard)
        if source != INHERIT
    ]
    # onto itself: clears close-on-exec in the child alone (POSIX 2024; glibc 2.29, musl)
    actions += [(os.POSIX_SPAWN_DUP2, fd, fd) for fd in plan.inherit]
    if _CLOSEFROM is not None and not plan.inherit:
        actions.append((_CLOSEFROM, FIRST_FREE))
    refusal = errno.ENOENT
    for path in places(plan, program):
        try:
            os.stat(path)  # a microsecond, where a launch that fails costs 300
            return os.posix_spawn(
                path,
                plan.argv,
                plan.env,
                file_actions=actions,
                setsid=True,
                setsigdef=_PYTHON_IGNORES,
            )
        except OSError as error:  # noqa: PERF203 - each place has its turn
            number = error.errno or errno.EINVAL
            if number in {errno.EAGAIN, errno.ENOMEM}:
                raise LaunchError("fork", number) from error
            if number in {errno.EBADF, errno.EMFILE}:
                raise LaunchError("fds", number) from error
            if number not in _NOWHERE and refusal == errno.ENOENT:
                refusal = number
    raise LaunchError("exec", refusal, program)


def _subprocess(plan: LaunchPlan, program: str, standard: list[int]) -> int:
    stdin, stdout, stderr = (None if fd == INHERIT else fd for fd in standard)
    try:
        # an error names the program (in bytes) or the directory (in text): the type says which
        process = subprocess.Popen(
            plan.argv,
            executable=os.fsencode(program),
            env=plan.env,
            cwd=plan.cwd,
            umask=-1 if plan.terms.umask is None else plan.terms.umask,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
            close_fds=False,
        )
    except OSError as error:
        raise _told_apart(error, plan, program) from error
    # the child is ours to wait for: the object may neither poll it nor warn when it goes
    process.returncode = 0
    return process.pid


def _told_apart(error: OSError, plan: LaunchPlan, program: str) -> LaunchError:
    number = error.errno or errno.EINVAL
    if isinstance(error.filename, bytes):
        return LaunchError("exec", number, program)
    # before CPython 3.12 it names the directory for a bad descriptor too; chdir(2) has no EBADF
    if error.filename is not None and number != errno.EBADF:
        return LaunchError("chdir", number, plan.cwd or "")
    return LaunchError("fork" if number in {errno.EAGAIN, errno.ENOMEM} else "fds", number)
