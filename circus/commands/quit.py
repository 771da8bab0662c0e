"""The verb ``quit`` (spec §4.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circus.commands.declare import Later, command, old_class

if TYPE_CHECKING:
    from circus.commands.ports import Fleet


@command("quit", "Quit the arbiter immediately", waits=True, lenient=True)
def quit(fleet: Fleet) -> Later:  # noqa: A001 - the verb's own name
    """Stop all watchers, close the endpoints and sockets, and end the daemon."""
    return Later(fleet.quit())


__getattr__ = old_class("Quit", quit)
