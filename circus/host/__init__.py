"""The operating system behind protocols. Knows no watcher; returns plain facts.

:mod:`circus.host.ports` says what may be asked. Which implementation answers is chosen here, from
what the machine offers.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from circus.host import facts
from circus.host.alone import Alone
from circus.host.kin import Kin
from circus.host.leftovers import PolledSessions
from circus.host.reap import SignalledChildren
from circus.host.spawn import Launcher

if sys.platform == "linux":
    from circus.host.linux.cgroup import Cgroups
    from circus.host.linux.cgroup import folder as _folder
    from circus.host.linux.marked import MarkedTrees
    from circus.host.linux.pidfd import PidfdChildren, PidfdSessions

if TYPE_CHECKING:
    from collections.abc import Callable

    from circus.host.descriptors import Descriptors
    from circus.host.ports import Children, Reach
    from circus.host.probe import Capabilities


def children(capabilities: Capabilities, descriptors: Descriptors) -> Children:
    """Return the best way to have children on this machine.

    :param capabilities: what :func:`circus.host.probe.probe` found
    :param descriptors: where long-lived descriptors are parked, and the children's limit
    """
    launcher = Launcher(descriptors)
    if sys.platform == "linux" and capabilities.pidfd:
        return PidfdChildren(launcher, descriptors)
    return SignalledChildren(launcher)


def kin(
    capabilities: Capabilities, descriptors: Descriptors, ours: Children, owns_process: bool
) -> Kin:
    """Return what looks after the families of *ours*, our children, the best way first.

    :param owns_process: whether this process is circusd: only then it may become a subreaper
    """

    def sessions() -> Reach:
        if not facts.CAN_LIST:
            raise OSError("there is no process table to look for others in")
        if sys.platform == "linux" and capabilities.pidfd:
            return PidfdSessions(ours.owns, descriptors)
        return PolledSessions(ours.owns)

    def groups() -> Reach:
        folder, reason = _folder() if capabilities.pidfd else (None, "there are no pidfds")
        if folder is None:
            raise OSError(reason)
        return Cgroups(folder, ours.owns, descriptors)

    def marked() -> Reach:
        if not owns_process:
            raise OSError("only circusd itself becomes a subreaper")
        if not capabilities.pidfd:
            raise OSError("there are no pidfds")
        if not facts.CAN_LIST:
            raise OSError("there is no process table to look for marks in")
        return MarkedTrees(ours.owns, descriptors)

    tree = [groups, marked] if sys.platform == "linux" else []
    known: list[Callable[[], Reach]] = [sessions, Alone]
    return Kin(ours, {"session": known, "process": [Alone], "tree": [*tree, *known]})
