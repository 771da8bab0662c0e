"""The life of an arbiter: from nothing to open endpoints and running watchers, and back.

Nothing belongs to a loop, and nothing of the operating system is touched, before
:meth:`Life.start`. The order of opening is that of spec §1.1.1: endpoints and sockets first, so
that a second daemon ends before it has launched anything. Closing goes the other way.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import zmq

from circus import commands, logger
from circus.controller import Controller
from circus.core.messages import Hasten
from circus.crew import Crew
from circus.endpoint import LINGER
from circus.insight import Insight
from circus.loop import asyncio_loop
from circus.plugged import Console
from circus.publisher import Publisher
from circus.reopening import Reopening
from circus.roster import Roster
from circus.sighandler import SysHandler
from circus.sweeps import Sweeps
from circus.verbs import Verbs
from circus.watcher import Watcher

if TYPE_CHECKING:
    from circus.commands.ports import Fleet

Callback = Callable[[asyncio.Future[Any]], Any]


class Life(Verbs, Roster, Insight, Reopening):
    """What starts, can be told to do things, and ends: an arbiter."""

    endpoint: str | None
    pubsub_endpoint: str | None
    check_delay: float
    context: zmq.Context[zmq.Socket[bytes]] | None
    loop: Any
    umask: int | None
    pid: int
    owns_process: bool
    ctrl: Controller | None
    on_open: Callable[[], None] | None
    on_close: Callable[[], None] | None
    console: Console | None = None
    """The web console, if there is one."""
    _over: asyncio.Future[bool] | None
    _own_context: bool

    def start(self, cb: Callback | None = None) -> Any:
        """Start everything.

        Without a loop of the caller's: blocks until the arbiter has ended and returns whether it
        wants to be built anew; *cb* is called with a future once all watchers were started. With
        one: returns a future that is done when all watchers were started.

        :raises OSError: an endpoint or a socket cannot be bound; nothing was started
        """
        if self.loop is not None:
            return self._begin(asyncio_loop(self.loop))
        loop = asyncio.new_event_loop()
        self.loop = loop
        try:
            return loop.run_until_complete(self._run(cb))
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
        if self.umask is not None:
            os.umask(self.umask)
        self.crew = Crew(loop, self.owns_process)
        if self.owns_process:
            self.crew.need_for(sum(one.numprocesses for one in self.watchers))
        self.sweeps = Sweeps(loop, self._machine, self.find_watcher, self._end)
        self.context = self.context or zmq.Context()
        self.publisher = Publisher(self.pubsub_endpoint, self.context)
        try:
            self._open()
        except OSError:
            self._close()
            raise
        self.running = True
        if self.on_open is not None:
            self.on_open()
        logger.info("Arbiter now waiting for commands")
        return self.sweeps.ask("start", None, first=True)

    def _open(self) -> None:
        self.publisher.bind()
        self._open_control()
        logger.info("Starting master on pid %d", self.pid)
        if self.console is not None:
            self.console.add_socket(self.sockets)
        self.sockets.bind_and_listen_all()
        if self.sockets:
            logger.info("sockets started")
        if self.console is not None:
            self.console.open(self.sockets)
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
            self.ctrl = Controller(
                self.endpoint, None, self.context, self.loop, fleet, self.check_delay
            )
            self._signals = SysHandler(self.ctrl)
            commands.get_commands()  # every verb is known before the first request
            self.ctrl.start()

    def _attach(self, watcher: Watcher) -> None:
        watcher.initialize(self.publisher.announce, self.sockets, self, self.admit)
        watcher.attach(self.crew)
        self.sweeps.add(watcher)

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
        if self.console is not None:
            self.console.close()
        if self.ctrl is not None:
            self._signals.stop()
            self.ctrl.stop()
        self.sweeps.stop()
        for watcher in self.watchers:
            watcher.close()
        self.publisher.close()
        self.sockets.close_all()
        self.crew.close()
        if self._own_context and self.context is not None:
            self.context.destroy(LINGER)
            self.context = None

    def hasten(self) -> None:
        """End every grace now: what still runs is killed."""
        for watcher in self.watchers:
            watcher.feed(Hasten())
