"""The way to the daemon: it is asked once, and then followed by its events.

An event says which watcher has become stale; what became stale within a moment is asked anew
together. A gap in the numbers of the events, or a daemon that comes back, makes everything stale.
ZMQ tells when the connection to the daemon is lost and found; a daemon that is connected and does
not answer is noticed by a question that is asked every so often, and costs it nothing.

What waits for an answer when the connection is lost hears so at once, and nothing of it is sent to
the next daemon: who clicked *stop* yesterday does not stop anything today.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Protocol

import zmq
from zmq.utils.monitor import parse_monitor_message

from circus import __version__, logger
from circus.aclient import AsyncCircusClient
from circus.consumer import CircusConsumer
from circus.endpoint import Mailbox
from circus.exc import CallError
from circus.loop import Tasks
from circus.web.latency import Latency
from circus.web.mirror import Mirror

PACE, RESTING_PACE, WHOLE_PACE = 0.25, 2.0, 1.0
"""Seconds between two questions about what is stale: while somebody looks, while nobody does, and
after everything was asked."""
BEAT, RESTING_BEAT = 1.0, 10.0
"""Seconds between two looks whether the daemon answers."""
WHOLE_EVERY = 5
"""While somebody looks, everything is asked anew with each of so many beats."""
PATIENCE = 5.0
"""Seconds after which a daemon that does not answer is down."""
SETTLED = 1.0
"""Seconds after which a subscription has arrived."""
FEW = 20
"""When more watchers than this are stale, all are asked at once."""
FOR_EVER = 1e9
"""Seconds: each question here has an end of its own."""
DULL = frozenset({"hook_success", "output_lost", "output_failed", "output_restored"})
"""Events that change nothing of what is told of a watcher."""


class TooLate(CallError):  # noqa: N818 - what happened
    """The daemon is there and has not answered in time."""


class Listener(Protocol):
    """Who hears what has changed."""

    @property
    def looking(self) -> bool:
        """Whether anybody looks."""

    def fleet(self) -> None:
        """Hear that everything may have changed."""

    def watchers(self, changed: list[str], gone: list[str]) -> None:
        """Hear which watchers have changed, and which are gone."""

    def event(self, message: Mapping[str, Any]) -> None:
        """Hear an event."""

    def daemon(self) -> None:
        """Hear that the daemon is lost or found."""


class Follower:
    """Follows a daemon. It belongs to the loop that runs when it is made.

    :param endpoint, pubsub_endpoint: of the daemon
    :param mirror: what is kept true
    :param listener: who hears of it
    :raises CallError: an endpoint makes no sense
    """

    def __init__(
        self,
        endpoint: str,
        pubsub_endpoint: str,
        mirror: Mirror,
        listener: Listener,
    ) -> None:
        self.endpoint = endpoint
        self.mirror, self.listener = mirror, listener
        self.latencies: dict[str, Latency] = {}
        self.lag = Latency()
        """How long the daemon took for a question that costs it nothing."""
        self._loop = asyncio.get_running_loop()
        self._tasks = Tasks(self._loop)
        self._all, self._stale = True, set[str]()
        self._due, self._hurry = asyncio.Event(), asyncio.Event()
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        try:
            consumer = CircusConsumer(["watcher."], self._context, pubsub_endpoint)
            self._events = Mailbox(consumer.pubsub_socket, self._loop, self._heard)
            self._connect()
        except BaseException:
            self._context.destroy(0)
            raise

    def start(self) -> None:
        """Begin."""
        self._tasks.start("keep the mirror", self._keep())
        self._tasks.start("look whether circusd answers", self._beats())

    def stop(self) -> None:
        """Ask nobody any more."""
        self._tasks.close()
        self._disconnect()
        self._events.close(0)
        self._context.destroy(0)

    def look(self) -> None:
        """Begin to look closely: somebody has come."""
        self._stale_all()
        self._hurry.set()

    # --- asking -----------------------------------------------------------------------------------

    async def ask(self, verb: str, patience: float = PATIENCE, **properties: Any) -> dict[str, Any]:
        """Ask the daemon, and return its answer.

        :param patience: seconds
        :raises TooLate: it has not answered by then
        :raises CallError: it cannot be reached
        """
        if not self.mirror.up:
            raise CallError(f"cannot reach circusd at {self.endpoint}: it {self.mirror.reason}")
        return await self._ask(verb, patience, **properties)

    async def _ask(self, verb: str, patience: float, **properties: Any) -> dict[str, Any]:
        began = self._loop.time()
        call = self._loop.create_task(
            self._client.call({"command": verb, "properties": properties})
        )
        call.add_done_callback(_heed)
        try:
            answer = await asyncio.wait_for(call, patience)
        except asyncio.TimeoutError:
            raise TooLate(f"circusd has not answered within {patience:g} seconds") from None
        self.latencies.setdefault(verb, Latency()).note(self._loop.time() - began)
        found: dict[str, Any] = answer
        return found

    # --- the connection ---------------------------------------------------------------------------

    def _connect(self) -> None:
        self._client = AsyncCircusClient(self._context, self.endpoint, FOR_EVER)
        monitor = self._client.socket.get_monitor_socket(
            zmq.EVENT_CONNECTED | zmq.EVENT_DISCONNECTED
        )
        self._monitor = Mailbox(monitor, self._loop, self._connection)

    def _disconnect(self) -> None:
        self._client.socket.disable_monitor()
        self._monitor.close(0)
        self._client.stop()

    def _connection(self, frames: list[bytes]) -> None:
        """Hear of ZMQ that the daemon's endpoint is there, or gone."""
        if parse_monitor_message(frames)["event"] == zmq.EVENT_CONNECTED:
            self._stale_all()
            self._hurry.set()
            # what happened before the subscription to events had arrived is not missed for good
            self._loop.call_later(SETTLED, self._stale_all)
            return
        self._connection_lost()

    def _connection_lost(self) -> None:
        self._disconnect()
        self._connect()
        self._lost("has gone")

    def _lost(self, reason: str) -> None:
        told = self.mirror.up
        self.mirror.lost(reason)
        if told:
            logger.warning("circusd at %s %s", self.endpoint, reason)
            self.listener.daemon()

    async def _beats(self) -> None:
        """See whether the daemon answers, and how fast."""
        count = 0
        while True:
            began = self._loop.time()
            try:
                await self._ask("numwatchers", PATIENCE)
            except CallError:
                if self.mirror.up:
                    self._lost("does not answer")
            else:
                self.lag.note(self._loop.time() - began)
                count += 1
                if not self.mirror.up or (self.listener.looking and not count % WHOLE_EVERY):
                    self._stale_all()
            passed = self._loop.time() - began
            pace = BEAT if self.listener.looking else RESTING_BEAT
            await asyncio.sleep(max(BEAT, pace - passed))

    # --- events -----------------------------------------------------------------------------------

    def _heard(self, frames: list[bytes]) -> None:
        try:
            fields = json.loads(frames[1])
            name, event = fields["watcher"], frames[0].rpartition(b".")[2].decode()
            missed = self.mirror.heard(name, event, fields)
        except (IndexError, KeyError, TypeError, ValueError):
            logger.warning("cannot read an event: %.200r", frames)
            return
        self.listener.event(self.mirror.events[-1][1])
        if missed or event in {"add", "remove"} or name not in self.mirror.watchers:
            self._stale_all()
        elif event not in DULL:
            self._stale.add(name)
            self._due.set()

    def _stale_all(self) -> None:
        self._all = True
        self._due.set()

    # --- keeping the mirror -----------------------------------------------------------------------

    async def _keep(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            self._hurry.clear()
            whole = self._all or len(self._stale) > FEW
            names, self._stale, self._all = self._stale, set(), False
            try:
                await (self._ask_all() if whole else self._ask_some(names))
            except CallError as problem:
                logger.debug("cannot ask circusd at %s: %s", self.endpoint, problem)
                self._all = True
                if self.mirror.up:  # else it is asked when it is there again
                    self._due.set()
            pace = PACE if self.listener.looking else RESTING_PACE
            await self._rest(max(pace, WHOLE_PACE) if whole else pace)

    async def _rest(self, seconds: float) -> None:
        """Wait, unless somebody is in a hurry."""
        try:
            await asyncio.wait_for(self._hurry.wait(), seconds)
        except asyncio.TimeoutError:
            return

    async def _ask_all(self) -> None:
        answer = _good(await self._ask("status", PATIENCE, verbose=True, about=True), "statuses")
        changed, gone = self.mirror.told(answer, self._loop.time())
        if not self.mirror.up:
            info = _good(await self._ask("dstats", PATIENCE), "info")["info"]
            self.mirror.found(info, __version__)
            logger.info("circusd answers at %s", self.endpoint)
            self.listener.daemon()
            self.listener.fleet()
        elif changed or gone:
            self.listener.watchers(changed, gone)

    async def _ask_some(self, names: set[str]) -> None:
        asked = (self._ask("status", PATIENCE, name=one, verbose=True, about=True) for one in names)
        answers = await asyncio.gather(*asked)
        changed = []
        for name, answer in zip(names, answers, strict=True):
            if "behind" not in answer:  # it has been removed meanwhile
                self._stale_all()
            elif self.mirror.told_of(name, answer, self._loop.time()):
                changed.append(name)
        if changed:
            self.listener.watchers(changed, [])


def _good(answer: dict[str, Any], key: str) -> dict[str, Any]:
    """Return an answer that has an object under a key.

    :raises CallError: it is an error, as that of a daemon that has too much to do: it tells nothing
    """
    if answer.get("status") == "error" or not isinstance(answer.get(key), dict):
        raise CallError(f"circusd has answered without {key!r}: {answer.get('reason')}")
    return answer


def _heed(call: asyncio.Task[Any]) -> None:
    """Look at how a question ended: who asked may have been cancelled, and never look."""
    if not call.cancelled():
        call.exception()
