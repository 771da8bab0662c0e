"""The verb ``listsockets`` (spec §4.16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from circus.commands import render
from circus.commands.declare import command, old_class

if TYPE_CHECKING:
    from circus.commands.declare import Answer
    from circus.commands.ports import Fleet, SocketView


@command("listsockets", "Get the list of sockets", show=render.sockets, lenient=True, reads=True)
def listsockets(fleet: Fleet) -> Answer:
    """List the sockets that circusd binds, by descriptor, in ``sockets``.

    Each has ``fd``, ``name``, ``backlog``, and ``host`` with ``port``, or ``path``.
    """
    found = sorted(map(_facts, fleet.sockets.values()), key=lambda facts: int(facts["fd"]))
    return {"sockets": found}


def _facts(socket: SocketView) -> dict[str, Any]:
    facts = {"fd": socket.fileno(), "name": socket.name, "backlog": socket.backlog}
    if socket.path is not None:
        return {**facts, "path": socket.path}
    return {**facts, "host": socket.host, "port": socket.port}


__getattr__ = old_class("ListSockets", listsockets)
