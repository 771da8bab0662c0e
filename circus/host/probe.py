"""What this machine offers: one question for each capability, asked once.

The answers choose between the baseline and the better way (:func:`circus.host.children`), are
printed by ``circusd --probe`` and logged at start.
"""

from __future__ import annotations

import errno
import functools
import os
import resource
import select
import signal
import sys
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, NamedTuple

if sys.platform == "linux":
    from circus.host.linux.cgroup import folder
    from circus.host.linux.prctl import adopts_orphans

if TYPE_CHECKING:
    from collections.abc import Callable


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

    @property
    def pidfd(self) -> bool:
        """Whether children can be watched, reaped and signalled through pidfds."""
        needed = (self.pidfd_open, self.pidfd_wait, self.pidfd_signal, self.epoll)
        return all(answer.yes for answer in needed)

    @property
    def tree(self) -> Answer:
        """Whether circusd can reach what leaves the session of a process, and how."""
        if self.pidfd and self.cgroup.yes:
            return Answer(True, "contain = tree reaches all by control groups")
        if self.pidfd and self.subreaper.yes:
            return Answer(True, "contain = tree finds what left its session by a mark")
        return Answer(False, "contain = tree reaches no further than contain = session")

    def describe(self) -> list[tuple[str, bool, str]]:
        """Return (name, whether, reason) of each capability, for people."""
        answers = [(field.name, getattr(self, field.name)) for field in fields(self)]
        answers.append(("tree", self.tree))
        return [(name.replace("_", " "), *answer) for name, answer in answers]


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
    )


def _ask(question: Callable[[], Answer]) -> Answer:
    try:
        return question()
    except AttributeError as error:
        return Answer(False, f"this Python has none: {error}")
    except OSError as error:
        return Answer(False, f"{errno.errorcode.get(error.errno or 0, '')}: {error.strerror}")


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
        return Answer(False, "no /proc: what children leave behind is found more slowly")
    if not os.access("/proc/1/stat", os.R_OK):
        return Answer(False, "/proc hides the processes of others (hidepid)")
    return Answer(True, "/proc shows all processes")


def _identities() -> Answer:
    return _privilege((6, 7), "watchers may set uid and gid", "watchers cannot set uid and gid")


def _higher_limits() -> Answer:
    return _privilege((24,), "watchers may raise hard limits", "watchers can only lower limits")


def _privilege(bits: tuple[int, ...], yes: str, no: str) -> Answer:
    """Look for effective capabilities (capabilities(7)) by their numbers."""
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:
            line = next(line for line in status if line.startswith("CapEff:"))
    except (OSError, StopIteration):
        held = os.geteuid() == 0
    else:
        held = all(int(line.split()[1], 16) >> bit & 1 for bit in bits)
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


def _descriptors() -> Answer:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = "without bound" if hard == resource.RLIM_INFINITY else f"at most {hard}"
    return Answer(hard == resource.RLIM_INFINITY or hard > soft, f"{soft} now, {most}")
