"""The full launch: limits, identity, directory, and whatever else must happen in the child.

Everything is decided before the fork and laid out as a list of *acts*, each one system call with
its arguments, the step it belongs to and what it is about. The child walks the list. At the first
failure it writes (number of the act, errno) into a pipe that an exec would have closed, and exits:
so it never runs the program with a part of its identity, or of its limits, missing.

The order is: descriptors, session, control group, limits (while we may still raise them), identity
(groups while we may still set them, the user last), directory (perhaps one that only that user may
enter), exec.

Forking a process with threads is sound here because the child takes no lock: it makes system calls
until it is another program. Signals are blocked across the fork, so that none can run a Python
handler in the child and speak to the parent's loop.
"""

from __future__ import annotations

import errno
import os
import resource
import signal
import struct
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from circus.exc import LaunchError
from circus.host.descriptors import FIRST_FREE, lifted
from circus.spec.launch import INHERIT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from circus.spec.launch import LaunchPlan

_REPORT = struct.Struct("ii")
_FAILED = 127


class Act(NamedTuple):
    """One system call that the child has to make."""

    step: str
    about: str
    call: Callable[..., Any]
    arguments: tuple[Any, ...]


def launch(plan: LaunchPlan, program: str, places: Sequence[str], standard: Sequence[int]) -> int:
    """Fork a child that does what the plan says and becomes the program.

    :param program: the program's name, for messages
    :param places: the paths to try, in order
    :param standard: what becomes 0, 1 and 2: descriptors or INHERIT
    :returns: the pid of the child, which runs the program
    :raises LaunchError: with the failed step; the child is gone and reaped
    """
    acts = [
        *_descriptor_acts(standard, plan.inherit),
        Act("session", "", os.setsid, ()),
        *_group_acts(plan.cgroup),
        *_limit_acts(plan.rlimits),
        *_identity_acts(plan),
    ]
    if plan.cwd is not None:
        acts.append(Act("chdir", plan.cwd, os.chdir, (plan.cwd,)))
    acts.append(Act("exec", program, _execute, (places, list(plan.argv), dict(plan.env))))
    try:
        listen, tell = _report_pipe()
    except OSError as error:
        raise LaunchError("fds", error.errno or errno.EMFILE) from error
    try:
        try:
            pid = _fork(acts, tell)
        finally:
            os.close(tell)
        report = os.read(listen, _REPORT.size)
    finally:
        os.close(listen)
    if not report:
        return pid
    os.waitpid(pid, 0)
    index, number = _REPORT.unpack(report)
    raise LaunchError(acts[index].step, number, acts[index].about)


def _report_pipe() -> tuple[int, int]:
    """Make the pipe of the report, out of the way of what becomes 0, 1 and 2."""
    ends = list(os.pipe())
    for place, fd in enumerate(ends):
        if fd < FIRST_FREE:
            ends[place] = lifted(fd)
            os.close(fd)
    return ends[0], ends[1]


def _fork(acts: Sequence[Act], tell: int) -> int:
    handled = [n for n in signal.valid_signals() if _has_handler(n)]
    reset = [*handled, signal.SIGPIPE, signal.SIGXFSZ]
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        pid = os.fork()
        if not pid:
            _become(acts, tell, reset, mask)
    except OSError as error:
        raise LaunchError("fork", error.errno or errno.EAGAIN) from error
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return pid


def _has_handler(signum: int) -> bool:
    return signal.getsignal(signum) not in {signal.SIG_DFL, signal.SIG_IGN}


def _become(acts: Sequence[Act], tell: int, reset: Sequence[int], mask: set[int]) -> NoReturn:
    """Walk the acts, in the child. Only system calls from here on; never returns."""
    index, number = 0, errno.EINVAL
    try:
        for signum in reset:
            signal.signal(signum, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for index, act in enumerate(acts):  # noqa: B007 - the report names the act that failed
            act.call(*act.arguments)
    except OSError as error:
        number = error.errno or errno.EINVAL
    finally:
        # whatever else went wrong (a null byte in an argument) ends here too: EINVAL
        try:
            os.write(tell, _REPORT.pack(index, number))
        finally:
            os._exit(_FAILED)


def _execute(places: Sequence[str], argv: list[str], env: dict[str, str]) -> None:
    """Become the first program that can be run; OSError with the first real refusal."""
    refusal = errno.ENOENT
    for path in places:
        try:
            os.execve(path, argv, env)  # noqa: S606 - no shell is what a supervisor wants
        except OSError as error:  # noqa: PERF203 - each place has its turn
            if error.errno not in {errno.ENOENT, errno.ENOTDIR} and refusal == errno.ENOENT:
                refusal = error.errno or errno.EINVAL
    raise OSError(refusal, os.strerror(refusal))


def _descriptor_acts(standard: Sequence[int], inherit: Sequence[int]) -> list[Act]:
    acts = []
    for target, source in enumerate(standard):
        if source == target:
            acts.append(Act("fds", str(target), os.set_inheritable, (target, True)))
        elif source != INHERIT:
            acts.append(Act("fds", str(target), os.dup2, (source, target)))
    acts += [Act("fds", str(fd), os.set_inheritable, (fd, True)) for fd in inherit]
    return acts


def _group_acts(cgroup: str | None) -> list[Act]:
    return [] if cgroup is None else [Act("cgroup", cgroup, _enter_group, (cgroup,))]


def _enter_group(cgroup: str) -> None:
    fd = os.open(f"{cgroup}/cgroup.procs", os.O_WRONLY | os.O_CLOEXEC)
    os.write(fd, b"0")  # whoever writes (cgroups(7))
    os.close(fd)


def _limit_acts(rlimits: Sequence[tuple[str, int | None]]) -> list[Act]:
    acts = []
    for name, value in rlimits:
        number = getattr(resource, f"RLIMIT_{name.upper()}", None)
        if number is None:
            raise LaunchError("limits", errno.EINVAL, name)
        limit = resource.RLIM_INFINITY if value is None else value
        acts.append(Act("limits", name, _set_limit, (number, limit)))
    return acts


def _set_limit(number: int, limit: int) -> None:
    """Set the soft and the hard limit; no infinity of descriptors means as many as there are."""
    try:
        resource.setrlimit(number, (limit, limit))
    except ValueError as error:
        # how the resource module spells EPERM
        if number != resource.RLIMIT_NOFILE or limit != resource.RLIM_INFINITY:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM)) from error
        hard = resource.getrlimit(number)[1]
        resource.setrlimit(number, (hard, hard))


def _identity_acts(plan: LaunchPlan) -> list[Act]:
    acts = []
    if plan.gid is not None:
        acts.append(Act("ids", f"group {plan.gid}", _take_group, (plan.gid,)))
    if plan.groups is not None and sorted({*os.getgroups()}) != sorted({*plan.groups}):
        # only a privileged process may set them, even to what they are already
        about = "groups " + " ".join(map(str, plan.groups))
        acts.append(Act("ids", about, os.setgroups, (list(plan.groups),)))
    if plan.uid is not None:
        acts.append(Act("ids", f"user {plan.uid}", _take_user, (plan.uid,)))
    return acts


def _take_group(gid: int) -> None:
    if _THREE_IDS:
        os.setresgid(gid, gid, gid)
    else:
        os.setgid(gid)
        _insist(os.getgid() == os.getegid() == gid)


def _take_user(uid: int) -> None:
    if _THREE_IDS:
        os.setresuid(uid, uid, uid)
    else:
        os.setuid(uid)
        _insist(os.getuid() == os.geteuid() == uid)


def _insist(taken: bool) -> None:
    """Fail when only a part of an identity was taken."""
    if not taken:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


_THREE_IDS = hasattr(os, "setresuid")
"""Real, effective and saved identity at once (Linux, the BSDs); elsewhere setuid(2) and a look."""
