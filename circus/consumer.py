"""Listening to a daemon's events (spec §3, §11.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zmq

from circus.exc import CallError
from circus.tunnel import through
from circus.wire.topics import EVENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class CircusConsumer:
    """Iterates for ever over events, as (topic, message), both bytes.

    :param topics: the beginnings of the topics that are wanted; an empty one means all
    :param context: a ZMQ context to share; otherwise the consumer has its own
    :param endpoint: where the daemon publishes
    :param ssh_server: ``user@host:port``, through which a tcp endpoint is reached
    :param timeout: seconds after which a wait for an event is begun anew
    :param ssh_keyfile: the private key to log in there with
    :raises CallError: the endpoint makes no sense, or there is no way through ssh
    :raises ImportError: a tunnel is asked for, and neither pexpect nor paramiko is installed
    """

    def __init__(
        self,
        topics: Iterable[str | bytes],
        context: zmq.Context[zmq.Socket[bytes]] | None = None,
        endpoint: str = EVENTS,
        ssh_server: str | None = None,
        timeout: float = 1.0,
        ssh_keyfile: str | None = None,
    ) -> None:
        place = through(ssh_server, endpoint, ssh_keyfile) if ssh_server else endpoint
        self.topics = list(topics)
        self.endpoint = endpoint
        self.timeout = timeout
        self._owns_context = context is None
        self.context: zmq.Context[zmq.Socket[bytes]] = context or zmq.Context()
        self.pubsub_socket = self.context.socket(zmq.SUB)
        self.pubsub_socket.linger = 0
        try:
            self.pubsub_socket.connect(place)
        except zmq.ZMQError as problem:
            self.stop()
            raise CallError(f"cannot connect to {endpoint}: {problem.strerror}") from None
        for topic in self.topics:
            self.pubsub_socket.subscribe(topic)

    def __enter__(self) -> CircusConsumer:  # noqa: PYI034 - Self is newer than Python 3.10
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        return self.iter_messages()

    def iter_messages(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield (topic, message) for ever; ends when the consumer is stopped."""
        while not self.pubsub_socket.closed:
            if self.pubsub_socket.poll(round(self.timeout * 1000)):
                topic, message = self.pubsub_socket.recv_multipart()
                yield topic, message

    def stop(self) -> None:
        """Close the socket, and the context if it is the consumer's own."""
        self.pubsub_socket.close()
        if self._owns_context:
            self.context.term()
