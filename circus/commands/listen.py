"""The verb ``listen``, which a client carries out by itself (spec §4.16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circus.commands.declare import SUBSCRIBER, command, old_class, rest
from circus.commands.kinds import Names
from circus.exc import MessageError
from circus.wire.topics import TOPICS, topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from circus.commands.declare import Answer
    from circus.commands.ports import Fleet, Known


class Beginnings(Names):
    """The beginnings of topics."""

    def complete(self, known: Known, said: Mapping[str, Sequence[str]]) -> Iterable[str]:  # noqa: ARG002 - topics may come in any order
        """Return the topics that the watchers have."""
        return [topic(name, event).decode() for name in known.watchers() for event in TOPICS]


@command(
    "listen",
    "Subscribe to a watcher event",
    rest("topics", Beginnings("topic"), "beginnings of topics, all if none is said", default=()),
    msg_type=SUBSCRIBER,
    reads=True,
)
def listen(fleet: Fleet, topics: Sequence[str]) -> Answer:  # noqa: ARG001 - nothing is done here
    """Print each event as ``topic: json`` until Ctrl-C.

    ``--endpoint`` is where the daemon publishes, its ``pubsub_endpoint``. The request endpoint
    refuses this command.
    """
    raise MessageError("invalid message. use a pub/sub socket")


__getattr__ = old_class("Listen", listen)
