"""The verb ``globaloptions`` (spec §4.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circus.commands import render
from circus.commands.declare import command, old_class, word
from circus.commands.kinds import Kind
from circus.exc import MessageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from circus.commands.declare import Answer
    from circus.commands.ports import Fleet, Known

OPTIONS = (
    "endpoint",
    "stats_endpoint",
    "pubsub_endpoint",
    "check_delay",
    "multicast_endpoint",
)
"""What of the arbiter is told, in this order."""


class GlobalOption(Kind):
    """The name of an option of the arbiter."""

    def complete(self, known: Known, said: Mapping[str, Sequence[str]]) -> Iterable[str]:  # noqa: ARG002 - these are always the same
        """Return all of them."""
        return OPTIONS


@command(
    "globaloptions",
    "Get the arbiter options",
    word("option", GlobalOption("option"), "the option, all if not said", default=None),
    show=render.options,
    refusal=render.reason,
    lenient=True,
    reads=True,
)
def globaloptions(fleet: Fleet, option: str | None) -> Answer:
    """Show the options of the arbiter, or one of them. The answer holds them in ``options``."""
    if option is not None and option not in OPTIONS:
        raise MessageError(f"{option!r} not an existing option")
    return {"options": {name: getattr(fleet, name) for name in OPTIONS if option in {None, name}}}


__getattr__ = old_class("GlobalOptions", globaloptions)
