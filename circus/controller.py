"""The request endpoint: a ROUTER socket that answers every request once (spec §2).

A request is read (:mod:`circus.wire.frames`), its verb is looked up (:mod:`circus.commands`) and
carried out at once. An answer that is known later is sent when its future resolves. Whatever goes
wrong inside, the client hears of it: a refusal with its own number and reason, anything unexpected
with a short reason here and a traceback in the log. A client that does not read loses its answers
and delays nobody.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import zmq

from circus import commands, discovery, logger
from circus import endpoint as endpoints
from circus.commands.declare import Later
from circus.discovery import create_udp_socket
from circus.exc import (
    BAD_MSG_DATA_ERROR,
    COMMAND_ERROR,
    NOT_SPECIFIED,
    OS_ERROR,
    CircusError,
    ConflictError,
    Superseded,
)
from circus.host.users import to_uid
from circus.loop import asyncio_loop
from circus.wire import frames

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from circus.commands.declare import Answer
    from circus.commands.ports import Fleet

IN_FLIGHT = 1000
"""How many requests of one client may wait for their end; who asks for more is refused."""
CUT_OFF = 8 * frames.LIMIT
"""A frame of more bytes is not even received: ZMQ cuts its sender off."""


class Asker:
    """Who wants an answer to a request, and to which. Nobody, for a cast or a signal.

    :param client: the client's identity, None for nobody
    :param request: what was asked for
    """

    __slots__ = ("client", "request")

    def __init__(self, client: bytes | None, request: frames.Request) -> None:
        self.client = None if request.is_cast else client
        self.request = request

    @property
    def ends_here(self) -> bool:
        """Whether the request's own end is that this endpoint closes."""
        verb, properties = self.request.command, self.request.properties
        return verb == "quit" or (verb == "restart" and not properties.get("name"))


class Controller:
    """Answers the daemon's clients.

    :param endpoint: where to listen; None: nowhere
    :param multicast_endpoint: ``udp://GROUP:PORT`` of discovery, or None for none
    :param context: the ZMQ context, which stays the caller's; needed by :meth:`initialize`
    :param loop: an asyncio or tornado loop; may be replaced until :meth:`start`
    :param arbiter: what the commands are carried out on
    :param check_delay: taken for compatibility; nothing here is done periodically
    :param endpoint_owner: the user who is to own the file of an ipc endpoint
    """

    def __init__(
        self,
        endpoint: str | None,
        multicast_endpoint: str | None,
        context: zmq.Context[zmq.Socket[bytes]] | None,
        loop: Any,
        arbiter: Fleet,
        check_delay: float = 1.0,
        endpoint_owner: str | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.multicast_endpoint = multicast_endpoint
        self.context = context
        self.loop = loop
        self.arbiter = arbiter
        self.check_delay = check_delay
        self.endpoint_owner = endpoint_owner
        self._socket: zmq.Socket[bytes] | None = None
        self._binding: endpoints.Binding | None = None
        self._mailbox: endpoints.Mailbox | None = None
        self._discovery: discovery.Discovery | None = None
        self._open: dict[asyncio.Future[Any], tuple[Asker, Later]] = {}
        self._in_flight: Counter[bytes | None] = Counter()

    def initialize(self) -> None:
        """Bind the endpoint; requests wait there until :meth:`start`.

        :raises OSError: with the endpoint and the reason
        :raises ValueError: there is no user *endpoint_owner*
        """
        if self._socket is not None or self.endpoint is None:
            return
        path = endpoints.ipc_path(self.endpoint)
        owner = None if self.endpoint_owner is None else to_uid(self.endpoint_owner)
        assert self.context is not None
        socket = self.context.socket(zmq.ROUTER)
        socket.set(zmq.ROUTER_MANDATORY, 1)  # so that a lost answer is told
        socket.set(zmq.MAXMSGSIZE, CUT_OFF)
        socket.linger = endpoints.LINGER
        try:
            self._binding = endpoints.bind(socket, self.endpoint)
        except OSError:
            socket.close()
            raise
        self._socket = socket
        if path is not None and owner is not None:
            self._give_away(path, owner)

    def start(self) -> None:
        """Begin to answer, on the loop of this thread."""
        self.initialize()
        if self._mailbox is None and self._socket is not None:
            self._init_stream()
            self._init_multicast_endpoint()

    def _init_stream(self) -> None:
        """Have the loop read the socket."""
        assert self._socket is not None
        loop = asyncio_loop(self.loop)
        self._mailbox = endpoints.Mailbox(self._socket, loop, self.handle_message)

    def _give_away(self, path: str, owner: int) -> None:
        """Have a user own the file of the endpoint, which is for its owner alone."""
        try:
            os.chown(path, owner, -1, follow_symlinks=False)
        except OSError as error:
            self.stop()
            reason = f"cannot give {self.endpoint} to {self.endpoint_owner}: {error.strerror}"
            raise OSError(error.errno, reason) from None

    def _init_multicast_endpoint(self) -> None:
        """Answer those who look for the daemon, if asked for; that it fails harms nobody."""
        if not self.multicast_endpoint or self.endpoint is None:
            return
        try:
            asked = create_udp_socket(*discovery.place(self.multicast_endpoint))
        except (OSError, ValueError) as error:
            discovery.disabled(error)
        else:
            self._discovery = discovery.Discovery(asked, self.loop, self.endpoint)

    def stop(self) -> None:
        """Answer what is still open, deliver answers for at most a second, and close."""
        for future, (asker, _) in list(self._open.items()):
            if future.done():
                self._finish(future)
            else:
                self._open.pop(future)
                if asker.ends_here:
                    self._answer(asker, {})
                else:
                    self._refuse(asker, Superseded("quit"))
        if self._discovery is not None:
            self._discovery.close()
            self._discovery = None
        if self._binding is not None and self._socket is not None:
            self._binding.release(self._mailbox.close if self._mailbox else self._socket.close)
        self._mailbox = self._socket = self._binding = None

    def handle_message(self, raw_msg: Sequence[bytes]) -> None:
        """Take a message off the socket: an identity and one frame; anything else is ignored."""
        if len(raw_msg) != 2:  # noqa: PLR2004 - identity and request, spec §2.1
            logger.warning("got unexpected message %.200r", raw_msg)
            return
        self.dispatch((raw_msg[0], raw_msg[1]))

    def dispatch(self, job: tuple[bytes | None, bytes]) -> None:
        """Carry out one request.

        :param job: the client's identity, None for nobody, and the bytes of the request
        """
        client, raw = job
        try:
            request = frames.parse(raw)
        except frames.RequestError as bad:
            logger.warning("cannot read a request: %s", bad)
            unread = frames.Request("", {}, bad.id, bad.is_cast)
            self._refuse(Asker(client, unread), bad.error)
        else:
            self._carry_out(Asker(client, request))

    def run(self, verb: str, properties: Mapping[str, Any] | None = None) -> None:
        """Carry out a command for nobody, as a signal to the daemon does."""
        self._carry_out(Asker(None, frames.Request(verb, properties or {})))

    def _carry_out(self, asker: Asker) -> None:
        request = asker.request
        if self._in_flight[asker.client] >= IN_FLIGHT:
            problem = f"cannot take more than {IN_FLIGHT} requests at a time"
            self._refuse(asker, ConflictError(problem))
            return
        try:
            command = commands.find(request.command)
            result = command.run(self.arbiter, request.properties)
            if isinstance(result, Later):
                self._follow(asker, result, command.waits and not request.waiting)
            else:
                self._answer(asker, result)
        except Exception as problem:  # noqa: BLE001 - the edge: it is logged, and the client told
            self._refuse(asker, problem)

    def _follow(self, asker: Asker, later: Later, answer_now: bool) -> None:
        """See a piece of work through; who does not wait for its end is answered now."""
        future = asyncio.ensure_future(later.result, loop=asyncio_loop(self.loop))
        if answer_now:
            self._answer(asker, {})
            asker = Asker(None, asker.request)
        self._open[future] = asker, later
        self._in_flight[asker.client] += asker.client is not None
        future.add_done_callback(self._finish)

    def _finish(self, future: asyncio.Future[Any]) -> None:
        asker, later = self._open.pop(future, (None, None))
        if asker is None or later is None:
            future.cancelled() or future.exception()  # it was answered when the endpoint closed
            return
        self._in_flight[asker.client] -= 1
        if self._in_flight[asker.client] <= 0:
            del self._in_flight[asker.client]
        try:
            self._answer(asker, later.shape(future.result()))
        except asyncio.CancelledError:
            self._refuse(asker, Superseded("cancel"))
        except Exception as problem:  # noqa: BLE001 - the edge: it is logged, and the client told
            self._refuse(asker, problem, awaited=True)

    def _answer(self, asker: Asker, answer: Answer) -> None:
        if asker.client is not None:
            self.send_ok(asker.request.id, asker.client, asker.request, answer)

    def _refuse(self, asker: Asker, problem: Exception, awaited: bool = False) -> None:
        verb = asker.request.command
        reason, number = explain(verb, problem, awaited)
        if asker.client is not None:
            request = asker.request
            self.send_error(request.id, asker.client, request, reason, errno=number)
        elif verb and not isinstance(problem, Superseded):
            logger.error("cannot %s: %s", verb, reason)

    def send_ok(
        self, mid: Any, cid: bytes, msg: Any, props: Answer | None = None, cast: bool = False
    ) -> None:
        """Send a good answer; see :meth:`send_response`."""
        self.send_response(mid, cid, msg, frames.success(props or {}, time.time()), cast)

    def send_error(
        self,
        mid: Any,
        cid: bytes,
        msg: Any,
        reason: str = "unknown",
        tb: str | None = None,
        cast: bool = False,
        errno: int = NOT_SPECIFIED,
    ) -> None:
        """Send an error answer; see :meth:`send_response`.

        :param tb: a traceback, which is logged and not sent
        :param errno: spec §2.3
        """
        if tb:
            logger.error("%s\n%s", reason, tb)
        self.send_response(mid, cid, msg, frames.failure(reason, errno, time.time()), cast)

    def send_response(
        self, mid: Any, cid: bytes, msg: Any, resp: Mapping[str, Any], cast: bool = False
    ) -> None:
        """Send an answer without waiting; a client that takes none loses it.

        :param mid: the request's id
        :param cid: the client's identity
        :param msg: the request, for a subclass to look at
        :param cast: the client wants no answer: nothing is sent
        """
        del msg
        if cast:
            return
        if self._mailbox is None or not self._mailbox.send((cid, frames.pack(resp, mid))):
            logger.debug("an answer is lost: its client is gone or does not read")


def explain(verb: str, problem: Exception, awaited: bool) -> tuple[str, int]:
    """Say in one line what went wrong, with its number on the wire (spec §2.3).

    What nobody expected goes into the log with its traceback; the client hears little of it.

    :param awaited: it went wrong after the command had begun
    """
    if isinstance(problem, CircusError):
        return str(problem), problem.errno
    if isinstance(problem, OSError):
        return str(problem), OS_ERROR
    logger.error("cannot %s", verb, exc_info=problem)
    if awaited:
        return "server error", BAD_MSG_DATA_ERROR
    return f"cannot {verb}: {type(problem).__name__}: {problem!s:.200}", COMMAND_ERROR
