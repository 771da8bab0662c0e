"""The verb ``set`` (spec §4.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from circus.commands import select
from circus.commands.asked import OPTIONS
from circus.commands.declare import Later, command, old_class, rest, word
from circus.commands.kinds import NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from circus.commands.ports import Fleet


@command(
    "set",
    "Set a watcher option",
    word("name", NAME, "the watcher"),
    rest("options", OPTIONS, "options with their new values"),
    waits=True,
)
def set(fleet: Fleet, name: str, options: Mapping[str, Any]) -> Later:  # noqa: A001 - the verb's own name
    """Change options of a watcher: all of them, or none when one is refused.

    What a running process would not notice is put into effect by a graceful reload.
    """
    return Later(select.one(fleet, name).set_options(options))


__getattr__ = old_class("Set", set)
