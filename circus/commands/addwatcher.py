"""The verb ``add`` (spec §4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from circus.commands.asked import OPTIONS
from circus.commands.declare import Later, command, flag, old_class, rest, wire, word
from circus.commands.kinds import COMMAND_LINE, NEW_NAME, WORDS
from circus.exc import MessageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from circus.commands.declare import Answer
    from circus.commands.ports import Fleet


@command(
    "add",
    "Add a watcher",
    word("name", NEW_NAME, "the name of the new watcher"),
    rest("cmd", COMMAND_LINE, "the command that its processes run"),
    flag("start", "start it as well"),
    wire("args", WORDS, "arguments of the command, as a text or a list"),
    wire("options", OPTIONS, "options of the watcher with their values"),
    waits=True,
)
def add(
    fleet: Fleet,
    name: str,
    cmd: str,
    start: bool,
    args: str | list[str] | None,
    options: Mapping[str, Any] | None,
) -> Answer | Later:
    """Add a watcher to the running daemon. It is forgotten when the daemon ends.

    With ``start`` and ``waiting`` the answer holds the pids that were ``started`` and ``kept``.
    What follows the first word of the command belongs to it, but for options of this verb;
    after ``--`` everything does.
    """
    kwargs = dict(options or {})
    if "cmd" in kwargs:
        raise MessageError("'cmd' is a property, not an option")
    if fleet.endpoint_owner_mode and kwargs.get("uid") != fleet.endpoint_owner:
        raise MessageError("uid does not match endpoint_owner")
    if args is not None:
        kwargs["args"] = args
    try:
        watcher = fleet.add_watcher(name, cmd, **kwargs)
    except (ImportError, ValueError, TypeError) as error:
        raise MessageError(f"cannot add {name!r}: {error}") from error
    return Later(watcher.start(), dict) if start else {}


__getattr__ = old_class("AddWatcher", add)
