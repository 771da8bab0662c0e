"""What this machine offers: one question for each capability, asked once.

The answers choose between the baseline and the better way (:func:`circus.host.children`), are
printed by ``circusd --probe`` and logged at start. A no says why, and what circusd does instead.
"""

from __future__ import annotations

import errno
import functools
import os
import resource
import select
import signal
import sys
import tempfile
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, NamedTuple

from circus.host import facts

if sys.platform == "linux":
    from circus.host.linux.cgroup import folder
    from circus.host.linux.prctl import adopts_orphans

if TYPE_CHECKING:
    from collections.abc import Callable


WHY = {
    errno.ENOSYS: "this kernel has none, or a seccomp filter hides it",
    errno.EPERM: "a seccomp filter forbids it, as some container runtimes do",
}
"""What is behind an error that says little."""
INSTEAD = {
    "pidfd_open": "ends of children are heard by SIGCHLD instead",
    "pidfd_wait": "ends of children are heard by SIGCHLD instead",
    "pidfd_signal": "a process is signalled by its number instead, as long as it is not reaped",
    "epoll": "ends of children are heard by SIGCHLD instead",
    "identities": "a watcher with uid, gid or groups is stopped with the reason",
    "higher_limits": "a watcher that asks for more is stopped with the reason",
    "cgroup": "contain = tree goes by a mark in the environment instead",
    "subreaper": "contain = tree reaches no orphan that has left its session",
    "writable_root": "log files, pid files and ipc endpoints have to lie on a volume or a tmpfs",
    "temporary_files": "a stream needs a filename, and a pid file a name; TMPDIR may help",
    "all_system_calls": "each line here says whether what circusd needs is allowed",
}
"""What circusd does where something is missing; what the answers themselves say is not here."""


class Answer(NamedTuple):
    """The answer to one question.

    :param yes: whether the machine has it
    :param reason: how we know, or why not
    """

    yes: bool
    reason: str


@dataclass(frozen=True)
class Capabilities:
    """What this machine offers, in the order in which it is printed."""

    pidfd_open: Answer
    pidfd_wait: Answer
    pidfd_signal: Answer
    epoll: Answer
    process_table: Answer
    identities: Answer
    higher_limits: Answer
    cgroup: Answer
    subreaper: Answer
    descriptors: Answer
    writable_root: Answer
    temporary_files: Answer
    all_system_calls: Answer

    @property
    def pidfd(self) -> bool:
        """Whether children can be watched, reaped and signalled through pidfds."""
        needed = (self.pidfd_open, self.pidfd_wait, self.pidfd_signal, self.epoll)
        return all(answer.yes for answer in needed)

    @property
    def tree(self) -> Answer:
        """Whether circusd can reach what leaves the session of a process, and how."""
        if not facts.CAN_LIST:
            return Answer(False, "contain = tree and session reach no further than the process")
        if self.pidfd and self.cgroup.yes:
            return Answer(True, "contain = tree reaches all by control groups")
        if self.pidfd and self.subreaper.yes:
            return Answer(True, "contain = tree finds what left its session by a mark")
        return Answer(False, "contain = tree reaches no further than contain = session")

    def describe(self) -> list[tuple[str, bool, str]]:
        """Return (name, whether, reason) of each capability, for people."""
        answers = [(field.name, getattr(self, field.name)) for field in fields(self)]
        answers.append(("tree", self.tree))
        return [
            (name.replace("_", " "), there, reason if there else _with_rest(name, reason))
            for name, (there, reason) in answers
        ]


def _with_rest(name: str, reason: str) -> str:
    """Return why something is missing, and what circusd does instead."""
    return f"{reason}; {INSTEAD[name]}" if name in INSTEAD else reason


WITHOUT_TABLE = "a stop reaches the process alone, stats are empty, orphans go one by one"
SLOWLY = "what children leave behind is found more slowly"
HIDDEN = "what runs as another user is not found by a stop, nor told of in stats"


@functools.cache
def probe() -> Capabilities:
    """Ask all questions; later calls return the first answers."""
    return Capabilities(
        pidfd_open=_ask(_pidfd_open),
        pidfd_wait=_ask(_pidfd_wait),
        pidfd_signal=_ask(_pidfd_signal),
        epoll=_ask(_epoll),
        process_table=_ask(_process_table),
        identities=_ask(_identities),
        higher_limits=_ask(_higher_limits),
        cgroup=_ask(_cgroup),
        subreaper=_ask(_subreaper),
        descriptors=_ask(_descriptors),
        writable_root=_ask(_writable_root),
        temporary_files=_ask(_temporary_files),
        all_system_calls=_ask(_all_system_calls),
    )


def _ask(question: Callable[[], Answer]) -> Answer:
    try:
        return question()
    except AttributeError as error:
        return Answer(False, f"this Python has none: {error}")
    except OSError as error:
        number = error.errno or 0
        why = WHY.get(number, error.strerror)
        return Answer(False, f"{errno.errorcode.get(number, 'error')}: {why}")


def _pidfd_open() -> Answer:
    os.close(os.pidfd_open(os.getpid()))
    return Answer(True, "ends of children are heard at once, through pidfds")


def _pidfd_wait() -> Answer:
    fd = os.pidfd_open(os.getpid())
    try:
        os.waitid(os.P_PIDFD, fd, os.WEXITED | os.WNOHANG)
    except ChildProcessError:  # understood: we are just not our own child
        return Answer(True, "waitid takes a pidfd")
    finally:
        os.close(fd)
    return Answer(False, "waitid took ourselves for our child")


def _pidfd_signal() -> Answer:
    fd = os.pidfd_open(os.getpid())
    try:
        signal.pidfd_send_signal(fd, 0)
    finally:
        os.close(fd)
    return Answer(True, "no signal can reach a stranger with a used number")


def _epoll() -> Answer:
    select.epoll().close()
    return Answer(True, "one descriptor stands for all children")


def _process_table() -> Answer:
    if not os.access("/proc/self/stat", os.R_OK):
        return Answer(False, f"no /proc: {WITHOUT_TABLE if not facts.CAN_LIST else SLOWLY}")
    if not os.access("/proc/1/stat", os.R_OK):
        return Answer(False, f"/proc hides the processes of others (hidepid): {HIDDEN}")
    return Answer(True, "/proc shows all processes")


def _identities() -> Answer:
    return _privilege((6, 7), "watchers may set uid and gid", "watchers cannot set uid and gid")


def _higher_limits() -> Answer:
    return _privilege((24,), "watchers may raise hard limits", "watchers can only lower limits")


def _privilege(bits: tuple[int, ...], yes: str, no: str) -> Answer:
    """Look for effective capabilities (capabilities(7)) by their numbers."""
    effective = _status("CapEff")
    if effective is None:
        held = os.geteuid() == 0
    else:
        held = all(int(effective, 16) >> bit & 1 for bit in bits)
    return Answer(held, yes if held else f"{no}: circusd is not privileged")


def _cgroup() -> Answer:
    if sys.platform != "linux":
        return Answer(False, "control groups are Linux's")
    path, reason = folder()
    return Answer(path is not None, reason)


def _subreaper() -> Answer:
    if sys.platform != "linux":
        return Answer(False, "subreapers are Linux's")
    adopts_orphans()
    return Answer(True, "circusd can adopt the orphans among what it started")


def _writable_root() -> Answer:
    if os.statvfs("/").f_flag & os.ST_RDONLY:
        return Answer(False, "the root file system is read-only")
    return Answer(True, "the root file system is not read-only")


def _temporary_files() -> Answer:
    try:
        return Answer(True, f"{tempfile.gettempdir()} can be written")
    except FileNotFoundError:
        return Answer(False, "no folder for temporary files can be written")


def _all_system_calls() -> Answer:
    """Look for a filter of system calls (seccomp(2), proc_pid_status(5))."""
    mode = _status("Seccomp")
    if mode in {None, "0"}:
        return Answer(True, "no filter of system calls (seccomp) is known of")
    return Answer(False, f"a filter of system calls is in place (seccomp mode {mode})")


def _status(name: str) -> str | None:
    """Return a line of our own status, or None."""
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:
            found = (line.split(":")[1] for line in status if line.startswith(f"{name}:"))
            return next(found).strip()
    except (OSError, StopIteration):
        return None


def _descriptors() -> Answer:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = "without bound" if hard == resource.RLIM_INFINITY else f"at most {hard}"
    return Answer(hard == resource.RLIM_INFINITY or hard > soft, f"{soft} now, {most}")
