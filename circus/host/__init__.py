"""The operating system behind protocols. Knows no watcher; returns plain facts.

:mod:`circus.host.ports` says what may be asked. Which implementation answers is chosen here, from
what the machine offers.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from circus.host.leftovers import PolledSessions
from circus.host.reap import SignalledChildren
from circus.host.spawn import Launcher

if sys.platform == "linux":
    from circus.host.linux.pidfd import PidfdChildren, PidfdSessions

if TYPE_CHECKING:
    from circus.host.descriptors import Descriptors
    from circus.host.ports import Children, Sessions
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


def sessions(capabilities: Capabilities, descriptors: Descriptors, ours: Children) -> Sessions:
    """Return the best way to look after what *ours*, our children, leave behind."""
    if sys.platform == "linux" and capabilities.pidfd:
        return PidfdSessions(ours.owns, descriptors)
    return PolledSessions(ours.owns)
