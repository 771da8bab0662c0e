"""The arbiter: the daemon's object, which owns watchers, sockets and endpoints.

Nothing belongs to a loop, and nothing of the operating system is touched, before
:meth:`Arbiter.start`. Without a loop of the caller's, ``start`` makes one and blocks until the
arbiter has ended; with one it returns a future.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, TypeVar

import zmq

from circus import logger, logs, plugged
from circus.config import Loaded, as_mapping, load
from circus.core.fleet import FleetMachine
from circus.embedding import Embedded
from circus.exc import AlreadyExist, MessageError
from circus.forwarding import chosen
from circus.handover import ARBITER_VERBS, hand_over
from circus.host.title import PROC_NAME
from circus.kept.arbiter import Kept
from circus.loop import asyncio_loop, done
from circus.notify import Service
from circus.reconfigure import Swap
from circus.sockets import CircusSocket, CircusSockets
from circus.sockets.activation import Activation
from circus.spec.door import Door
from circus.spec.model import DaemonSpec, FleetSpec, PluginSpec
from circus.spec.options.circus import CIRCUS
from circus.spec.statistics import ENDPOINT as STATS
from circus.watcher import Watcher

Callback = Callable[[asyncio.Future[Any]], Any]
A = TypeVar("A", bound="Arbiter")

PATIENCE = 0.2
"""Seconds between two looks of who waits for the end of a thread."""
FROM_FILE = (
    *("statsd", "stats_endpoint", "statsd_close_outputs"),
    *("httpd", "httpd_host", "httpd_port", "httpd_close_outputs"),
    *("httpd_token", "httpd_token_file", "httpd_hosts"),
    *("warmup_delay", "umask", "fqdn_prefix", "pidfile", "debug", *logs.OPTIONS),
    *("multicast_endpoint", "endpoint_owner", "debug_gc"),
    *("exit_when", "forward_signals"),
)
"""Options of ``[circus]`` that are arguments of the constructor by the same name."""


class Arbiter(Embedded, Kept):
    """A fleet of watchers with its endpoints.

    ``async with Arbiter([…]) as arbiter:`` runs it for as long as the block does.

    :param watchers: Watcher objects
    :param endpoint, pubsub_endpoint: where requests are answered, where events are published;
        None: nowhere
    :param check_delay: seconds between two looks at what the kernel cannot tell; zero or less: a
        death is noticed only when :meth:`reap_processes` or :meth:`manage_watchers` is called
    :param prereload_fn: called with the arbiter before everything is reloaded
    :param context: the ZMQ context; one of its own if None
    :param loop: an asyncio or tornado loop; if None, :meth:`start` makes one and blocks
    :param multicast_endpoint: ``udp://GROUP:PORT``, where who looks for the daemon is answered
    :param endpoint_owner: the user who owns the file of an ipc endpoint; ``add`` then asks for
        watchers with that very ``uid``
    :param debug_gc: what the garbage collector finds is logged
    :param proc_name: the title of circusd's process, where the package setproctitle is installed;
        another title is given to a program that embeds Circus as well
    :param exit_when: ``never``, ``essential-fails`` or ``all-done`` (:mod:`circus.core.ending`);
        :attr:`exit_code` holds afterwards what it came to
    :param forward_signals: numbers of signals that are sent on to the processes, if the signals are
        ours at all; None: what suits the place
    :param statsd: circusd-stats is run as a watcher, as it is with *stats_endpoint*
    :param stats_endpoint: where it publishes
    :param statsd_close_outputs: its output goes to /dev/null
    :param httpd: the web console, circushttpd, is run as a watcher
    :param httpd_host, httpd_port: where it is served
    :param httpd_close_outputs: its output goes to /dev/null
    :param httpd_token, httpd_token_file: what opens it, or the file with that; one is made if both
        are None, which has to do on this machine alone
    :param httpd_hosts: further names that it answers to, a list or a text with blanks; with the
        port unless it is the standard one
    :param plugins: mappings with ``use`` (the path of a class), perhaps ``name``, and options
    :param sockets: CircusSocket objects
    :param warmup_delay: seconds between the starts of two watchers
    :param umask: of this process and its children, or None to leave it alone
    :param fqdn_prefix: ``fqdn`` is this, ``@`` and the host's name
    :raises ValueError, ImportError: something is asked for that cannot be had
    """

    def __init__(
        self,
        watchers: Iterable[Watcher],
        endpoint: str | None = None,
        pubsub_endpoint: str | None = None,
        check_delay: float = 1.0,
        prereload_fn: Callable[[Any], Any] | None = None,
        context: zmq.Context[zmq.Socket[bytes]] | None = None,
        loop: Any = None,
        statsd: bool = False,
        stats_endpoint: str | None = None,
        statsd_close_outputs: bool = False,
        multicast_endpoint: str | None = None,
        plugins: Iterable[PluginSpec | Mapping[str, Any]] | None = None,
        sockets: Iterable[CircusSocket] | None = None,
        warmup_delay: float = 0,
        httpd: bool = False,
        httpd_host: str = DaemonSpec.httpd_host,
        httpd_port: int = DaemonSpec.httpd_port,
        httpd_close_outputs: bool = False,
        debug: bool = False,
        debug_gc: bool = False,
        ssh_server: str | None = None,
        proc_name: str = PROC_NAME,
        pidfile: str | None = None,
        loglevel: str | None = None,
        logoutput: str | None = None,
        loggerconfig: str | None = None,
        fqdn_prefix: str | None = None,
        umask: int | None = None,
        endpoint_owner: str | None = None,
        *,
        exit_when: str = "never",
        forward_signals: Iterable[int] | None = None,
        httpd_token: str | None = None,
        httpd_token_file: str | None = None,
        httpd_hosts: str | Sequence[str] = (),
    ) -> None:
        self.httpd, self.httpd_close_outputs = httpd, httpd_close_outputs
        self.httpd_host, self.httpd_port = httpd_host, httpd_port
        self.multicast_endpoint, self.endpoint_owner = multicast_endpoint, endpoint_owner
        self.debug, self.debug_gc = debug, debug_gc
        ends = (endpoint, pubsub_endpoint, check_delay)
        self.plugin_home = plugged.Home(*ends, loglevel, logoutput, debug, ssh_server)
        helpers = plugged.watchers(plugins or (), self.plugin_home)
        if statsd or stats_endpoint is not None:
            self.stats_endpoint = stats_endpoint or STATS
            home = self.plugin_home
            helpers.append(plugged.stats(home, self.stats_endpoint, statsd_close_outputs))
        if httpd:
            hosts = CIRCUS["httpd_hosts"].kind.accept("httpd_hosts", httpd_hosts)
            door = Door(httpd_host, httpd_port, httpd_token, httpd_token_file, hosts)
            self.console = plugged.Console(self.plugin_home, door, httpd_close_outputs)
            helpers.append(self.console.watcher)
        super().__init__([*watchers, *helpers], CircusSockets(sockets))
        self.endpoint, self.pubsub_endpoint = endpoint, pubsub_endpoint
        self.check_delay, self.warmup_delay = check_delay, warmup_delay
        self.prereload_fn = prereload_fn
        self.context, self.loop = context, loop
        self.umask = umask
        self.exit_when = CIRCUS["exit_when"].kind.check("exit_when", exit_when)
        self.forwards = chosen(forward_signals)
        self.service = Service()
        self.ssh_server = ssh_server
        self.pidfile, self.proc_name = pidfile, proc_name
        self.loglevel, self.logoutput, self.loggerconfig = loglevel, logoutput, loggerconfig
        self.pid = os.getpid()
        host = os.uname().nodename
        self.fqdn = f"{fqdn_prefix}@{host}" if fqdn_prefix else host
        self.config_file: str | None = None
        self.successor: Loaded | None = None
        """What circusd builds another arbiter from when this one was told to restart."""
        self.loaded = FleetSpec()  # the configuration that was loaded last
        self._machine = FleetMachine(warmup_delay)
        self.prepare()

    @classmethod
    def load_from_config(cls: type[A], config_file: str, loop: Any = None) -> A:  # noqa: PYI019 - Self is newer than Python 3.10
        """Build the arbiter that a file asks for.

        :raises OSError: the file cannot be read
        :raises ConfigError: with everything that is wrong with it
        """
        arbiter = cls.from_spec(load(config_file).accepted(), loop)
        arbiter.config_file = config_file
        return arbiter

    @classmethod
    def from_spec(  # noqa: PYI019 - likewise
        cls: type[A],
        fleet: FleetSpec,
        loop: Any = None,
        activation: Activation | None = None,
        **instead: Any,
    ) -> A:
        """Build the arbiter that a checked configuration asks for, with what it was started with.

        :param instead: options of ``[circus]`` that are given elsewhere
        :raises OSError: a socket cannot be made
        """
        daemon = fleet.daemon
        made = cls(
            [Watcher.from_spec(spec, patient=True) for spec in fleet.watchers],
            daemon.endpoint,
            daemon.pubsub_endpoint,
            daemon.check_delay,
            loop=loop,
            plugins=fleet.plugins,
            sockets=(activation or Activation()).give(fleet.sockets),
            **{**{name: getattr(daemon, name) for name in FROM_FILE}, **instead},
        )
        made.stats_endpoint = daemon.stats_endpoint or STATS
        made.loaded = fleet
        return made

    # --- its configuration ------------------------------------------------------------------------

    def plan_config(self) -> dict[str, Any]:
        """Return what :meth:`reload_from_config` would do; ConfigError if the file is refused."""
        return self._swap(None).plan()

    def reload_from_config(
        self, config_file: str | None = None, inside_circusd: bool = False
    ) -> asyncio.Future[dict[str, Any]]:
        """Take what a file says now; the future holds what was done when every goal is met.

        :param config_file: the file; None: the one that was loaded
        :param inside_circusd: taken for compatibility
        :raises ConfigError: with everything that is wrong; nothing has changed
        """
        del inside_circusd
        self.admit("reloadconfig")
        swap = self._swap(config_file)
        swap.prepare()
        if needs := swap.needs_restart():
            logger.warning("circusd has to be restarted for: %s", ", ".join(needs))
        self.loaded = swap.outcome()
        done = self.crew.tasks.start("reloadconfig", swap.follow(swap.carry_out()))
        return self.service.moving("reloadconfig", done)

    @property
    def _cfg(self) -> dict[str, Any]:
        """What was loaded last, as :func:`circus.config.get_config` returns it."""
        return as_mapping(self.loaded)

    def _swap(self, config_file: str | None) -> Swap:
        path = config_file or self.config_file
        if path is None:
            raise MessageError("cannot reload the configuration: there is no file")
        old, new = (
            plugged.hosted(one, self.plugin_home) for one in (self.loaded, load(path).accepted())
        )
        return Swap(self, old, new)

    # --- watchers ---------------------------------------------------------------------------------

    def add_watcher(self, name: str, cmd: str, **kw: Any) -> Watcher:
        """Add a watcher, not started.

        :raises AlreadyExist: there is one of that name, in any case
        """
        self.admit("add")
        if name.lower() in self._watchers_names:
            raise AlreadyExist(f"{name!r} already exist")
        watcher = Watcher(name, cmd, **kw)
        self.take_watcher(watcher)
        if self.running:
            watcher.notify_event("add", {})
        return watcher

    def take_watcher(self, watcher: Watcher) -> None:
        """Know one more watcher."""
        self.enlist(watcher)
        if self.running:
            if self.owns_process:
                self.crew.need_for(sum(one.numprocesses for one in self.watchers))
            self._attach(watcher)

    def rm_watcher(self, name: str, nostop: bool = False) -> Any:
        """Forget a watcher at once; the future is done when it is stopped.

        :param nostop: its processes run on, and are reaped when they end
        """
        watcher = self.get_watcher(name)
        self.admit("rm", watcher.name)
        watcher.notify_event("remove", {})
        self.strike(watcher)
        self._machine.remove(watcher.name)
        gone = watcher.abandon() if nostop else watcher.stop_as("rm")
        if not nostop:
            gone.add_done_callback(lambda _: watcher.close())
        self.forget(watcher, gone)
        return gone

    def reap_processes(self) -> None:
        """Notice the deaths that there were, where *check_delay* keeps the kernel from telling."""
        self.crew.deaths.collect()

    def manage_watchers(self) -> asyncio.Future[None]:
        """Do the same, and return a future that is done."""
        self.reap_processes()
        return done(self.crew.loop)


class ThreadedArbiter(threading.Thread, Arbiter):
    """An arbiter that runs in a thread of its own. Its arguments are those of :class:`Arbiter`.

    A *loop* that it is given is run by that thread, and left open afterwards.
    """

    def __init__(self, *args: Any, **kw: Any) -> None:
        threading.Thread.__init__(self, name="circus")
        Arbiter.__init__(self, *args, **kw)
        self._loop_given = False  # nobody but us runs it
        self._opened: Future[None] = Future()

    def start(self, cb: Callback | None = None) -> None:
        """Start it, and return when it serves.

        :param cb: called in its thread with a future once all watchers were started
        :raises OSError: an endpoint or a socket cannot be bound; nothing was started
        :raises ValueError: its loop runs already, in another thread
        """
        if self.loop is not None and asyncio_loop(self.loop).is_running():
            raise ValueError("cannot run in a thread of its own: the loop runs in another one")
        self._started_by = cb
        threading.Thread.start(self)
        self._opened.result()

    def run(self) -> None:
        """Run it; called in its thread."""
        before, self.on_open = self.on_open, self._serves
        self._before = before
        try:
            Arbiter.start(self, self._started_by)
        except BaseException as error:
            if self._opened.done():
                raise
            self._opened.set_exception(error)
        finally:
            self.on_open = before

    def stop(self) -> Any:
        """End it.

        In another thread: returns when it has ended. In its own: returns a future, as
        :meth:`Arbiter.stop` does.

        :raises ConflictError: the embedding program forbids it
        """
        if threading.current_thread() is self:
            return Arbiter.stop(self)
        stopped: Any = Arbiter.stop(self) if self.is_alive() and self.running else None
        while stopped is not None and self.is_alive():
            # the loop may have ended before it had heard of us: then nobody answers
            with contextlib.suppress(TimeoutError, FutureTimeout):
                stopped.result(PATIENCE)
                break
        self.join()
        return None

    def _serves(self) -> None:
        if self._before is not None:
            self._before()
        self._opened.set_result(None)


hand_over(Arbiter, ARBITER_VERBS, "add_watcher")
