"""circusd-stats as a watcher: what it is asked to be (spec §5.3.1). Pure."""

from __future__ import annotations

from circus.spec.model import CONSOLE, WatcherSpec
from circus.spec.plugins import Home, helper, reachable, words

NAME = "circusd-stats"
HELPERS = (NAME, CONSOLE)
"""Watchers whose processes are told of in the group ``circus``, not as watchers (spec §10.2)."""
ENDPOINT = "tcp://127.0.0.1:5557"
"""Where it publishes when nothing else is said."""
PROGRAM = "from circus import stats; stats.main()"


def is_helper(spec: WatcherSpec) -> bool:
    """Say whether a watcher is circusd's own: a plugin, circusd-stats or the console."""
    return spec.plugin_options is not None or spec.name in HELPERS


def may_have(spec: WatcherSpec, socket: str) -> bool:
    """Say whether a watcher's processes may be given a managed socket at all.

    Whoever has the web console's could accept its connections, and read the token that they bring:
    it is for circusd's helpers alone, and the console needs no other.
    """
    if spec.name == CONSOLE:
        return socket == CONSOLE
    return socket != CONSOLE or is_helper(spec)


def watcher(home: Home, endpoint: str, close_outputs: bool, python: str) -> WatcherSpec:
    """Return the watcher of circusd-stats.

    :param endpoint: where it publishes
    :param close_outputs: its output goes to /dev/null
    :param python: the interpreter that runs it
    """
    given = {
        "--endpoint": reachable(home.endpoint),
        "--pubsub": reachable(home.pubsub_endpoint),
        "--statspoint": endpoint,
        "--ssh": home.ssh_server,
        "--log-level": home.level,
        "--log-output": home.logoutput,
    }
    return helper(NAME, python, ("-c", PROGRAM, *words(given)), home, close_outputs)
