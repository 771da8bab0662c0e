"""What an arbiter can be told to do with all of its watchers.

A verb moves the goals when it is called, and returns a future that resolves when they are met;
nobody has to await it. What overlaps is sorted out by the fleet's machine
(:mod:`circus.core.fleet`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from circus import logs
from circus.commands.ports import WatcherView
from circus.config import Loaded, load
from circus.core.fleet import FleetMachine, Overtaken
from circus.core.lifecycle import Tide
from circus.exc import ConflictError
from circus.notify import Service
from circus.sweeps import Sweeps


class Verbs:
    """The verbs of an arbiter that concern everything, and who may use them when."""

    running: bool
    sweeps: Sweeps
    service: Service
    warmup_delay: float
    config_file: str | None
    successor: Loaded | None
    prereload_fn: Callable[[Any], Any] | None
    _machine: FleetMachine
    _restarting: bool
    _exclusive_running_command: str | None

    def admit(self, verb: str, name: str | None = None) -> None:
        """Let a verb move one watcher, or refuse it; sweeps leave that watcher be then.

        :raises ConflictError: the arbiter is ending, or the embedding program forbids it
        """
        if self.running and self.sweeps.moving:
            return
        if self._exclusive_running_command:
            lock = self._exclusive_running_command
            raise ConflictError(f"arbiter is already running {lock} command")
        if self.running and self._machine.tide in (Tide.FALLING, Tide.DOWN):
            if self._restarting:
                raise ConflictError("arbiter is restarting...")
            if verb != "stop":
                raise ConflictError("arbiter is already running arbiter_stop command")
        if name is not None and self.running:
            self.sweeps.feed(Overtaken(name, verb))

    def stop(self) -> asyncio.Future[None]:
        """Stop everything and end; the future is done when no process is left."""
        if self._exclusive_running_command:
            self.admit("quit")
        return self.leave()

    def leave(self) -> asyncio.Future[None]:
        """Stop everything and end, whatever an embedding program has locked."""
        self._restarting = False
        return self.service.moving("quit", self.sweeps.ask("quit", None))

    def quit(self) -> asyncio.Future[None]:
        """Do the same, as the command and the signals do: a subclass that overrides it is heard."""
        return self.stop()

    def start_group(self, watchers: Sequence[WatcherView] | None = None) -> asyncio.Future[None]:
        """Start those of the watchers (None: of all) that have autostart, by priority."""
        return self._group("start", watchers)

    def stop_group(self, watchers: Sequence[WatcherView] | None = None) -> asyncio.Future[None]:
        """Stop the watchers (None: all), side by side."""
        return self._group("stop", watchers)

    def restart_group(self, watchers: Sequence[WatcherView]) -> asyncio.Future[None]:
        """Stop all the watchers, then start those that have autostart."""
        return self._group("restart", watchers)

    def reload_group(self, graceful: bool = True, sequential: bool = False) -> asyncio.Future[None]:
        """Reload every watcher that is up, by priority, one after the other."""
        self.admit("reload")
        logs.reopen()
        if self.prereload_fn is not None:
            self.prereload_fn(self)
        done = self.sweeps.ask("reload", None, graceful=graceful, sequential=sequential)
        return self.service.moving("reload", done)

    reload = reload_group

    def restart_all(self) -> asyncio.Future[None]:
        """Check the file, stop everything, and have the daemon built anew in the same process.

        :raises ConfigError: the file is refused; nothing was stopped
        """
        self.admit("restart")
        if self.config_file is not None:
            read = load(self.config_file)
            read.accepted()
            self.successor = read
        self._restarting = True
        return self.service.moving("restart", self.sweeps.ask("quit", None))

    def set_warmup(self, seconds: float) -> None:
        """Leave so much time between the starts of two watchers."""
        self.warmup_delay = self._machine.warmup = seconds

    def _group(self, verb: str, watchers: Sequence[WatcherView] | None) -> asyncio.Future[None]:
        self.admit(verb)
        names = None if watchers is None else [watcher.name for watcher in watchers]
        return self.sweeps.ask(verb, names)
