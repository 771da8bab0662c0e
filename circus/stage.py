"""A watcher's hands: it performs what the machine decided, through the watcher's public methods.

Launching, signalling and announcing go through ``spawn_process``, ``send_signal`` and
``notify_event``, so that a subclass that overrides one of them is heard.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from functools import partial
from random import random
from signal import SIGKILL
from typing import Any, Protocol

from circus import logger
from circus.birth import Births
from circus.calls import Answer, Call, Verdict
from circus.core.messages import (
    Answered,
    Event,
    Exited,
    Outcome,
    SocketReady,
    SpawnCancelled,
    Spawned,
    SpawnFailed,
)
from circus.crew import Crew
from circus.demand import Demand
from circus.drive import Drive
from circus.exc import LaunchError, StopError
from circus.hooks import Hooks
from circus.output import Channel
from circus.output.outlets import Outlet
from circus.process import Process
from circus.sockets import CircusSocket, CircusSockets
from circus.spec.launch import (
    waking_sockets,
)
from circus.spec.model import WatcherSpec
from circus.stopcommand import StopCommands
from circus.surroundings import Surroundings

LOGGED = {"start": "%s started", "stop": "%s stopped", "reload": "%s reloaded"}
"""Announcements that people and tools look for in the log (spec §1.1.1)."""


class Actor(Protocol):
    """Whose hands these are: a watcher."""

    name: str
    cmd: str
    stop_children: bool
    spec: WatcherSpec
    env: dict[str, str]
    surroundings: Surroundings
    sockets: CircusSockets
    channels: list[Outlet]
    processes: dict[int, Process]
    hooks_at_work: Hooks
    drive: Drive | None

    def feed(self, *events: Event) -> None:
        """Tell the machine what happened."""

    def spawn_process(self, recovery_wid: int | None = None) -> float | bool:
        """Launch the process of a place."""

    def send_signal(self, pid: int, signum: int) -> bool:
        """Signal one process."""

    def notify_event(self, topic: str, msg: Mapping[str, Any]) -> None:
        """Publish an event."""


class Stage:
    """Performs the effects of one watcher's machine.

    :param watcher: whose hands these are
    :param crew: the means that the watchers of one arbiter share
    """

    def __init__(self, watcher: Actor, crew: Crew) -> None:
        self.watcher = watcher
        self.crew = crew
        self.performing = False
        """Whether a signal is sent for the machine: its hooks have answered already."""
        self.on_over: Callable[[int, bool], None] | None = None
        """Called when the watcher ends for good and nobody asked for it: an arbiter's."""
        self.births = Births(watcher, crew)
        self.stop_commands = StopCommands(watcher, crew, self.births.who)
        self._newborn: Process | None = None
        self._failure = ""
        self._closed = False
        self._asked: dict[int, Call] = {}
        self._demand = Demand(crew.loop, lambda waited: self.watcher.feed(SocketReady(waited)))
        self.prepare()

    def prepare(self) -> None:
        """Take the watcher's spec as it is now: for the launches to come."""
        self.births.prepare()
        self.guarantee = self.crew.guarantee(self.watcher.spec.contain, self.watcher.name)
        """How far a stop reaches, for people."""

    # --- launching --------------------------------------------------------------------------------

    def launch(self, wid: int) -> Event:
        """Launch the process of a place and say how it went."""
        self._newborn, self._failure = None, "spawn_process launched nothing"
        try:
            self.watcher.spawn_process(wid)
        except Exception as error:  # noqa: BLE001 - a subclass may have overridden it
            logger.exception("cannot spawn a process of %r", self.watcher.name)
            self._failure = str(error)
        if self._newborn is None:
            return SpawnFailed(wid, self._failure)
        told = self.births.tells_wid(self._newborn.env)
        return Spawned(wid, self._newborn.pid, random(), told)  # noqa: S311 - ages need no secrecy

    def feed(self, *events: Event) -> None:
        """Pass on what happened.

        Who was reaped is no process of the watcher any more, once before_reap has answered.
        """
        mourned = "before_reap" in self.watcher.hooks_at_work
        for event in events:
            if isinstance(event, Exited):
                self.watcher.processes[event.pid].ended(event.code)
                if not mourned:
                    del self.watcher.processes[event.pid]
        told = [self.stop_commands.filtered(event) for event in events]
        self.watcher.feed(*(event for event in told if event is not None))

    def spawn(self, wid: int) -> Process | None:
        """Launch a process; None when it failed (the reason is kept for the machine)."""
        try:
            process = self.births.spawn(wid)
        except (LaunchError, OSError, ValueError, TypeError) as error:
            self._failure = str(error)
            return None
        self.crew.deaths.own(process.pid, self)
        self.watcher.processes[process.pid] = process
        self._newborn = process
        return process

    # --- the end of a process ---------------------------------------------------------------------

    def asked_to_end(self, pid: int) -> bool:
        """Say whether the end of a process was asked for."""
        process = self.watcher.processes.get(pid)
        return process is not None and process.stopping

    def deliver(self, processes: list[Process], signum: int) -> asyncio.Future[Any]:
        """Signal processes one after the other; their hooks are called off the loop."""
        name = f"signal to {self.watcher.name}"
        return self.crew.tasks.start(name, self._deliver(processes, signum))

    async def _deliver(self, processes: list[Process], signum: int) -> None:
        for process in processes:
            about = {"pid": process.pid, "signum": signum}
            asked = self.call_hook("before_signal", about)
            if signum == SIGKILL or (await asked).yes:  # SIGKILL waits for nobody (spec §6.11)
                self._send(process.pid, signum)
            await self.call_hook("after_signal", about)

    # --- effects ----------------------------------------------------------------------------------

    def order_launch(self, wid: int) -> None:
        """Put a place into the queue of launches."""
        self.crew.launches.put(self, wid)

    def call_off_launch(self, wid: int) -> None:
        """Take a place out of the queue of launches."""
        if self.crew.launches.take_back(self, wid):
            self.watcher.feed(SpawnCancelled(wid))

    def stop_process(self, pid: int, signum: int) -> None:
        """Send a stop signal to a process, and to its children if the watcher says so."""
        process = self.watcher.processes[pid]
        process.stopping = True
        children = process.children() if self.watcher.stop_children else []
        self._send(pid, signum)
        if children:
            process.send_signal_children(signum)
            for child in children:
                self.announce("kill", {"process_pid": child})

    def run_stop_command(self, pid: int) -> None:
        """Run the stop command for a process."""
        self.watcher.processes[pid].stopping = True
        self.stop_commands.run(pid)

    def kill_family(self, pid: int) -> None:
        """Send SIGKILL to a process and its family."""
        self.watcher.processes[pid].stopping = True
        self.stop_commands.kill(pid)
        self._send(pid, SIGKILL)
        self.crew.remains.signal(pid, SIGKILL)

    def signal_family(self, pid: int, signum: int) -> None:
        """Signal what a process left; its stop command is ended by SIGKILL only."""
        if signum == SIGKILL:
            self.stop_commands.kill(pid)
        self.crew.remains.signal(pid, signum)

    def ask_hook(self, question: int, hook: str, about: Mapping[str, Any]) -> None:
        """Call a hook off the loop."""
        if hook.endswith("_reap"):
            about = {**about, "time": time.time()}

        def answer(verdict: Verdict) -> None:
            self._asked.pop(question, None)
            if hook == "before_reap":
                self.watcher.processes.pop(about["process_pid"], None)
            if not self._closed:
                self.watcher.feed(Answered(question, verdict.yes))

        self._asked[question] = self._ask(hook, about, answer)

    def drop_hook(self, question: int) -> None:
        """Do not wait for a hook any longer."""
        if call := self._asked.get(question):  # else it has answered in this very moment
            call.drop()

    def call_hook(self, hook: str, about: Mapping[str, Any]) -> asyncio.Future[Verdict]:
        """Call a hook off the loop; the future holds its verdict."""
        given: asyncio.Future[Verdict] = self.crew.loop.create_future()

        def answer(verdict: Verdict) -> None:
            if not given.done():  # who asked may be gone
                given.set_result(verdict)

        if hook in self.watcher.hooks_at_work:
            self._ask(hook, about, answer)
        else:
            answer(Verdict())
        return given

    def _ask(self, hook: str, about: Mapping[str, Any], answer: Answer) -> Call:
        limit = self.watcher.spec.hook_timeout
        return self.watcher.hooks_at_work.ask(self.crew.tasks, hook, about, limit, answer)

    def announce(self, event: str, fields: Mapping[str, Any]) -> None:
        """Publish an event, and log those that people look for."""
        self.watcher.notify_event(event, dict(fields))
        if event in LOGGED:
            logger.info(LOGGED[event], self.watcher.name)

    def over(self, code: int, failed: bool) -> None:
        """Tell the arbiter, if there is one, that the watcher ends for good."""
        if self.on_over is not None:
            self.on_over(code, failed)

    def open_streams(self) -> None:
        """Open the output streams; one that cannot be opened says so, and its output waits."""
        for channel in self._channels():
            self.crew.output.open(channel)

    def close_streams(self, question: int, close: bool) -> None:
        """Have all written that was written, and the output streams closed if so; then answer."""
        channels = self._channels()
        left = {*channels}

        def done(channel: Channel) -> None:
            left.discard(channel)
            if not left:
                self.watcher.feed(Answered(question, yes=True))

        if not channels:
            self.watcher.feed(Answered(question, yes=True))
        for channel in channels:
            self.crew.output.settle(channel, close, partial(done, channel))

    def give_up_output(self) -> None:
        """Lose what could not be written."""
        for channel in self._channels():
            self.crew.output.give_up(channel)

    def _channels(self) -> list[Channel]:
        return [outlet for outlet in self.watcher.channels if isinstance(outlet, Channel)]

    def listen(self, on: bool) -> None:
        """Watch the sockets of an on-demand watcher, or stop watching them."""
        if on:
            self._demand.watch(self._demanded())
        else:
            self._demand.stop()

    def reply(self, ticket: int, outcome: Outcome) -> None:
        """Resolve the future of a request; who could not be killed is named."""
        drive = self.watcher.drive
        assert drive is not None
        if outcome.survivors:
            problem = self._unkilled(outcome.survivors)
            drive.fail(ticket, StopError(f"cannot stop all of {self.watcher.name!r}: {problem}"))
        else:
            drive.resolve(ticket, outcome)

    def _unkilled(self, survivors: Collection[int]) -> str:
        """Name those who outlived SIGKILL."""
        left = self.crew.kin.members(survivors).values()
        known = self.watcher.processes
        pids = {pid for pid in survivors if pid in known and known[pid].poll() is None}
        pids = pids.union(*left, self.stop_commands.running(survivors))
        named = ", ".join(map(str, sorted(pids)))
        return f"SIGKILL does not end {named}"

    def abandon(self) -> None:
        """Let the processes run on; they are reaped when they end, and nothing follows."""
        for pid in self.watcher.processes:
            self.crew.deaths.disown(pid)
        for channel in self._channels():
            channel.leave()
        self.close()

    def close(self) -> None:
        """Stop watching sockets, end the stop commands, and let the hooks' thread end."""
        self._closed = True
        self._demand.stop()
        self.stop_commands.close()
        self.crew.launches.drop(self)
        self.watcher.hooks_at_work.close()

    def _send(self, pid: int, signum: int) -> None:
        self.performing = True
        try:
            self.watcher.send_signal(pid, signum)
        except KeyError:
            logger.debug("process %d of %r is gone already", pid, self.watcher.name)
        except PermissionError as error:
            logger.error("cannot signal process %d of %r: %s", pid, self.watcher.name, error)
        finally:
            self.performing = False

    def _demanded(self) -> list[CircusSocket]:
        """Return the sockets that wake the watcher: those that it names, else all.

        One that each worker binds anew (so_reuseport) has nobody to connect to before.
        """
        known = self.watcher.sockets
        chosen = [known[name] for name in waking_sockets(self.watcher.spec, known)]
        return [one for one in chosen if not one.so_reuseport]
