"""Everything that can be asked of the daemon: one file for each verb.

The table says which file holds which verb; a file is imported when its verb is asked for, so that
``circusctl status`` pays for nothing else.
"""

from __future__ import annotations

import importlib
import time
from typing import TYPE_CHECKING, Any

from circus.commands.declare import DECLARED
from circus.exc import NOT_SPECIFIED, UnknownCommand
from circus.wire import frames

if TYPE_CHECKING:
    from collections.abc import Mapping

    from circus.commands.declare import Command

FILES = {
    "add": "addwatcher",
    "decr": "decrproc",
    "dstats": "dstats",
    "get": "get",
    "globaloptions": "globaloptions",
    "incr": "incrproc",
    "ipython": "ipythonshell",
    "kill": "kill",
    "list": "list",
    "listen": "listen",
    "listsockets": "listsockets",
    "numprocesses": "numprocesses",
    "numwatchers": "numwatchers",
    "options": "options",
    "quit": "quit",
    "reload": "reload",
    "reloadconfig": "reloadconfig",
    "reopenlogs": "reopenlogs",
    "restart": "restart",
    "rm": "rmwatcher",
    "set": "set",
    "signal": "sendsignal",
    "start": "start",
    "stats": "stats",
    "status": "status",
    "stop": "stop",
    "tail": "tail",
}
"""Verb → the file in this folder, by Circus's names."""


def find(name: str) -> Command:
    """Return the declaration of a verb, by its name in any case.

    :raises UnknownCommand: there is none
    """
    verb = name.lower()
    if verb not in DECLARED:
        if verb not in FILES:
            raise UnknownCommand(f"unknown command: {name!r:.80}")
        importlib.import_module(f"circus.commands.{FILES[verb]}")
    return DECLARED[verb]


def get_commands() -> dict[str, Command]:
    """Return all declarations by their verbs (spec §11.6)."""
    return {verb: find(verb) for verb in sorted(FILES.keys() | DECLARED)}


def ok(props: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Make a good response of now (spec §11.6)."""
    return frames.success(props or {}, time.time())


def error(
    reason: str = "unknown", tb: str | None = None, errno: int = NOT_SPECIFIED
) -> dict[str, Any]:
    """Make an error response of now (spec §11.6)."""
    return frames.failure(reason, errno, time.time(), tb)
