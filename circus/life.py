"""The life of an arbiter: from nothing to open endpoints and running watchers, and back.

Nothing belongs to a loop, and nothing of the operating system is touched, before
:meth:`Life.start`. The order of opening is that of spec §1.1.1: endpoints and sockets first, so
that a second daemon ends before it has launched anything. Closing goes the other way.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from signal import SIGKILL
from typing import TYPE_CHECKING, Any, cast

import zmq

from circus import commands, logger
from circus.collector import Collector
from circus.controller import Controller
from circus.core.messages import Hasten
from circus.crew import Crew
from circus.endings import Endings
from circus.endpoint import LINGER, ipc_path
from circus.forwarding import Forwarding
from circus.host.title import PROC_NAME, entitle
from circus.insight import Insight
from circus.loop import asyncio_loop
from circus.occupied import naming_holder
from circus.publisher import Publisher
from circus.reopening import Reopening
from circus.sighandler import SysHandler
from circus.sweeps import Sweeps
from circus.watcher import Watcher

if TYPE_CHECKING:
    from circus.commands.ports import Fleet

MOVING = frozenset({"add", "remove", "start", "stop"})
"""The events after which another number of watchers may be up."""

Callback = Callable[[asyncio.Future[Any]], Any]


class Life(Endings, Forwarding, Insight, Reopening):
    """What starts, can be told to do things, and ends: an arbiter."""

    endpoint: str | None
    pubsub_endpoint: str | None
    check_delay: float
    context: zmq.Context[zmq.Socket[bytes]] | None
    loop: Any
    umask: int | None
    pid: int
    owns_process: bool
    endpoint_owner: str | None
    proc_name: str
    debug_gc: bool
    ctrl: Controller | None
    on_open: Callable[[], None] | None
    on_close: Callable[[], None] | None
    _over: asyncio.Future[bool] | None
    _own_context: bool
    _collector: Collector | None = None

    @property
    def endpoint_owner_mode(self) -> bool:
        """Whether ``endpoint_owner`` has an effect: it owns the file of an ipc endpoint."""
        return self.endpoint_owner is not None and ipc_path(self.endpoint or "") is not None

    def start(self, cb: Callback | None = None) -> Any:
        """Start everything.

        Without a loop of the caller's: blocks until the arbiter has ended and returns whether it
        wants to be built anew; *cb* is called with a future once all watchers were started. With
        one: returns a future that is done when all watchers were started.

        :raises OSError: an endpoint or a socket cannot be bound; nothing was started
        :raises ValueError: there is no user *endpoint_owner*; nothing was started
        """
        if self.loop is not None:
            return self._begin(asyncio_loop(self.loop))
        loop = asyncio.new_event_loop()
        self.loop = loop
        try:
            return loop.run_until_complete(self._run(cb))
        except BaseException:
            self._emergency_stop()
            raise
        finally:
            self.loop = None
            loop.close()

    async def _run(self, cb: Callback | None) -> bool:
        started = self._begin(asyncio.get_running_loop())
        if cb is not None:
            started.add_done_callback(cb)
        assert self._over is not None
        return await self._over

    def _begin(self, loop: asyncio.AbstractEventLoop) -> asyncio.Future[None]:
        """Take the endpoints, sockets and children, and start the watchers."""
        self._over = loop.create_future()
        if self.owns_process or self.proc_name != PROC_NAME:
            entitle(self.proc_name)
        self.begin_life()
        if self.umask is not None:
            os.umask(self.umask)
        self.crew = Crew(loop, self.owns_process)
        if self.owns_process:
            self.crew.need_for(sum(one.numprocesses for one in self.watchers))
        self._collector = Collector(loop) if self.debug_gc else None
        self.sweeps = Sweeps(loop, self._machine, self.find_watcher, self._end)
        self.context = self.context or zmq.Context()
        self.publisher = Publisher(self.pubsub_endpoint, self.context)
        try:
            self._open()
        except Exception:
            self._close()
            raise
        self.running = True
        self.service.open(loop, self.statuses)
        if self.on_open is not None:
            self.on_open()
        logger.info("Arbiter now waiting for commands")
        return self.service.starting(self.sweeps.ask("start", None, first=True))

    def _open(self) -> None:
        with naming_holder(self.pubsub_endpoint):
            self.publisher.bind()
        self._open_control()
        logger.info("Starting master on pid %d", self.pid)
        self.sockets.bind_and_listen_all()
        if self.sockets:
            logger.info("sockets started")
        for watcher in self.watchers:
            self._attach(watcher)
        if self.owns_process:
            logger.info("Registering signals...")
            self._signals.start(self.loop)
        self.crew.deaths.start(self.check_delay)

    def _open_control(self) -> None:
        """Answer requests, if anywhere; a second daemon on the same endpoint ends here."""
        if self.endpoint is not None:
            assert self.context is not None
            fleet = cast("Fleet", self)  # an arbiter: its configuration is one room further up
            ends = self.endpoint, self.multicast_endpoint
            self.ctrl = Controller(
                *ends, self.context, self.loop, fleet, self.check_delay, self.endpoint_owner
            )
            self._signals = SysHandler(self.ctrl)
            commands.get_commands()  # every verb is known before the first request
            with naming_holder(self.endpoint):
                self.ctrl.start()

    def _attach(self, watcher: Watcher) -> None:
        watcher.initialize(self._announce, self.sockets, self, self.admit)
        watcher.attach(self.crew)
        self.heed(watcher)
        self.sweeps.add(watcher)

    def _announce(self, watcher: str, event: str, fields: Mapping[str, Any]) -> None:
        """Publish an event of a watcher; those that move its status concern the service."""
        self.publisher.announce(watcher, event, fields)
        if event in MOVING:
            self.service.news()

    def _end(self) -> None:
        """Close everything: the last process is gone."""
        self._close()
        self.running = False
        logger.info("Arbiter exiting")
        if self._over and not self._over.done():
            self._over.set_result(self._restarting)

    def _close(self) -> None:
        if self.on_close is not None:
            self.on_close()
        self.service.close()
        if self.ctrl is not None:
            self._signals.stop()
            self.ctrl.stop()
        self.sweeps.stop()
        if self._collector is not None:
            self._collector.close()
        for watcher in self.watchers:
            watcher.close()
        self.publisher.close()
        self.sockets.close_all()
        self.crew.close()
        if self._own_context and self.context is not None:
            self.context.destroy(LINGER)
            self.context = None

    def _emergency_stop(self) -> None:
        """Kill every process and close everything: nobody is left who could do it in order."""
        if not self.running:
            return
        logger.critical("Emergency stop: the main loop has ended by an error")
        for watcher in self.watchers:
            families = self.crew.kin.members(watcher.processes)
            for pid in watcher.processes:
                self.crew.children.signal(pid, SIGKILL)
                self.crew.kin.signal(pid, families.get(pid, ()), SIGKILL)
        self.running = False
        self._close()

    def hasten(self) -> None:
        """End every grace now: what still runs is killed."""
        for watcher in self.watchers:
            watcher.feed(Hasten())
