"""Signals to the children of our children, which are not ours to wait for."""

from __future__ import annotations

import os
import signal

from circus.host import facts


def signal_descendants(parent: int, pids: list[int], signum: int, recursive: bool = False) -> int:
    """Signal those of *pids* that descend from a process; return how many were reached.

    Each is held by a pidfd where there are any while it is looked at again, so that a number
    cannot have become a stranger's between the look and the signal.

    :param parent: the process they have to descend from
    :param recursive: grandchildren and so on count too, not only children
    """
    return sum(_reach(parent, pid, signum, recursive) for pid in pids)


def _reach(parent: int, pid: int, signum: int, recursive: bool) -> bool:
    held = None
    try:
        held = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
        if pid not in facts.children(parent, recursive):
            return False
        if held is None:
            os.kill(pid, signum)
        else:
            signal.pidfd_send_signal(held, signum)
    except (ProcessLookupError, PermissionError):  # gone, or it took another identity
        return False
    finally:
        if held is not None:
            os.close(held)
    return True
