"""The stop commands of a watcher: what it runs instead of sending its stop signal.

A command is a process of its own, launched when its turn comes and watched like any other, so
nobody waits for it. It has the time that the process has: then it is killed, together with what it
started, or earlier if the process is. Whether the process has ended by then is not its business.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
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
"""How far a command's own end reaches, where that is not what its watcher says."""


class Actor(Protocol):
    """Whose commands they are: a watcher."""

    name: str
    spec: WatcherSpec
    channels: list[Outlet]
    processes: dict[int, Process]


@dataclass(eq=False)
class Run:
    """One run of the command.

    :param pid, wid: the process that is to end, and its place
    :param spec: the watcher as it was when the end was asked for
    :param command: the pid of the command, 0 before it is launched
    :param killed: its time is over
    """

    pid: int
    wid: int
    spec: WatcherSpec
    command: int = 0
    killed: bool = False
    timer: asyncio.TimerHandle | None = None


class Lines:
    """A stream for a watcher that has none: what a command says is logged, line by line."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._rest = b""

    def __call__(self, chunk: dict[str, Any]) -> None:
        """Take a chunk of output."""
        *lines, self._rest = (self._rest + chunk["data"]).split(b"\n")
        for line in lines:
            self._say(line)

    def close(self) -> None:
        """Log what has no end of a line."""
        self._say(self._rest)
        self._rest = b""

    def _say(self, line: bytes) -> None:
        if line:
            text = line.decode(errors="backslashreplace")
            logger.info("stop_command of %r says: %s", self._name, text)


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
        self._of: dict[int, Run] = {}
        """By the command that runs, or has left others."""

    def run(self, pid: int, wid: int, seconds: float) -> None:
        """Run the command for a process, when its turn to be launched comes."""
        run = self._runs[pid] = Run(pid, wid, self._watcher.spec)
        run.timer = self._crew.loop.call_later(seconds, self._end, run)
        self._crew.launches.put(self, pid)

    def kill(self, pid: int) -> None:
        """End the command that was run for a process, and what it started; there may be none."""
        if pid in self._runs:
            self._end(self._runs[pid])

    def close(self) -> None:
        """End every command, at once."""
        for run in {*self._runs.values(), *self._of.values()}:
            self._end(run)

    # --- the queue of launches, and the end of a command ------------------------------------------

    def launch(self, pid: int) -> None:
        """Launch the command for a process, unless that has ended by itself."""
        run = self._runs[pid]
        if pid not in self._watcher.processes:
            self._over(run)
            return
        logged = [None if outlet else self._logged() for outlet in self._watcher.channels]
        outlets = [
            ours or theirs for ours, theirs in zip(logged, self._watcher.channels, strict=True)
        ]
        ends = Ends(outlets, self._crew.output)
        try:
            self._spawn(run, ends.open())
        except (LaunchError, OSError, ValueError, TypeError) as error:
            logger.error("cannot run the stop_command of %r: %s", self._watcher.name, error)
            ends.drop()
            self._over(run)
        else:
            ends.follow(run.command, run.wid)
            for channel in logged:
                if channel is not None:
                    channel.leave()

    def asked_to_end(self, pid: int) -> bool:
        """Say yes: all that a command leaves is looked for."""
        del pid
        return True

    def feed(self, *events: Event) -> None:
        """Hear of the end of a command, and of what it left."""
        for event in events:
            match event:
                case Exited(pid, code, left):
                    self._ended(self._of[pid], code, left)
                case FamilyGone(pid):
                    self._over(self._of.pop(pid))

    def _spawn(self, run: Run, outputs: list[int]) -> None:
        spec, watcher = run.spec, self._watcher
        env = watcher.processes[run.pid].env
        plan = stop_plan(spec, run.pid, run.wid, env, os.environ, self._who(), *outputs)
        contain = CONTAIN.get(spec.contain, spec.contain)
        run.command = self._crew.kin.spawn(plan, contain, f"{watcher.name}-stop")
        self._of[run.command] = run
        self._crew.deaths.own(run.command, self)

    def _ended(self, run: Run, code: int, left: bool) -> None:
        self._crew.output.discard(run.command)
        how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        if run.killed:
            how = "its time is over"
        if code:
            text = "stop_command of %r failed for process %d: %s"
            logger.error(text, self._watcher.name, run.pid, how)
        if not left:
            self._over(self._of.pop(run.command))

    def _end(self, run: Run) -> None:
        """Kill what there is of a run: its time is over."""
        run.killed = True
        self._crew.launches.take_back(self, run.pid)
        if run.command:
            self._crew.children.signal(run.command, SIGKILL)
            self._crew.remains.signal(run.command, SIGKILL)
        self._over(run)

    def _over(self, run: Run) -> None:
        """Wait for a run no longer."""
        if run.timer:
            run.timer.cancel()
        if self._runs.get(run.pid) is run:
            del self._runs[run.pid]

    def _logged(self) -> Channel:
        return Channel(self._watcher.name, "stop_command", Lines(self._watcher.name))
