"""The stop commands of a watcher: what it runs instead of sending its stop signal.

A command is a process of its own, launched when its turn comes and watched like any other, so
nobody waits for it. But until it has ended it counts as one of those that its process left: a stop
is over when both are, and when the grace is over both are killed, with all that they started.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from signal import SIGKILL
from typing import Any, Protocol

from circus import logger
from circus.core.messages import Event, Exited, FamilyGone
from circus.crew import Crew
from circus.exc import LaunchError
from circus.output import Channel
from circus.output.outlets import Ends, Outlet
from circus.process import Process
from circus.spec.launch import Identity
from circus.spec.model import WatcherSpec
from circus.spec.stopping import stop_plan

CONTAIN = {"process": "session"}
"""How far the end of a command reaches, where that is not what its watcher says."""


class Actor(Protocol):
    """Whose commands they are: a watcher."""

    name: str
    spec: WatcherSpec
    channels: list[Outlet]
    processes: dict[int, Process]

    def feed(self, *events: Event) -> None:
        """Tell the machine what happened."""


@dataclass(eq=False)
class Run:
    """One run of the command.

    :param process: what is to end
    :param spec: the watcher as it was when the end was asked for
    :param pid: of the command; 0 before it is launched
    :param killed: the grace is over
    :param waited: the process and all that it left are gone: the end of the command is waited for
    """

    process: Process
    spec: WatcherSpec
    pid: int = 0
    killed: bool = False
    waited: bool = False


class StopCommands:
    """Runs the stop command of one watcher, once for each process that is to end.

    :param watcher: whose they are
    :param crew: the means that the watchers of one arbiter share
    :param who: returns the identity of the watcher's processes
    """

    def __init__(self, watcher: Actor, crew: Crew, who: Callable[[], Identity]) -> None:
        self._watcher = watcher
        self._crew = crew
        self._who = who
        self._runs: dict[int, Run] = {}
        """By the process that is to end."""
        self._commands: dict[int, Run] = {}
        """By the command."""

    def run(self, pid: int) -> None:
        """Run the command for a process, when its turn to be launched comes."""
        self._runs[pid] = Run(self._watcher.processes[pid], self._watcher.spec)
        self._crew.launches.put(self, pid)

    def kill(self, pid: int) -> None:
        """End the command that was run for a process, and what it started; there may be none."""
        run = self._runs.get(pid)
        if run is None:
            return
        run.killed = True
        if run.pid:
            self._crew.children.signal(run.pid, SIGKILL)
            self._crew.remains.signal(run.pid, SIGKILL)
        elif self._crew.launches.take_back(self, pid):
            self._over(run)

    def filtered(self, event: Event) -> Event | None:
        """Return what the watcher is to hear of the end of a process whose command still runs.

        A process that left nobody has left its command. The end of all that it left is told when
        that of the command is.
        """
        run = self._runs.get(event.pid) if isinstance(event, (Exited, FamilyGone)) else None
        if run is None:
            return event
        if isinstance(event, Exited):
            run.waited = not event.left
            self._crew.kin.meant.add(event.pid)
            return replace(event, left=True)
        run.waited = True
        return None

    def running(self, pids: Iterable[int]) -> set[int]:
        """Return the pids of the commands that run for these processes."""
        return {self._runs[pid].pid for pid in pids if pid in self._runs}

    def close(self) -> None:
        """End every command; nobody waits any more."""
        for pid in tuple(self._runs):
            self.kill(pid)

    # --- the queue of launches, and the end of a command ------------------------------------------

    def launch(self, pid: int) -> None:
        """Launch the command for a process, unless that has ended by itself."""
        run = self._runs[pid]
        if run.process.poll() is not None:
            self._over(run)
            return
        outlets = [outlet or self._logged() for outlet in self._watcher.channels]
        ends = Ends(outlets, self._crew.output)
        try:
            self._spawn(run, ends.open())
        except (LaunchError, OSError, ValueError, TypeError) as error:
            logger.error("cannot run the stop_command of %r: %s", self._watcher.name, error)
            ends.drop()
            self._over(run)
        else:
            ends.follow(run.pid, run.process.wid)
            for outlet in outlets:
                if isinstance(outlet, Channel) and outlet not in self._watcher.channels:
                    outlet.leave()

    def asked_to_end(self, pid: int) -> bool:
        """Say yes: all that a command leaves is looked for."""
        del pid
        return True

    def feed(self, *events: Event) -> None:
        """Hear of the end of a command, and of what it left."""
        for event in events:
            match event:
                case Exited(pid, code, left):
                    self._ended(self._commands[pid], code, left)
                case FamilyGone(pid):
                    self._over(self._commands[pid])

    def _spawn(self, run: Run, outputs: Sequence[int]) -> None:
        spec, process, name = run.spec, run.process, self._watcher.name
        plan = stop_plan(
            spec, process.pid, process.wid, process.env, os.environ, self._who(), *outputs
        )
        contain = CONTAIN.get(spec.contain, spec.contain)
        run.pid = self._crew.kin.spawn(plan, contain, f"{name}-stop")
        self._commands[run.pid] = run
        self._crew.deaths.own(run.pid, self)

    def _ended(self, run: Run, code: int, left: bool) -> None:
        how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        if run.killed:
            how = "the grace is over"
        if code:
            text = "stop_command of %r failed for process %d: %s"
            logger.error(text, self._watcher.name, run.process.pid, how)
        if not left:
            self._over(run)
        elif run.killed:
            self._crew.remains.signal(run.pid, SIGKILL)

    def _over(self, run: Run) -> None:
        """Forget a run: nothing of it is left."""
        pid = run.process.pid
        self._commands.pop(run.pid, None)
        del self._runs[pid]
        self._crew.kin.meant.discard(pid)
        if run.waited:
            self._watcher.feed(FamilyGone(pid))

    def _logged(self) -> Channel:
        """Return what reads a command of a watcher that has no stream there."""
        name = self._watcher.name
        return Channel(name, "stop_command", partial(_log, name))


def _log(name: str, chunk: Mapping[str, Any]) -> None:
    """Log what the command of a watcher without streams says, line by line."""
    for line in chunk["data"].splitlines():
        text = line.decode(errors="backslashreplace")
        logger.info("stop_command of %r says: %s", name, text)
