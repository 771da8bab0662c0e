"""Talking to a daemon: ask, and get the answer (spec §11.5).

This module is small on purpose: ``circusctl`` imports it at every start. The client for asyncio and
tornado, :class:`~circus.aclient.AsyncCircusClient`, is fetched when it is asked for.
"""

from __future__ import annotations

import importlib
import json
import os
import time
from typing import TYPE_CHECKING, Any

import zmq

from circus.exc import CallError
from circus.wire.frames import ENDPOINT, cast_message, make_json, make_message, with_id

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CircusClient", "cast_message", "make_json", "make_message"]


def __getattr__(name: str) -> Any:
    """Fetch the asyncio client, which costs 15 ms to import, when it is wanted."""
    if name == "AsyncCircusClient":
        return importlib.import_module("circus.aclient").AsyncCircusClient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class Connection:
    """A DEALER socket that is connected to a daemon.

    :param context: a ZMQ context to share; otherwise the connection has its own
    :param endpoint: where the daemon answers
    :param timeout: seconds to wait for an answer
    :param ssh_server: ``user@host:port``, through which a tcp endpoint is reached
    :param ssh_keyfile: the private key to log in there with
    :raises CallError: the endpoint makes no sense, or there is no way through ssh
    :raises ImportError: a tunnel is asked for, and neither pexpect nor paramiko is installed
    """

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]] | None = None,
        endpoint: str = ENDPOINT,
        timeout: float = 5.0,
        ssh_server: str | None = None,
        ssh_keyfile: str | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.timeout = timeout * 1000
        self.ssh_server, self.ssh_keyfile = ssh_server, ssh_keyfile
        place = endpoint
        if ssh_server:  # the way there costs a millisecond to import
            tunnel = importlib.import_module("circus.tunnel")
            place = tunnel.through(ssh_server, endpoint, ssh_keyfile)
        self._owns_context = context is None
        self.context: zmq.Context[zmq.Socket[bytes]] = context or zmq.Context()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.linger = 0
        try:
            self.socket.connect(place)
        except zmq.ZMQError as problem:
            self.stop()
            raise CallError(f"cannot connect to {endpoint}: {problem.strerror}") from None

    def stop(self) -> None:
        """Close the socket, and the context if it is the connection's own."""
        self.socket.close()
        if self._owns_context:
            self.context.term()


class CircusClient(Connection):
    """Asks a daemon, one question at a time. Its arguments are those of :class:`Connection`."""

    def send_message(self, command: str, **props: Any) -> Any:
        """Ask for a command with these properties; see :meth:`call`."""
        return self.call(make_message(command, **props))

    def call(self, cmd: Mapping[str, Any]) -> Any:
        """Ask, and return the answer.

        A cast is sent and not waited for: the result is None.

        :param cmd: a request, as :func:`make_message` makes it
        :raises CallError: no answer came in time, or the socket is closed
        """
        name = os.urandom(16).hex()
        try:
            self.socket.send(with_id(cmd, name))
            return None if cmd.get("msg_type") == "cast" else self._answer(name)
        except zmq.ZMQError as problem:
            raise CallError(str(problem)) from problem

    def _answer(self, name: str) -> Any:
        """Wait for the answer of that id; what belongs to earlier questions is dropped."""
        end = time.monotonic() + self.timeout / 1000
        while (left := end - time.monotonic()) > 0 and self.socket.poll(round(left * 1000) or 1):
            answer = read(self.socket.recv())
            if answer.get("id") in {name, None}:
                return answer
        raise CallError("Timed out.")


def read(raw: bytes) -> dict[str, Any]:
    """Return an answer as the daemon sent it.

    :raises CallError: it is no JSON object
    """
    try:
        answer = json.loads(raw)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise CallError("cannot read the daemon's answer")
    return answer
