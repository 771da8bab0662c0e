"""A watcher's hands: it performs what the machine decided, through the watcher's public methods.

Launching, signalling and announcing go through ``spawn_process``, ``send_signal`` and
``notify_event``, so that a subclass that overrides one of them is heard.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import replace
from random import random
from signal import SIGKILL
from typing import Any, Protocol

from circus import logger
from circus.core.messages import (
    Answered,
    Event,
    Exited,
    Outcome,
    SessionEmptied,
    SocketReady,
    SpawnCancelled,
    Spawned,
    SpawnFailed,
)
from circus.crew import Crew
from circus.drive import Drive
from circus.exc import LaunchError
from circus.hooks import Hooks
from circus.host.letter import letter
from circus.host.users import identity
from circus.output import Channel
from circus.process import Process
from circus.sockets import CircusSockets
from circus.spec.launch import (
    INHERIT,
    Identity,
    Launcher,
    LaunchPlan,
    command_sockets,
    handed_sockets,
    used_sockets,
)
from circus.spec.model import WatcherSpec
from circus.surroundings import Surroundings
from circus.wire.frames import encode

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
    channels: list[Channel | None]
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
        self._newborn: Process | None = None
        self._failure = ""
        self._listening: list[int] = []
        self.prepare()

    def prepare(self) -> None:
        """Take the watcher's spec as it is now: for the launches to come."""
        self._launcher = Launcher(self.watcher.spec, os.environ)
        self._identity: Identity | None = None
        self._reuseport = self._wanted_reuseport()

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
        told = self._launcher.tells_wid(self._newborn.env)
        return Spawned(wid, self._newborn.pid, random(), told)  # noqa: S311 - ages need no secrecy

    def feed(self, *events: Event) -> None:
        """Pass on what happened; who was reaped is no process of the watcher any more."""
        for event in events:
            if isinstance(event, Exited):
                self.watcher.processes.pop(event.pid).ended(event.code)
        self.watcher.feed(*events)

    def spawn(self, wid: int) -> Process | None:
        """Launch a process; None when it failed (the reason is kept for the machine)."""
        watcher = self.watcher
        process = Process(watcher.name, wid, watcher.cmd, spawn=False, watcher=watcher)
        ends: list[int] = []
        extra: list[Any] = []
        try:
            process.env = watcher.surroundings.at_launch(watcher.env)
            outputs = [self._output(channel, ends) for channel in watcher.channels]
            sockets = self._sockets(extra)
            plan = self._launcher.plan(
                wid, process.env, sockets, self._who(), *(write for _, write in outputs)
            )
            process.launch(self._with_letter(plan, extra), self.crew.children)
        except (LaunchError, OSError, ValueError, TypeError) as error:
            self._failure = str(error)
            for end in ends:
                os.close(end)
            return None
        finally:
            for socket in extra:
                socket.close()
        self._follow(process, outputs)
        return process

    def _with_letter(self, plan: LaunchPlan, extra: list[Any]) -> LaunchPlan:
        """Give a plugin its options as its standard input; the file is closed with *extra*."""
        options = self.watcher.spec.plugin_options
        if options is None:
            return plan
        file = letter(encode(options))
        extra.append(file)
        return replace(plan, stdin=file.fileno())

    def _follow(self, process: Process, outputs: list[tuple[int, int]]) -> None:
        watcher, pid = self.watcher, process.pid
        self.crew.deaths.own(pid, self)
        for channel, (read, write) in zip(watcher.channels, outputs, strict=True):
            if channel is not None:
                os.close(write)
                self.crew.output.add(read, pid, channel)
        watcher.processes[pid] = process
        self._newborn = process

    def _output(self, channel: Channel | None, ends: list[int]) -> tuple[int, int]:
        """Return the read end and what the child gets; both are INHERIT without a stream."""
        if channel is None:
            return INHERIT, INHERIT
        pipe = self.crew.output.pipe()
        ends.extend(pipe)
        return pipe

    def _who(self) -> Identity:
        if self._identity is None:
            spec = self.watcher.spec
            self._identity = identity(spec.uid, spec.gid, spec.groups)
        return self._identity

    def _wanted_reuseport(self) -> list[str]:
        spec, sockets = self.watcher.spec, self.watcher.sockets
        names = {*command_sockets(spec), *handed_sockets(spec, sockets)}
        return [name for name, one in sockets.items() if one.so_reuseport and name in names]

    def _sockets(self, extra: list[Any]) -> dict[str, int]:
        """Return the managed sockets' descriptors; a worker gets its own so_reuseport sockets."""
        found = {name: one.fileno() for name, one in self.watcher.sockets.items()}
        for name in self._reuseport:
            fresh = self.watcher.sockets[name].for_worker()
            extra.append(fresh)
            found[name] = fresh.fileno()
        return found

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
            if await self.call_hook("before_signal", about):
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

    def kill_session(self, pid: int) -> None:
        """Send SIGKILL to a process and its session."""
        self.watcher.processes[pid].stopping = True
        members = self.crew.sessions.members([pid])[pid]
        self._send(pid, SIGKILL)
        self.crew.sessions.signal(pid, members, SIGKILL)

    def signal_session(self, pid: int, signum: int) -> None:
        """Signal what a process left in its session."""
        members = self.crew.sessions.members([pid])[pid]
        if not self.crew.sessions.signal(pid, members, signum):
            self.crew.sessions.forget(pid)
            self.watcher.feed(SessionEmptied(pid))

    def ask_hook(self, question: int, hook: str, about: Mapping[str, Any]) -> None:
        """Call a hook off the loop."""
        if hook.endswith("_reap"):
            about = {**about, "time": time.time()}
        self.watcher.hooks_at_work.ask(
            self.crew.tasks,
            hook,
            about,
            self.watcher.spec.hook_timeout,
            lambda yes: self.watcher.feed(Answered(question, yes)),
        )

    async def call_hook(self, hook: str, about: Mapping[str, Any]) -> bool:
        """Call a hook off the loop and wait for its verdict."""
        if hook not in self.watcher.hooks_at_work:
            return True
        verdict: asyncio.Future[bool] = self.crew.loop.create_future()
        limit = self.watcher.spec.hook_timeout
        self.watcher.hooks_at_work.ask(self.crew.tasks, hook, about, limit, verdict.set_result)
        return await verdict

    def announce(self, event: str, fields: Mapping[str, Any]) -> None:
        """Publish an event, and log those that people look for."""
        self.watcher.notify_event(event, dict(fields))
        if event in LOGGED:
            logger.info(LOGGED[event], self.watcher.name)

    def open_streams(self) -> None:
        """Open the output streams; one that cannot be opened says so and loses its output."""
        for channel in self.watcher.channels:
            if channel is not None:
                try:
                    channel.open()
                except OSError as error:
                    text = "cannot open %s of %r: %s"
                    logger.error(text, channel.name, self.watcher.name, error)

    def close_streams(self) -> None:
        """Close the output streams; what was written is read before."""
        for channel in self.watcher.channels:
            if channel is not None:
                self.crew.output.release(channel)
                channel.close()

    def listen(self, on: bool) -> None:
        """Watch the sockets of an on-demand watcher, or stop watching them."""
        for fd in self._listening:
            self.crew.loop.remove_reader(fd)
            os.close(fd)
        self._listening = []
        if on:
            for name in self._demanded():
                # a copy, for two watchers may watch one socket
                fd = os.dup(self.watcher.sockets[name].fileno())
                self._listening.append(fd)
                self.crew.loop.add_reader(fd, self.watcher.feed, SocketReady())

    def reply(self, ticket: int, outcome: Outcome) -> None:
        """Resolve the future of a request."""
        drive = self.watcher.drive
        assert drive is not None
        drive.resolve(ticket, outcome)

    def abandon(self) -> None:
        """Let the processes run on; they are reaped when they end, and nothing follows."""
        for pid in self.watcher.processes:
            self.crew.deaths.disown(pid)
        self.close()

    def close(self) -> None:
        """Stop watching sockets, and let the hooks' thread end."""
        self.listen(False)
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

    def _demanded(self) -> list[str]:
        """Return the sockets that wake the watcher: those that it names, else all."""
        known, spec = self.watcher.sockets, self.watcher.spec
        named = handed_sockets(spec, known) if spec.listen_fds else used_sockets(spec)
        return [name for name in known if name in named] or list(known)
