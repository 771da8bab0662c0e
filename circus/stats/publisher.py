"""The socket on which samples are published (spec §10.2)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import zmq

from circus import endpoint as endpoints
from circus.spec.statistics import ENDPOINT as STATS
from circus.wire import frames

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping

HIGH_WATER = 10_000
"""How many samples are kept for a subscriber who reads too slowly; after that it misses some."""


class StatsPublisher:
    """Publishes samples, and knows whether anybody listens (XPUB, zmq_socket(3)).

    :param stats_endpoint: where to publish
    :param context: the ZMQ context, which stays the caller's; one of its own if None
    :raises OSError: the endpoint cannot be bound: which, and why
    """

    def __init__(
        self, stats_endpoint: str = STATS, context: zmq.Context[zmq.Socket[bytes]] | None = None
    ) -> None:
        self._own_context = context is None
        self.ctx: zmq.Context[zmq.Socket[bytes]] = context or zmq.Context()
        self.stats_endpoint = stats_endpoint
        self.socket: zmq.Socket[bytes] = self.ctx.socket(zmq.XPUB)
        self.socket.sndhwm = HIGH_WATER
        self.socket.linger = 0
        self._topics: set[bytes] = set()
        self._mailbox: endpoints.Mailbox | None = None
        try:
            self._binding = endpoints.bind(self.socket, stats_endpoint)
        except OSError:
            self.socket.close()
            raise

    @property
    def heard(self) -> bool:
        """Whether anybody listens. Known once :meth:`watch` was called; until then, yes."""
        return self._mailbox is None or bool(self._topics)

    def watch(self, loop: asyncio.AbstractEventLoop, changed: Callable[[], None]) -> None:
        """Learn in a loop who comes and goes.

        :param changed: called after each change
        """

        def receive(message: list[bytes]) -> None:
            kind, topic = message[0][:1], message[0][1:]
            if kind == b"\1":
                self._topics.add(topic)
            else:
                self._topics.discard(topic)
            changed()

        self._mailbox = endpoints.Mailbox(self.socket, loop, receive)

    def publish(self, name: str, stat: Mapping[str, Any]) -> None:
        """Publish a sample as ``stat.NAME``, or as ``stat.NAME.SUBTOPIC`` if it has a subtopic.

        Never blocks: who reads too slowly misses samples.
        """
        topic = f"stat.{name.lower().replace(' ', '_')}"
        if "subtopic" in stat:
            topic += f".{stat['subtopic']}"
        message = (topic.encode(), frames.encode(dict(stat)))
        if self._mailbox is not None:
            self._mailbox.send(message)
        else:
            with contextlib.suppress(zmq.Again):
                self.socket.send_multipart(message, zmq.NOBLOCK)

    def stop(self) -> None:
        """Close the socket; after that somebody else can have the endpoint."""
        close = self._mailbox.close if self._mailbox is not None else self.socket.close
        self._binding.release(lambda: close(0))
        if self._own_context:
            self.ctx.term()
