"""The verb ``ipython`` (spec §4.16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circus.commands.declare import command, old_class

if TYPE_CHECKING:
    from circus.commands.declare import Answer
    from circus.commands.ports import Fleet

WHY = "circusd runs no code that comes through its endpoint"


@command(
    "ipython",
    "Create shell into circusd process",
    show=lambda answer: f"error: Could not start ipython kernel ({answer.get('msg')})",
    miscount="Invalid message",
)
def ipython(fleet: Fleet) -> Answer:  # noqa: ARG001 - nothing is done here
    """Refuse: circusd opens no shell. ``shell`` is false, and ``msg`` says why."""
    return {"shell": False, "msg": WHY}


__getattr__ = old_class("IPythonShell", ipython)
