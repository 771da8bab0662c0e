"""The arbiter: the daemon's object, which owns watchers, sockets and endpoints.

Nothing belongs to a loop, and nothing of the operating system is touched, before
:meth:`Arbiter.start`. Without a loop of the caller's, ``start`` makes one and blocks until the
arbiter has ended; with one it returns a future.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import zmq

from circus import logs, plugged
from circus.config import load
from circus.controller import Controller
from circus.core.fleet import FleetMachine
from circus.exc import AlreadyExist, MessageError
from circus.handover import ARBITER_VERBS, hand_over
from circus.life import Life
from circus.reconfigure import Swap
from circus.sockets import CircusSocket, CircusSockets
from circus.sockets.activation import Activation
from circus.spec.door import Door
from circus.spec.model import DaemonSpec, FleetSpec, PluginSpec
from circus.spec.statistics import ENDPOINT as STATS
from circus.watcher import Watcher

Callback = Callable[[asyncio.Future[Any]], Any]

FROM_FILE = (
    *("statsd", "stats_endpoint", "statsd_close_outputs"),
    *("httpd", "httpd_host", "httpd_port", "httpd_close_outputs"),
    *("httpd_token", "httpd_token_file", "httpd_hosts"),
    *("warmup_delay", "umask", "fqdn_prefix", "pidfile", "debug", *logs.OPTIONS),
)
"""Options of ``[circus]`` that are arguments of the constructor by the same name."""


class Arbiter(Life):
    """A fleet of watchers with its endpoints.

    :param watchers: Watcher objects
    :param endpoint, pubsub_endpoint: where requests are answered, where events are published
    :param check_delay: seconds between two looks at what the kernel cannot tell; zero or less: a
        death is noticed only when :meth:`reap_processes` or :meth:`manage_watchers` is called
    :param prereload_fn: called with the arbiter before everything is reloaded
    :param context: the ZMQ context; one of its own if None
    :param loop: an asyncio or tornado loop; if None, :meth:`start` makes one and blocks
    :param sockets: CircusSocket objects
    :param warmup_delay: seconds between the starts of two watchers
    :param umask: of this process and its children, or None to leave it alone
    :param fqdn_prefix: ``fqdn`` is this, ``@`` and the host's name
    :param statsd: circusd-stats is run as a watcher, as it is with *stats_endpoint*
    :param stats_endpoint: where it publishes
    :param statsd_close_outputs: its output goes to /dev/null
    :param httpd: the web console, circushttpd, is run as a watcher
    :param httpd_host, httpd_port: where it is served
    :param httpd_close_outputs: its output goes to /dev/null
    :param httpd_token, httpd_token_file: what opens it, or the file with that; one is made if both
        are None, which has to do on this machine alone
    :param httpd_hosts: further names that it answers to
    :param plugins: mappings with ``use`` (the path of a class), perhaps ``name``, and options
    :raises ValueError, ImportError: something is asked for that cannot be had
    """

    def __init__(
        self,
        watchers: Iterable[Watcher],
        endpoint: str | None,
        pubsub_endpoint: str | None,
        check_delay: float = 1.0,
        prereload_fn: Callable[[Arbiter], Any] | None = None,
        context: zmq.Context[zmq.Socket[bytes]] | None = None,
        loop: Any = None,
        *,
        statsd: bool = False,
        stats_endpoint: str | None = None,
        statsd_close_outputs: bool = False,
        httpd: bool = False,
        httpd_host: str = DaemonSpec.httpd_host,
        httpd_port: int = DaemonSpec.httpd_port,
        httpd_close_outputs: bool = False,
        httpd_token: str | None = None,
        httpd_token_file: str | None = None,
        httpd_hosts: Sequence[str] = (),
        plugins: Iterable[PluginSpec | Mapping[str, Any]] | None = None,
        ssh_server: str | None = None,
        sockets: Iterable[CircusSocket] = (),
        warmup_delay: float = 0.0,
        umask: int | None = None,
        fqdn_prefix: str | None = None,
        pidfile: str | None = None,
        loglevel: str | None = None,
        logoutput: str | None = None,
        loggerconfig: str | None = None,
        debug: bool = False,
        proc_name: str = "circusd",
        **unavailable: Any,
    ) -> None:
        asked = sorted(name for name, value in unavailable.items() if value)
        if asked:
            raise ValueError(f"cannot provide {', '.join(asked)} in this release")
        ends = (endpoint, pubsub_endpoint, check_delay)
        self.plugin_home = plugged.Home(*ends, loglevel, logoutput, debug, ssh_server)
        helpers = plugged.watchers(plugins or (), self.plugin_home)
        if statsd or stats_endpoint is not None:
            self.stats_endpoint = stats_endpoint or STATS
            home = self.plugin_home
            helpers.append(plugged.stats(home, self.stats_endpoint, statsd_close_outputs))
        if httpd:
            door = Door(httpd_host, httpd_port, httpd_token, httpd_token_file, tuple(httpd_hosts))
            self.console = plugged.Console(self.plugin_home, door, httpd_close_outputs)
            helpers.append(self.console.watcher)
        super().__init__([*watchers, *helpers], CircusSockets(sockets))
        self.endpoint = endpoint
        self.pubsub_endpoint = pubsub_endpoint
        self.check_delay = check_delay
        self.prereload_fn = prereload_fn
        self.context = context
        self.loop = loop
        self.warmup_delay = warmup_delay
        self.umask = umask
        self.pidfile, self.proc_name, self.debug = pidfile, proc_name, debug
        self.loglevel, self.logoutput, self.loggerconfig = loglevel, logoutput, loggerconfig
        self.pid = os.getpid()
        host = os.uname().nodename
        self.fqdn = f"{fqdn_prefix}@{host}" if fqdn_prefix else host
        self.config_file: str | None = None
        self.loaded = FleetSpec()  # the configuration that was loaded last
        self.on_open: Callable[[], None] | None = None
        """Called once the endpoints and sockets are bound, before anything is launched."""
        self.on_close: Callable[[], None] | None = None
        """Called when the last process is gone, before the signals are given back."""
        self.owns_process = False
        """Whether this process is circusd: its limits and signals are ours to set."""
        self.running = False
        self.ctrl: Controller | None = None
        self._exclusive_running_command: str | None = None
        self._restarting = False
        self._machine = FleetMachine(warmup_delay)
        self._over: asyncio.Future[bool] | None = None
        self._own_context = context is None

    @classmethod
    def load_from_config(cls, config_file: str, loop: Any = None) -> Arbiter:
        """Build the arbiter that a file asks for.

        :raises OSError: the file cannot be read
        :raises ConfigError: with everything that is wrong with it
        """
        arbiter = cls.from_spec(load(config_file).accepted(), loop)
        arbiter.config_file = config_file
        return arbiter

    @classmethod
    def from_spec(
        cls,
        fleet: FleetSpec,
        loop: Any = None,
        activation: Activation | None = None,
        **instead: Any,
    ) -> Arbiter:
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
        self.loaded = swap.new
        return self.crew.tasks.start("reloadconfig", swap.follow(swap.carry_out()))

    def _swap(self, config_file: str | None) -> Swap:
        path = config_file or self.config_file
        if path is None:
            raise MessageError("cannot reload the configuration: there is no file")
        old, new = (
            plugged.hosted(one, self.plugin_home) for one in (self.loaded, load(path).accepted())
        )
        return Swap(self, old, new)

    # --- watchers ---------------------------------------------------------------------------------

    def add_watcher(self, name: str, cmd: str, **options: Any) -> Watcher:
        """Add a watcher, not started.

        :raises AlreadyExist: there is one of that name, in any case
        """
        self.admit("add")
        if name.lower() in self._watchers_names:
            raise AlreadyExist(f"{name!r} already exist")
        watcher = Watcher(name, cmd, **options)
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
        if nostop:
            return watcher.abandon()
        gone = watcher.stop("rm")
        gone.add_done_callback(lambda _: watcher.close())
        return gone

    def reap_processes(self) -> None:
        """Notice the deaths that there were, where *check_delay* keeps the kernel from telling."""
        self.crew.deaths.collect()

    manage_watchers = reap_processes


hand_over(Arbiter, ARBITER_VERBS, "add_watcher")
