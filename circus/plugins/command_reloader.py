"""CommandReloader: restarts a watcher when its program was replaced (spec §9.3)."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tornado.ioloop import PeriodicCallback

from circus import logger
from circus.plugins import CircusPlugin
from circus.plugins.settings import settings
from circus.spec.options.shipped import COMMAND_RELOADER

KEYS = ["cmd", "executable", "env", "working_dir"]
"""The options that say which program a watcher runs."""


class Program(NamedTuple):
    """What a file is at one moment: where it lies, which one it is, when it was written."""

    path: str
    inode: int
    mtime: int
    size: int


class CommandReloader(CircusPlugin):
    """Looks at the program of each watcher."""

    name = "command_reloader"

    def __init__(self, *args: Any, **config: Any) -> None:
        self.loop_rate: float = settings(COMMAND_RELOADER, config)["loop_rate"]
        super().__init__(*args, **config)
        self.cmd_files: dict[str, Program] = {}
        """What was seen last, by watcher."""

    def handle_init(self) -> None:
        """Begin to look."""
        self.loop.add_callback(self.look_after)
        self.period = PeriodicCallback(self.look_after, self.loop_rate * 1000)
        self.period.start()

    def handle_stop(self) -> None:
        """Look no more."""
        self.period.stop()

    def handle_recv(self, data: Sequence[bytes]) -> None:
        """Pass over an event."""

    def look_after(self) -> None:
        """Look at each watcher's program once."""
        watchers = [one for one in self.call("list")["watchers"] if not one.startswith("plugin:")]
        for gone in self.cmd_files.keys() - set(watchers):
            del self.cmd_files[gone]
        for watcher in watchers:
            answer = self.call("get", name=watcher, keys=KEYS)
            if answer["status"] != "error":  # else it was removed a moment ago
                self._look(watcher, answer["options"])

    def _look(self, watcher: str, options: Mapping[str, Any]) -> None:
        now = program(options)
        if now is None:  # it is not there at this moment: perhaps it is just being replaced
            return
        before = self.cmd_files.get(watcher, now)
        self.cmd_files[watcher] = now
        if self.is_modified(before, now):
            logger.info("%s was replaced: %s is restarted", now.path, watcher)
            self.cast("restart", name=watcher)

    @staticmethod
    def is_modified(before: Program, now: Program) -> bool:
        """Say whether a program is not what it was."""
        return before != now


def program(options: Mapping[str, Any]) -> Program | None:
    """Return the file that a watcher runs, or None when there is none that can be found.

    :param options: ``cmd``, ``executable``, ``env`` and ``working_dir`` of the watcher
    """
    try:
        name = options["executable"] or shlex.split(options["cmd"])[0]
    except (ValueError, IndexError):
        return None
    if "/" in name:
        found: str | None = os.path.join(options["working_dir"], name)
    else:
        found = shutil.which(name, path=options["env"].get("PATH", os.defpath))
    try:
        path = os.path.realpath(found or "")
        seen = os.stat(path)
    except OSError:
        return None
    return Program(path, seen.st_ino, seen.st_mtime_ns, seen.st_size) if found else None
