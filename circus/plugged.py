"""Plugins, circusd-stats and the web console as watchers of the daemon (spec §5.3.1, §9.2).

The daemon never imports a plugin. It looks for the class in the source, and starts a process that
does the rest: see :mod:`circus.plugins`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from circus import logger
from circus.declared import declared
from circus.doorkey import Doorkey
from circus.dotted import missing
from circus.sockets import CircusSocket, CircusSockets
from circus.spec import console as consoles
from circus.spec import door, plugins, statistics
from circus.spec.model import CONSOLE, FleetSpec, PluginSpec
from circus.spec.plugins import Home
from circus.watcher import Watcher

__all__ = ["Console", "Home", "hosted", "stats", "watchers"]


def watchers(wanted: Iterable[PluginSpec | Mapping[str, Any]], home: Home) -> list[Watcher]:
    """Return the watchers of plugins; one that is not active has none.

    :param wanted: as a configuration or a Python program gives them (spec §11.1)
    :raises ImportError: a class cannot be found
    :raises ValueError: there is no class, an option cannot be that, or no endpoint to speak to
    """
    made = []
    for one in wanted:
        plugin = one if isinstance(one, PluginSpec) else plugins.plugin_spec(one, declared)
        if lacking := missing(plugin.use, [os.getcwd()]):
            raise ImportError(f"cannot find the plugin {plugin.use!r}: {lacking}")
        if not plugins.active(plugin):
            logger.info("%s is not active: it is not run", plugin.name)
        elif home.endpoint is None or home.pubsub_endpoint is None:
            raise ValueError(f"cannot run {plugin.name}: there is no endpoint that it could use")
        else:
            made.append(Watcher.from_spec(plugins.watcher_of(plugin, home, sys.executable)))
    return made


def hosted(fleet: FleetSpec, home: Home) -> FleetSpec:
    """Return a configuration whose active plugins have become watchers."""
    return plugins.hosted(fleet, home, sys.executable)


def stats(home: Home, endpoint: str, close_outputs: bool) -> Watcher:
    """Return the watcher of circusd-stats; ValueError if there is no endpoint to speak to.

    :param endpoint: where it publishes
    :param close_outputs: its output goes to /dev/null
    """
    if home.endpoint is None or home.pubsub_endpoint is None:
        raise ValueError("cannot run circusd-stats: there is no endpoint that it could use")
    return Watcher.from_spec(statistics.watcher(home, endpoint, close_outputs, sys.executable))


class Console:
    """The web console: its watcher, its socket, and the key to it.

    :param home: what its process has to know of the daemon
    :param at: where it is served, and what opens it
    :param close_outputs: its output goes to /dev/null
    :raises ValueError: it would not be safe, or there is no endpoint to speak to
    :raises OSError: the file with the token cannot be read
    """

    def __init__(self, home: Home, at: door.Door, close_outputs: bool) -> None:
        if home.endpoint is None or home.pubsub_endpoint is None:
            raise ValueError("cannot run circushttpd: there is no endpoint that it could use")
        for option, sentence in door.faults(at):
            raise ValueError(f"cannot run circushttpd: {option} {sentence}")
        self._socket = door.socket(at)
        self._key = Doorkey(at)
        spec = consoles.watcher(home, at, close_outputs, sys.executable)
        told = consoles.entrusted(spec, self._key.token)
        self.watcher = Watcher.from_spec(told)

    def add_socket(self, sockets: CircusSockets) -> None:
        """Put its socket among the managed ones, to be bound with them; OSError."""
        if CONSOLE not in sockets:
            sockets[CONSOLE] = CircusSocket.from_spec(self._socket)

    def open(self, sockets: CircusSockets) -> None:
        """Say where it is, and put the token where its owner finds it; OSError."""
        self._key.hang_out(sockets[CONSOLE].port)

    def close(self) -> None:
        """Take the token away."""
        self._key.take_in()
