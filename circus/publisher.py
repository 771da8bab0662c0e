"""The PUB socket on which the daemon announces what happens (spec §3)."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

import zmq

from circus import endpoint as endpoints
from circus.wire import topics

if TYPE_CHECKING:
    from collections.abc import Mapping

HIGH_WATER = 10_000
"""How many events are kept for a subscriber who reads too slowly; after that it misses some."""


class Publisher:
    """Announces events. It is silent until it is bound, and after it is closed.

    :param endpoint: where to publish; None for a publisher that stays silent
    :param context: the ZMQ context, which stays the caller's
    """

    def __init__(self, endpoint: str | None, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        self.endpoint = endpoint
        self.seq = 0
        self.socket: zmq.Socket[bytes] | None = None
        self._context = context
        self._binding: endpoints.Binding | None = None

    def bind(self) -> None:
        """Bind the endpoint.

        :raises OSError: with the endpoint and the reason
        """
        if self.endpoint is None or self.socket is not None:
            return
        socket = self._context.socket(zmq.PUB)
        socket.linger = endpoints.LINGER
        socket.sndhwm = HIGH_WATER
        try:
            self._binding = endpoints.bind(socket, self.endpoint)
        except OSError:
            socket.close()
            raise
        self.socket = socket

    def announce(
        self, watcher: str, event: str, fields: Mapping[str, Any], when: float | None = None
    ) -> None:
        """Publish an event of a watcher.

        :param watcher: the watcher's name
        :param event: a row of :data:`circus.wire.topics.TOPICS`
        :param fields: the event's own fields
        :param when: seconds since the epoch, now if not said
        """
        if self.socket is None:
            return
        self.seq += 1
        moment = time.time() if when is None else when
        self.publish(*topics.announcement(watcher, event, fields, moment, self.seq))

    def publish(self, topic: bytes, payload: bytes) -> None:
        """Publish two frames as they are. Never blocks: who reads too slowly misses events."""
        if self.socket is not None:
            with contextlib.suppress(zmq.Again):
                self.socket.send_multipart((topic, payload), zmq.NOBLOCK)

    def close(self) -> None:
        """Close the socket; events already published are delivered for at most a second."""
        if self._binding is not None and self.socket is not None:
            self._binding.release(self.socket.close)
        self._binding = self.socket = None
