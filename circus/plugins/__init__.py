"""Plugins: programs that listen to a daemon's events and tell it what to do (spec §9).

A plugin is a class with :class:`CircusPlugin` as its base. ``circus-plugin`` runs one, and circusd
runs a ``circus-plugin`` for each ``[plugin:NAME]`` section as the watcher ``plugin:NAME``. A plugin
is a client like any other: it speaks the wire, and whatever it does wrong harms only itself.
"""

from __future__ import annotations

import asyncio
import json
import threading
from typing import TYPE_CHECKING, Any

import zmq
from tornado.ioloop import IOLoop
from zmq.eventloop.zmqstream import ZMQStream

from circus import logger
from circus.client import CircusClient
from circus.plugins.command import main
from circus.spec.values import boolean
from circus.tunnel import through
from circus.wire.frames import cast_message, make_message
from circus.wire.topics import split

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["CircusPlugin", "main"]

LINGER = 500
"""Milliseconds for which the end waits until the last casts are delivered."""


class CircusPlugin:
    """The base of all plugins.

    Everything of a plugin runs in its own loop; what is periodic uses ``self.loop``, which is the
    current loop of tornado and asyncio from :meth:`handle_init` on.

    :param endpoint: where the daemon answers
    :param pubsub_endpoint: where it publishes
    :param check_delay: the daemon's check_delay, in seconds
    :param ssh_server: ``user@host:port``, through which both are reached
    :param config: the options of the section, as text
    """

    name = ""
    """What kind of plugin it is."""
    own_options: tuple[str, ...] = ()
    """Options of its section that are its own, though a watcher has one of that name.

    It is read from the source, so it must be written out as words; those of base classes count.
    """
    call_timeout = 5.0
    """Seconds that the answer to a call may take."""
    wait_timeout = 60.0
    """Seconds for a call that asks to be answered when the work is done."""

    def __init__(
        self,
        endpoint: str,
        pubsub_endpoint: str,
        check_delay: float,
        ssh_server: str | None = None,
        **config: Any,
    ) -> None:
        self.daemon = True
        self.config = config
        self.active = boolean(str(config.get("active", True)))
        self.endpoint = endpoint
        self.pubsub_endpoint = pubsub_endpoint
        self.check_delay = check_delay
        self.ssh_server = ssh_server
        self.running = False
        self.loop: Any = IOLoop(make_current=False)
        self._one_at_a_time = threading.RLock()

    # --- to be overridden -------------------------------------------------------------------------

    def handle_init(self) -> None:
        """Begin; called once, before the plugin is connected and its loop runs."""

    def handle_stop(self) -> None:
        """End; called once, in the loop. The process has two seconds from the signal on."""

    def handle_recv(self, data: Sequence[bytes]) -> None:
        """Hear an event.

        :param data: its topic and its message
        """
        raise NotImplementedError(f"{type(self).__name__} does not say what it does with events")

    # --- life -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Run until :meth:`stop` is called, or a signal comes.

        :raises ValueError: the plugin is not active
        """
        if not self.active:
            raise ValueError("Will not start an inactive plugin")
        asyncio.set_event_loop(self.loop.asyncio_loop)
        try:
            self.handle_init()
            self.initialize()
            self.running = True
            self.loop.start()
        finally:
            self.running = False
            self._close()

    def initialize(self) -> None:
        """Connect to the daemon.

        :raises CallError: the endpoint makes no sense, or there is no way through ssh
        """
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._asker = CircusClient(self.context, self.endpoint, self.call_timeout, self.ssh_server)
        self.client = self._asker.socket
        self.client.sndtimeo = round(self.call_timeout * 1000)
        self.sub_socket = self.context.socket(zmq.SUB)
        self.sub_socket.linger = 0
        self.sub_socket.subscribe("watcher.")
        server, place = self.ssh_server, self.pubsub_endpoint
        self.sub_socket.connect(through(server, place) if server else place)
        self.substream = ZMQStream(self.sub_socket, self.loop)
        self.substream.on_recv(self._hear)

    def stop(self) -> None:
        """End the loop, after :meth:`handle_stop`."""
        if not self.running:
            self.loop.close()
            return
        try:
            self.handle_stop()
        except Exception:  # noqa: BLE001 - whatever a plugin does wrong, it ends
            logger.exception("cannot stop %s in its own way", type(self).__name__)
        finally:
            self.loop.stop()

    def _hear(self, data: list[bytes]) -> None:
        """Give an event to the plugin, which may fail at it; others come after it."""
        try:
            self.handle_recv(data)
        except Exception:  # noqa: BLE001 - whatever a plugin does wrong, it hears the next event
            logger.exception("cannot handle the event %s", data[0].decode(errors="replace"))

    def _close(self) -> None:
        if hasattr(self, "substream"):
            self.substream.close()
        if hasattr(self, "context"):
            self.context.destroy(LINGER)
        asyncio.set_event_loop(None)
        self.loop.close()

    # --- speaking to the daemon -------------------------------------------------------------------

    def call(self, command: str, **props: Any) -> Any:
        """Ask the daemon, wait for the answer and return it. Any thread may call.

        :param props: the properties of the command; with ``waiting=True`` it is answered when the
            work is done, otherwise at once
        :raises CallError: there was no answer in time
        """
        with self._one_at_a_time:
            waits = props.get("waiting")
            self._asker.timeout = 1000 * (self.wait_timeout if waits else self.call_timeout)
            return self._asker.call(make_message(command, **props))

    def cast(self, command: str, **props: Any) -> None:
        """Tell the daemon something and do not wait for an answer. Any thread may call."""
        with self._one_at_a_time:
            self._asker.call(cast_message(command, **props))

    def get_endpoint(self) -> str:
        """Return where the daemon answers."""
        return self.endpoint

    # --- reading ----------------------------------------------------------------------------------

    @staticmethod
    def load_message(msg: bytes | str) -> Any:
        """Return what the message of an event says."""
        return json.loads(msg)

    @staticmethod
    def split_data(data: Sequence[bytes]) -> tuple[str, str, bytes]:
        """Return the watcher, the event and the message of what :meth:`handle_recv` is given.

        The watcher's name is the topic's: lower case, with underscores for blanks. The message says
        it as it is written, under ``watcher``.
        """
        topic = data[0].encode() if isinstance(data[0], str) else data[0]
        watcher, event = split(topic)
        return watcher, event, data[1]
