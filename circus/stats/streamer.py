"""circusd-stats at work: follows the events of a daemon, and samples its processes each second.

The streamer knows which pids belong to which watcher: it asks the daemon once, then follows its
events; a gap in their numbers (the PUB socket drops messages in a burst) makes it ask anew. One
timer samples everything, and only while somebody listens: with no subscriber nothing is read.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Mapping
from typing import Any

import zmq

from circus import logger
from circus.aclient import AsyncCircusClient
from circus.consumer import CircusConsumer
from circus.endpoint import Mailbox
from circus.exc import CallError
from circus.loop import asyncio_loop
from circus.spec.statistics import HELPERS, NAME
from circus.stats.collector import CIRCUS, Collector, SocketStatsCollector, WatcherStatsCollector
from circus.stats.publisher import StatsPublisher
from circus.stats.sample import Sampler

SIGNALS = (signal.SIGHUP, signal.SIGQUIT, signal.SIGINT, signal.SIGTERM, signal.SIGWINCH)
"""All of them end it (spec §1.3)."""


class StatsStreamer:
    """Samples the processes of a daemon and publishes what they cost.

    :param endpoint, pubsub_endpoint: of the daemon
    :param stats_endpoint: where samples are published
    :param ssh_server: ``user@host:port``, through which the daemon is reached
    :param delay: seconds between two samples
    :param loop: an asyncio or tornado loop; None: :meth:`start` makes one and blocks
    :raises OSError: the stats endpoint cannot be bound
    :raises CallError: the daemon's endpoints make no sense
    """

    def __init__(
        self,
        endpoint: str,
        pubsub_endpoint: str,
        stats_endpoint: str,
        ssh_server: str | None = None,
        delay: float = 1.0,
        loop: Any = None,
    ) -> None:
        self.endpoint, self.pubsub_endpoint = endpoint, pubsub_endpoint
        self.delay = delay
        self.loop = loop
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.sampler = Sampler()
        self.circus_pids: dict[int, str] = {}
        self.sockets: list[tuple[int, str]] = []
        self._pids: dict[str, set[int]] = {}
        self._callbacks: dict[str, Collector] = {}
        self._seq: int | None = None
        self._stale = True
        self._listing: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._over: asyncio.Future[None] | None = None
        try:
            self.publisher = StatsPublisher(stats_endpoint, self.context)
            self.client = AsyncCircusClient(self.context, endpoint, ssh_server=ssh_server)
            self.consumer = CircusConsumer(
                ["watcher."], self.context, pubsub_endpoint, ssh_server=ssh_server
            )
        except BaseException:
            self.context.destroy(0)
            raise

    # --- what it knows ----------------------------------------------------------------------------

    def get_watchers(self) -> list[str]:
        """Return the names of the watchers that have processes."""
        return [name for name, pids in self._pids.items() if pids]

    def get_pids(self, watcher: str | None = None) -> list[int]:
        """Return the pids of a watcher, or of all of them."""
        if watcher is not None:
            return sorted(self._pids.get(watcher, ()))
        return sorted(pid for pids in self._pids.values() for pid in pids)

    def get_circus_pids(self) -> dict[int, str]:
        """Return the pids of circusd and of its helpers, with what they are."""
        helpers = {pid: name for name in HELPERS for pid in self._pids.get(name, ())}
        return {**self.circus_pids, os.getpid(): NAME, **helpers}

    def append_pid(self, watcher: str, pid: int) -> None:
        """Know a process of a watcher."""
        self._pids.setdefault(watcher, set()).add(pid)

    def remove_pid(self, watcher: str, pid: int) -> None:
        """Forget a process that is gone."""
        self._pids.get(watcher, set()).discard(pid)
        self.sampler.forget(pid)

    def about(self) -> Mapping[str, Any]:
        """Return where the daemon can be asked, which the samples of the group ``circus`` tell."""
        return {"endpoint": self.endpoint, "pubsub_endpoint": self.pubsub_endpoint}

    # --- life -------------------------------------------------------------------------------------

    def start(self) -> Any:
        """Sample until :meth:`stop`: blocks without a loop, returns a task with one."""
        if self.loop is None:
            return asyncio.run(self._run(signals=True))
        return asyncio_loop(self.loop).create_task(self._run())

    def stop(self) -> None:
        """End."""
        if self._over is not None and not self._over.done():
            self._over.set_result(None)

    async def _run(self, *, signals: bool = False) -> None:
        loop = asyncio.get_running_loop()
        self._over = loop.create_future()
        for number in SIGNALS if signals else ():
            loop.add_signal_handler(number, self.stop)
        events = Mailbox(self.consumer.pubsub_socket, loop, self._heard)
        self.publisher.watch(loop, self._audience)
        logger.info("circusd-stats publishes at %s", self.publisher.stats_endpoint)
        self._ask()
        # an event that came before the subscription had arrived is not missed for good
        again = loop.call_later(self.delay, self._ask)
        try:
            await self._over
        finally:
            again.cancel()
            self._rest()
            if self._listing is not None:
                self._listing.cancel()
                await asyncio.wait([self._listing])
            events.close(0)
            self.client.stop()
            self.publisher.stop()
            self.context.destroy(0)

    # --- sampling ---------------------------------------------------------------------------------

    def _audience(self) -> None:
        """Sample while somebody listens, and only then."""
        if not self.publisher.heard:
            self._rest()
        elif self._timer is None:
            self._tick()

    def _tick(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self.delay, self._tick)
        for name in self.get_watchers():
            if name not in HELPERS:
                self._collector(name, WatcherStatsCollector).publish()
        self._collector(CIRCUS, WatcherStatsCollector).publish()
        if self.sockets:
            self._collector("sockets", SocketStatsCollector).publish()

    def _collector(self, name: str, kind: type[Collector]) -> Collector:
        if name not in self._callbacks:
            self._callbacks[name] = kind(self, name)
        return self._callbacks[name]

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for collector in self._callbacks.values():
            collector.stop()

    # --- following the daemon ---------------------------------------------------------------------

    def _heard(self, message: list[bytes]) -> None:
        """Take note of an event."""
        fields = json.loads(message[1])
        name, event = fields["watcher"], message[0].rpartition(b".")[2].decode()
        if self._seq is not None and fields["seq"] != self._seq + 1:
            self._ask()
        self._seq = fields["seq"]
        if event == "spawn":
            self.append_pid(name, fields["process_pid"])
        elif event == "reap":
            self.remove_pid(name, fields["process_pid"])
        elif event in {"stop", "remove"}:
            self._forget(name)

    def _forget(self, name: str) -> None:
        for pid in self._pids.pop(name, ()):
            self.sampler.forget(pid)
        self._callbacks.pop(name, None)

    def _ask(self) -> None:
        """Ask the daemon for everything, once more if it is being asked already."""
        self._stale = True
        if self._listing is None or self._listing.done():
            self._listing = asyncio.get_running_loop().create_task(self._list())

    async def _list(self) -> None:
        while self._stale:
            self._stale = False
            try:
                await self._initialize()
            except CallError as problem:
                logger.warning("cannot ask circusd at %s: %s", self.endpoint, problem)
                self._stale = True
                await asyncio.sleep(self.delay)

    async def _initialize(self) -> None:
        """Ask the daemon for its watchers, their processes, its sockets and its own pid."""
        names = (await self._said("status", about=True)).get("about", {})
        for name, about in names.items():
            self._pids[name] = set(map(int, about["pids"]))
        for name in set(self._pids) - set(names):
            self._forget(name)
        info = (await self._said("dstats")).get("info", {})
        self.circus_pids = {info["pid"]: "circusd"} if isinstance(info, dict) else {}
        found = (await self._said("listsockets")).get("sockets", ())
        self.sockets = [(one["fd"], _address(one)) for one in found]

    async def _said(self, command: str, **properties: Any) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = await self.client.send_message(command, **properties)
        return answer


def _address(one: Mapping[str, Any]) -> str:
    """Return a socket's address as its answer has it: a path, or host and port."""
    return str(one["path"]) if one.get("path") else f"{one.get('host')}:{one.get('port')}"
