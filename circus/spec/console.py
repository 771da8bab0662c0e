"""circushttpd as a watcher: what the web console is asked to be (spec §5.3, §5.3.1). Pure."""

from __future__ import annotations

from dataclasses import replace

from circus.spec.door import Door
from circus.spec.model import CONSOLE, WatcherSpec
from circus.spec.plugins import Home, helper, reachable, words


def watcher(home: Home, at: Door, close_outputs: bool, python: str) -> WatcherSpec:
    """Return the watcher of circushttpd; what it is told in private comes by :func:`entrusted`.

    :param at: where it is served
    :param close_outputs: its output goes to /dev/null
    :param python: the interpreter that runs it
    """
    given = {
        "--endpoint": reachable(home.endpoint),
        "--pubsub": reachable(home.pubsub_endpoint),
        "--host": at.host,
        "--fd": f"$(circus.sockets.{CONSOLE})",
        "--log-level": home.level,
        "--log-output": home.logoutput,
    }
    names = tuple(word for name in at.hosts for word in ("--allow-host", name))
    args = ("-m", "circus.web", "--letter", *words(given), *names)
    return helper(CONSOLE, python, args, home, close_outputs)


def entrusted(spec: WatcherSpec, token: str) -> WatcherSpec:
    """Return the watcher with what its process is told in private: what opens the console."""
    return replace(spec, plugin_options={"token": token})
