"""The verb ``signal`` (spec §4.16)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from circus.commands import select
from circus.commands.declare import command, flag, wire, word
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
) -> Answer:
    """Send a signal to the processes of a watcher, through its signal hooks.

    A pid that is not one of its processes gets none.
    """
    watcher = select.one(fleet, name)
    if childpid is not None and pid is None:
        raise CircusError("cannot specify childpid without pid")
    try:
        for target in watcher.get_active_pids() if pid is None else [pid]:
            _send(watcher, target, signum, children, recursive, childpid)
    except KeyError as stranger:
        raise CircusError(f"process {stranger} not found in {name!r}") from None
    return {}


def _send(
    watcher: WatcherView,
    pid: int,
    signum: int,
    children: bool,
    recursive: bool,
    childpid: int | None,
) -> None:
    if childpid is not None:
        watcher.send_signal_child(pid, childpid, signum)
    elif children:
        watcher.send_signal_children(pid, signum)
    else:
        with contextlib.suppress(KeyError):  # a stranger, or one that has just ended
            if recursive:  # first, for they are found through the process
                watcher.send_signal_children(pid, signum, recursive=True)
            watcher.send_signal(pid, signum)
