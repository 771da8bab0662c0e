"""What a forked child has to do before it is another program: one system call after the other.

Everything is decided before the fork and laid out as a list of *acts*, each with its arguments, the
step it belongs to and what it is about. The order is: descriptors, session, control group, standing
with the kernel and limits (while we may still raise them), identity (groups while we may still set
them, the user last), directory (perhaps one that only that user may enter), privileges, exec.
"""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from circus.exc import LaunchError
from circus.host.descriptors import FIRST_FREE
from circus.spec.launch import INHERIT

if sys.platform == "linux":
    from circus.host.linux.prctl import give_up_new_privileges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from circus.spec.launch import LaunchPlan, Terms

OOM_SCORE_ADJ = "/proc/self/oom_score_adj"
AUTOGROUP = "/proc/self/autogroup"


class Act(NamedTuple):
    """One system call that the child has to make."""

    step: str
    about: str
    call: Callable[..., Any]
    arguments: tuple[Any, ...]


def acts(
    plan: LaunchPlan,
    program: str,
    places: Sequence[str],
    standard: Sequence[int],
    listen: Sequence[int],
) -> list[Act]:
    """Return what a child does that is to become what the plan says.

    :param program: the program's name, for messages
    :param places: the paths to try, in order
    :param standard: what becomes 0, 1 and 2: descriptors or INHERIT
    :param listen: what becomes 3, 4 and so on; none of them has one of those numbers
    :raises LaunchError: this system has no such thing
    """
    return [
        *_descriptor_acts(standard, plan.inherit, listen),
        Act("session", "", os.setsid, ()),
        *_group_acts(plan.cgroup),
        *_file_acts(plan.terms),
        *_limit_acts(plan.rlimits),
        *_standing_acts(plan.terms),
        *_identity_acts(plan),
        *_last_acts(plan),
        Act("exec", program, _execute, (places, list(plan.argv), dict(plan.env), bool(listen))),
    ]


def _descriptor_acts(
    standard: Sequence[int], inherit: Sequence[int], listen: Sequence[int]
) -> Iterator[Act]:
    for target, source in enumerate(standard):
        if source == target:
            yield Act("fds", str(target), os.set_inheritable, (target, True))
        elif source != INHERIT:
            yield Act("fds", str(target), os.dup2, (source, target))
    for fd in inherit:
        yield Act("fds", str(fd), os.set_inheritable, (fd, True))
    for target, source in enumerate(listen, FIRST_FREE):
        yield Act("fds", str(target), os.dup2, (source, target))


def _group_acts(cgroup: str | None) -> Iterator[Act]:
    if cgroup is not None:
        # 0 stands for whoever writes it (cgroups(7))
        yield Act("cgroup", cgroup, _write, (f"{cgroup}/cgroup.procs", "0"))


def _file_acts(terms: Terms) -> Iterator[Act]:
    """Iterate over what is written into files: before a limit may forbid to open one."""
    if terms.oom_score_adj is not None:
        score = str(terms.oom_score_adj)
        yield Act("oom", score, _write, (OOM_SCORE_ADJ, score))
    if terms.nice is not None:
        yield Act("nice", str(terms.nice), _weigh_session, (str(terms.nice),))


def _weigh_session(nice: str) -> None:
    """Give the session the same niceness, where each is scheduled as one (sched(7), autogroup).

    There the niceness of a process counts only within its session. It stays at that where the
    kernel has no such thing, or refuses an ordinary user to do it ten times in a second.
    """
    with contextlib.suppress(OSError):
        _write(AUTOGROUP, nice)


def _write(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def _limit_acts(rlimits: Sequence[tuple[str, int | None]]) -> Iterator[Act]:
    for name, value in rlimits:
        number = getattr(resource, f"RLIMIT_{name.upper()}", None)
        if number is None:
            raise LaunchError("limits", errno.EINVAL, name)
        limit = resource.RLIM_INFINITY if value is None else value
        yield Act("limits", name, _set_limit, (number, limit))


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


def _standing_acts(terms: Terms) -> Iterator[Act]:
    """Iterate over what the limits decide about, such as RLIMIT_NICE."""
    if terms.nice is not None:
        arguments = (os.PRIO_PROCESS, 0, terms.nice)
        yield Act("nice", str(terms.nice), os.setpriority, arguments)
    if terms.cpus:
        about = ",".join(map(str, terms.cpus))
        if not hasattr(os, "sched_setaffinity"):
            raise LaunchError("cpus", errno.ENOSYS, about)
        yield Act("cpus", about, os.sched_setaffinity, (0, terms.cpus))


def _identity_acts(plan: LaunchPlan) -> Iterator[Act]:
    if plan.gid is not None:
        yield Act("ids", f"group {plan.gid}", _take_group, (plan.gid,))
    if plan.groups is not None and sorted({*os.getgroups()}) != sorted({*plan.groups}):
        # only a privileged process may set them, even to what they are already
        about = "groups " + " ".join(map(str, plan.groups))
        yield Act("ids", about, os.setgroups, (list(plan.groups),))
    if plan.uid is not None:
        yield Act("ids", f"user {plan.uid}", _take_user, (plan.uid,))


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


def _last_acts(plan: LaunchPlan) -> Iterator[Act]:
    if plan.terms.umask is not None:
        yield Act("umask", "", os.umask, (plan.terms.umask,))
    if plan.cwd is not None:
        yield Act("chdir", plan.cwd, os.chdir, (plan.cwd,))
    if plan.terms.no_new_privs:
        if sys.platform != "linux":
            raise LaunchError("privileges", errno.ENOSYS)
        yield Act("privileges", "", give_up_new_privileges, ())


def _execute(places: Sequence[str], argv: list[str], env: dict[str, str], listens: bool) -> None:
    """Become the first program that can be run; OSError with the first real refusal.

    :param listens: it is told its pid, so that it knows whom the sockets are for
    """
    if listens:
        env["LISTEN_PID"] = str(os.getpid())
    refusal = errno.ENOENT
    for path in places:
        try:
            os.execve(path, argv, env)  # noqa: S606 - no shell is what a supervisor wants
        except OSError as error:  # noqa: PERF203 - each place has its turn
            if error.errno not in {errno.ENOENT, errno.ENOTDIR} and refusal == errno.ENOENT:
                refusal = error.errno or errno.EINVAL
    raise OSError(refusal, os.strerror(refusal))
