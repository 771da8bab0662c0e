"""The life of an arbiter: from nothing to open endpoints and running watchers, and back.

Nothing belongs to a loop, and nothing of the operating system is touched, before
:meth:`Life.start`. The order of opening is that of spec §1.1.1: endpoints and sockets first, so
that a second daemon ends before it has launched anything. Closing goes the other way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from signal import SIGKILL
from typing import TYPE_CHECKING, Any, cast

import zmq
from tornado.ioloop import IOLoop

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
from circus.plugged import Console
from circus.publisher import Publisher
from circus.reopening import Reopening
from circus.sighandler import SysHandler
from circus.sweeps import Sweeps
from circus.umasking import Umask
from circus.watcher import Watcher

if TYPE_CHECKING:
    from circus.commands.ports import Fleet

MOVING = frozenset({"add", "remove", "start", "stop"})
"""The events after which another number of watchers may be up."""

Callback = Callable[[asyncio.Future[Any]], Any]


LAST_TURNS = 10
"""Turns of the loop in which those in other threads who asked for the end hear of it."""


class Life(Endings, Forwarding, Insight, Reopening):
    """What starts, can be told to do things, and ends: an arbiter."""

    endpoint: str | None
    pubsub_endpoint: str | None
    check_delay: float
    context: zmq.Context[zmq.Socket[bytes]] | None
    loop: Any
    umask: int | None
    pid: int
    multicast_endpoint: str | None
    endpoint_owner: str | None
    proc_name: str
    debug_gc: bool
    ctrl: Controller
    console: Console | None = None
    """The web console, if there is one."""
    on_open: Callable[[], None] | None = None
    """Called once the endpoints and sockets are bound, before anything is launched."""
    on_close: Callable[[], None] | None = None
    """Called when the last process is gone, before the signals are given back."""
    owns_process = False
    """Whether this process is circusd: its limits are ours to set."""
    running = False
    _over: asyncio.Future[bool] | None = None
    _exclusive_running_command: str | None = None
    _restarting = False
    _collector: Collector | None = None
    _worn = Umask(None)
    _blocking = False
    """Whether :meth:`start` runs the loop: then the signals are ours as well."""

    @property
    def endpoint_owner_mode(self) -> bool:
        """Whether ``endpoint_owner`` has an effect: it owns the file of an ipc endpoint."""
        return self.endpoint_owner is not None and ipc_path(self.endpoint or "") is not None

    def prepare(self) -> None:
        """Get ready to be started; nothing belongs to a loop yet."""
        self._own_context = self.context is None
        self._loop_given = self.loop is not None
        fleet = cast("Fleet", self)  # an arbiter: its configuration is one room further up
        ends = self.endpoint, self.multicast_endpoint
        # whoever embeds an arbiter may give it another loop, and its controller too, until start
        self.ctrl = Controller(
            *ends, self.context, self.loop, fleet, self.check_delay, self.endpoint_owner
        )

    def start(self, cb: Callback | None = None) -> Any:
        """Start everything.

        Without a loop of the caller's, or with one that was put into ``loop`` after construction
        and does not run: blocks until the arbiter has ended, and returns a future that holds
        whether it wants to be built anew; *cb* is called with a future once all watchers were
        started. In the main thread the signals of spec §1.1.6 are the arbiter's for so long. With
        a loop, or where one runs: returns a future that is done when all watchers were started.

        :raises OSError: an endpoint or a socket cannot be bound; nothing was started
        :raises ValueError: there is no user *endpoint_owner*; nothing was started
        """
        own = self.loop is None
        self._ensure_ioloop()
        loop = asyncio_loop(self.loop)
        self._blocking = not (self._loop_given or loop.is_running())
        if not self._blocking:
            return self._begin(loop)
        try:
            loop.run_until_complete(self._run(cb))
            self.start_io_loop()
        except BaseException:
            self._emergency_stop()
            raise
        finally:
            if own:
                self._let_go()
        return self._over

    async def _run(self, cb: Callback | None) -> None:
        started = self._begin(asyncio.get_running_loop())
        if cb is not None:
            started.add_done_callback(cb)

    def start_io_loop(self) -> None:
        """Run the loop until the arbiter has ended. If it is stopped before that, so is all."""
        loop, over = asyncio_loop(self.loop), self._over
        assert over is not None
        if over.done():
            return

        def end(_: object) -> None:
            loop.stop()

        over.add_done_callback(end)
        loop.run_forever()
        if not over.done():
            over.remove_done_callback(end)
            loop.run_until_complete(self._stopped(over))
        loop.run_until_complete(_told())

    async def _stopped(self, over: asyncio.Future[bool]) -> None:
        """Stop everything; a subclass may do that in a coroutine."""
        await self.quit()
        await over

    def _ensure_ioloop(self) -> None:
        """Have a loop: the one that was given, the one that runs here, or a new one."""
        if self.loop is None:
            try:
                self.loop = asyncio.get_running_loop()
            except RuntimeError:
                self.loop = IOLoop(make_current=False)
        self.ctrl.loop = self.loop

    def _let_go(self) -> None:
        """Close a loop of our own, and be ready for another start."""
        loop, self.loop, self.ctrl.loop = self.loop, None, None
        loop.close()

    def _begin(self, loop: asyncio.AbstractEventLoop) -> asyncio.Future[None]:
        """Take the endpoints, sockets and children, and start the watchers."""
        self._over = loop.create_future()
        if self.owns_process or self.proc_name != PROC_NAME:
            entitle(self.proc_name)
        self.initialize(loop)
        self.running = True
        if self.on_open is not None:
            self.on_open()
        logger.info("Arbiter now waiting for commands")
        return self.service.starting(self.sweeps.ask("start", None, first=True))

    def initialize(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        """Open everything: endpoints, sockets, and what watchers work with; start none of them.

        :raises OSError: an endpoint or a socket cannot be bound; nothing is left open
        """
        self._ensure_ioloop()
        loop = loop or asyncio_loop(self.loop)
        self.begin_life()
        self._worn = Umask(self.umask)
        self._worn.wear()
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
        self.service.open(loop, self.statuses)

    def _open(self) -> None:
        with naming_holder(self.pubsub_endpoint, wait=self.owns_process):
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
        if self.owns_process or self._blocking:
            logger.info("Registering signals...")
            self._signals.start(self.loop)
        self.crew.deaths.start(self.check_delay)

    def _open_control(self) -> None:
        """Answer requests, if anywhere; a second daemon on the same endpoint ends here."""
        assert self.context is not None
        self.ctrl.context = self.context
        self._signals = SysHandler(self.ctrl)
        commands.get_commands()  # every verb is known before the first request
        with naming_holder(self.endpoint, wait=self.owns_process):
            self.ctrl.start()

    def _attach(self, watcher: Watcher) -> None:
        watcher.initialize(self.publisher.socket, self.sockets, self)
        watcher.join(self._announce, self.admit)
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
        if self.console is not None:
            self.console.close()
        if hasattr(self, "_signals"):
            self._signals.stop()
        self.ctrl.stop()
        self.sweeps.stop()
        if self._collector is not None:
            self._collector.close()
        for watcher in self.watchers:
            watcher.close()
        self.publisher.close()
        self.sockets.close_all()
        self._worn.take_off()
        self.crew.close()
        if self._own_context and self.context is not None:
            self.context.destroy(LINGER)
            self.context = None
        if not self._loop_given and not self._blocking:
            self.loop = self.ctrl.loop = None  # the next start may be in another one

    def _emergency_stop(self) -> None:
        """Kill every process and close everything: nobody is left who could do it in order."""
        if not self.running:
            return
        logger.critical("Emergency stop: the main loop has ended by an error")
        for watcher in self.watchers:
            for pid, family in self.crew.kin.members(watcher.processes).items():
                self.crew.kin.signal(pid, family, SIGKILL)
            for pid in watcher.processes:
                self.crew.children.signal(pid, SIGKILL)
        self.running = False
        self._close()

    def hasten(self) -> None:
        """End every grace now: what still runs is killed."""
        for watcher in self.watchers:
            watcher.feed(Hasten())


async def _told() -> None:
    for _ in range(LAST_TURNS):
        await asyncio.sleep(0)
