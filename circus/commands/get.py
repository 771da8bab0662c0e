"""The verb ``get`` (spec §4.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from circus.commands import render, select
from circus.commands.declare import command, old_class, rest, word
from circus.commands.kinds import KEYS, NAME
from circus.exc import MessageError
from circus.spec.show import unset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from circus.commands.declare import Answer
    from circus.commands.ports import Fleet


@command(
    "get",
    "Get the value of specific watcher options",
    word("name", NAME, "the watcher"),
    rest("keys", KEYS, "the options to show"),
    show=render.options,
    reads=True,
)
def get(fleet: Fleet, name: str, keys: Sequence[str]) -> Answer:
    """Show options of a watcher. The answer holds them in ``options``."""
    known = dict(select.one(fleet, name).options())
    return {"options": {key: known[key] if key in known else _unset(key) for key in keys}}


def _unset(key: str) -> Any:
    """Return the default of an option that is shown only where it is set; MessageError."""
    try:
        return unset(key)
    except KeyError:
        raise MessageError(f"{key!r} option not found") from None


__getattr__ = old_class("Get", get)
