"""Plugins and circusd-stats as watchers: what the daemon makes of them (spec §5.3.1, §9.2).

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
from circus.dotted import missing
from circus.spec import plugins, statistics
from circus.spec.model import FleetSpec, PluginSpec
from circus.spec.plugins import Home
from circus.watcher import Watcher

__all__ = ["Home", "hosted", "stats", "watchers"]


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
