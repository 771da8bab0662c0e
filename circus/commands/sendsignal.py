"""The verb ``signal`` (spec §4.16)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from circus.commands import select
from circus.commands.declare import Later, command, flag, old_class, wire, word
from circus.commands.kinds import NAME, PID, SIGNAL
from circus.exc import CircusError

if TYPE_CHECKING:
    from circus.commands.declare import Answer
    from circus.commands.ports import Fleet, WatcherView


@command(
    "signal",
    "Send a signal",
    word("name", NAME, "the watcher"),
    word("pid", PID, "one process of it; otherwise all", default=None),
    word("signum", SIGNAL, "the signal: a number, or a name such as HUP or SIGHUP"),
    flag("children", "to the children of the processes, not to themselves"),
    flag("recursive", "to all descendants as well"),
    wire("childpid", PID, "one child of the process", also=("child_pid",)),
)
def signal(
    fleet: Fleet,
    name: str,
    pid: int | None,
    signum: int,
    children: bool,
    recursive: bool,
    childpid: int | None,
) -> Answer | Later:
    """Send a signal to the processes of a watcher, through its signal hooks.

    A pid that is not one of its processes gets none.
    """
    watcher = select.one(fleet, name)
    if childpid is not None and pid is None:
        raise CircusError("cannot specify childpid without pid")
    targets = watcher.get_active_pids() if pid is None else [pid]
    try:
        if pid is not None and childpid is not None:
            watcher.send_signal_child(pid, childpid, signum)
        elif children:
            for target in targets:
                watcher.send_signal_children(target, signum)
        else:
            return _to_all(watcher, targets, signum, recursive)
    except KeyError as stranger:
        raise CircusError(f"process {stranger} not found in {name!r}") from None
    except ProcessLookupError as stranger:
        raise CircusError(str(stranger)) from None
    return {}


__getattr__ = old_class("Signal", signal)


def _to_all(watcher: WatcherView, targets: list[int], signum: int, recursive: bool) -> Later:
    """Signal processes, and before that their descendants, which are found through them."""
    for target in targets if recursive else ():
        with contextlib.suppress(KeyError):  # a stranger, or one that has just ended
            watcher.send_signal_children(target, signum, recursive=True)
    return Later(watcher.deliver(targets, signum))
