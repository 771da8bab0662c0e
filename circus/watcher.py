"""A watcher: one command and its processes, as commands, hooks and library users hold it.

The Watcher is the public face. What happens next is decided by its machine
(:class:`circus.core.watcher.WatcherMachine`), and performed by its stage
(:class:`circus.stage.Stage`). A verb such as :meth:`Watcher.stop` moves the goal when it is called
and returns a future that resolves when the goal is met; nobody has to await it.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from signal import SIGKILL
from typing import Any

from circus.attributes import give_attributes, give_signature
from circus.audible import Audible
from circus.core import messages as m
from circus.core.watcher import WatcherMachine
from circus.crew import Crew
from circus.drive import Drive, Shape
from circus.exc import MessageError
from circus.handover import WATCHER_VERBS, do_there, hand_over
from circus.hooks import Hooks
from circus.host import cpus
from circus.host.users import identity
from circus.insight import explain
from circus.kept.watcher import Kept
from circus.loop import asyncio_loop, tornado_sleep
from circus.observable import Observable
from circus.process import Process
from circus.retune import channels, retune
from circus.sockets import CircusSockets
from circus.spec import build
from circus.spec.launch import import_path
from circus.spec.model import WatcherSpec
from circus.spec.options.row import Live
from circus.spec.options.watcher import POSITIONAL
from circus.spec.show import shown
from circus.stage import Stage
from circus.surroundings import Surroundings, redress

__all__ = ["Watcher", "tornado_sleep"]

ALONE = 1.0
"""Seconds between two looks of a watcher without an arbiter at what the kernel cannot tell."""

Publish = Callable[[str, str, Mapping[str, Any]], None]


class Watcher(Observable, Audible, Kept):
    """One command and its processes.

    :param name: its name; look-ups ignore the case
    :param cmd: the command line
    :param arguments, options: spec §11.3 in that order or by name; unknown names are freeform
        options, kept for hooks and plugins
    :raises ValueError: an option cannot be that, or two of them exclude each other
    :raises ImportError: a hook cannot be found
    """

    name: str
    cmd: str
    singleton: bool
    stop_children: bool

    def __init__(self, name: str, cmd: str, *arguments: Any, **options: Any) -> None:
        options.update(zip(POSITIONAL, arguments, strict=False))
        self.loop = options.pop("loop", None)
        self.prereload_fn = options.pop("prereload_fn", None)
        self._take(build.watcher_spec(name, cmd, cpus.available(), **options))

    @classmethod
    def from_spec(cls, spec: WatcherSpec, *, patient: bool = False) -> Watcher:
        """Return the watcher that a configuration asks for.

        :param patient: a log file that cannot be opened now is tried again when it is written
        """
        self = cls.__new__(cls)
        self.loop = self.prereload_fn = None
        self._take(spec, patient=patient)
        return self

    def _take(self, spec: WatcherSpec, *, patient: bool = False) -> None:
        self.spec = spec
        self.res_name = spec.name.lower().replace(" ", "_")
        self.surroundings = Surroundings(spec, os.environ, sys.path)
        self.env: dict[str, str] = dict(self.surroundings.made)
        self.processes: dict[int, Process] = {}
        self.arbiter: Any = None
        self.sockets: CircusSockets = CircusSockets()
        self._publish: Publish | None = None
        self.machine = WatcherMachine(spec)
        folders = import_path(spec, self.env, os.getcwd())
        self.channels = channels(spec, self.notify_event, patient=patient, folders=folders)
        self.hooks_at_work = Hooks(self, spec.hooks, folders)
        self.stage: Stage | None = None
        self.drive: Drive | None = None
        self._own_crew: Crew | None = None
        self._admit: Callable[..., None] | None = None

    def initialize(self, evpub_socket: Any, sockets: Any, arbiter: Any) -> None:
        """Join an arbiter.

        :param evpub_socket: its PUB socket, or None
        :param sockets: its managed sockets by name
        """
        self.evpub_socket = evpub_socket
        self.sockets = sockets if isinstance(sockets, CircusSockets) else CircusSockets(sockets)
        self.arbiter = arbiter

    def join(self, publish: Publish, admit: Callable[..., None] | None = None) -> None:
        """Have events published, and verbs admitted."""
        self._publish = publish
        self._admit = admit

    def attach(self, crew: Crew) -> None:
        """Work with the means that an arbiter's watchers share."""
        self.stage = Stage(self, crew)
        self.drive = Drive(self.machine, self.stage, crew.loop, self.name)

    # --- verbs ------------------------------------------------------------------------------------

    def start(self) -> asyncio.Future[Any]:
        """Goal: up. The future holds ``{"started": [pids], "kept": [pids]}``."""
        self._move("start")
        return self._ask(m.StartAsked, lambda out: _lists(out, "started", "kept"))

    def stop(self) -> asyncio.Future[Any]:
        """Goal: down."""
        return self.stop_as("stop")

    def stop_as(self, verb: str, close_output_streams: bool = True) -> asyncio.Future[Any]:
        """Goal: down, in the course of another verb."""
        self._move(verb)
        return self._ask(
            lambda ticket: m.StopAsked(ticket, verb, close_output_streams), lambda _: None
        )

    def restart(self) -> asyncio.Future[Any]:
        """Goal: down, then up. The future holds ``{"stopped", "started", "kept"}``."""
        self._move("restart")
        return self._ask(m.RestartAsked, _all_lists)

    def reload(self, graceful: bool = True, sequential: bool = False) -> asyncio.Future[Any]:
        """Goal: a new generation. The future holds ``{"stopped", "started", "kept"}``."""
        self._move("reload")
        if self.prereload_fn is not None:
            self.prereload_fn(self)
        if not graceful:
            if self.machine.status() == "stopped":
                return self._driven().done(_all_lists(m.Outcome()))
            return self._ask(lambda ticket: m.RestartAsked(ticket, "reload"), _all_lists)
        return self._ask(lambda ticket: m.ReloadAsked(ticket, sequential), _all_lists)

    def incr(self, nb: int = 1) -> asyncio.Future[int]:
        """Goal: so many more processes. The future holds the new count."""
        return self._count(self.numprocesses + nb, "incr")

    def decr(self, nb: int = 1) -> asyncio.Future[int]:
        """Goal: so many fewer processes, but not less than none. The future holds the count."""
        return self._count(max(0, self.numprocesses - nb), "decr")

    def set_numprocesses(self, np: int) -> asyncio.Future[int]:
        """Goal: so many processes. The future holds the count."""
        return self._count(np, "set")

    def kill(
        self,
        pids: Sequence[int],
        signum: int | None = None,
        graceful_timeout: float | None = None,
    ) -> asyncio.Future[Any]:
        """Stop processes; they are replaced.

        :param signum: instead of the watcher's stop_signal
        :param graceful_timeout: seconds, instead of the watcher's
        """
        targets = tuple(pids)
        return self._ask(
            lambda ticket: m.KillAsked(targets, signum, graceful_timeout, ticket), lambda _: True
        )

    def kill_process(
        self,
        process: Process,
        stop_signal: int | None = None,
        graceful_timeout: float | None = None,
    ) -> asyncio.Future[Any]:
        """Stop one process; it is replaced."""
        return self.kill([process.pid], stop_signal, graceful_timeout)

    def set_options(self, changes: Mapping[str, Any]) -> asyncio.Future[Any]:
        """Change options, all or none.

        :raises MessageError: a value is refused; nothing has changed
        """
        spec, live = self.altered(changes)
        return self.respec(spec, live is Live.RESPAWN, "numprocesses" in changes)

    def altered(self, changes: Mapping[str, Any]) -> tuple[WatcherSpec, Live]:
        """Take changed options; return the spec and what has to follow, of which nothing began.

        :raises MessageError: a value is refused; nothing has changed
        """
        self._move("set", sweeps=False)
        before = replace(self.spec, numprocesses=self.numprocesses)
        spec, live = build.changed(before, changes, cpus.available())
        try:
            identity(spec.uid, spec.gid, spec.groups)
        except (ValueError, TypeError) as error:
            raise MessageError(str(error)) from error
        self.change(spec, changes)
        for key in changes:
            self.notify_event("updated", {"key": key})
        return spec, live

    def respec(self, spec: WatcherSpec, respawn: bool, recount: bool) -> asyncio.Future[Any]:
        """Goal: what a changed spec asks for.

        :param respawn: by a new generation
        :param recount: its count is the new count
        """
        before = [m.CountAsked(spec.numprocesses)] if recount else []
        return self._driven().ask(
            lambda ticket: m.SpecChanged(spec, respawn, ticket), lambda _: None, *before
        )

    def change(self, spec: WatcherSpec, keys: Collection[str] = ()) -> None:
        """Take a spec whose options differ from what is; hooks and streams are built anew.

        :param keys: the options that were named; ``env`` among them replaces the environment
        :raises MessageError: a hook or a virtualenv cannot be found, or a stream cannot be made
        """
        around, env = redress(self, spec, "env" in keys)
        anew = any(key.partition(".")[0] == "hooks" for key in keys)
        self.hooks_at_work = retune(self, spec, env, anew)
        self.spec, self.surroundings, self.env = spec, around, env
        if self.stage:
            self.stage.prepare()

    # --- plain methods ----------------------------------------------------------------------------

    def spawn_process(self, recovery_wid: int | None = None) -> float | bool:
        """Launch the process of a place.

        :param recovery_wid: the place, which the machine chose
        :returns: when it was started (seconds since the epoch), or False when it failed
        """
        if self.stage is None or recovery_wid is None:
            return False
        process = self.stage.spawn(recovery_wid)
        return process.started if process else False

    def send_signal(self, pid: int, signum: int) -> bool:
        """Signal one process, through its hooks; KeyError for a stranger.

        :returns: False when a hook said no, or the process is gone
        """
        process = self.processes[pid]
        if self.stage and self.stage.performing:
            return process.send_signal(signum)
        about = {"pid": pid, "signum": signum}
        allowed = self.call_hook("before_signal", **about) or signum == SIGKILL
        sent = bool(allowed and do_there(self.home, process.send_signal, signum))
        self.call_hook("after_signal", **about)
        return sent

    def deliver(self, pids: Sequence[int], signum: int) -> asyncio.Future[Any]:
        """Signal processes through their hooks, called off the loop; a stranger gets none."""
        processes = [self.processes[pid] for pid in pids if pid in self.processes]
        drive = self._driven()
        assert self.stage is not None
        if {"before_signal", "after_signal"} & self.spec.hooks.keys():
            return self.stage.deliver(processes, signum)
        for process in processes:
            self.send_signal(process.pid, signum)
        return drive.done(None)

    def send_signal_child(self, pid: int, child_id: int, signum: int) -> None:
        """Signal one direct child of a process; KeyError, ProcessLookupError for strangers."""
        self.processes[pid].send_signal_child(child_id, signum)

    def send_signal_children(self, pid: int, signum: int, recursive: bool = False) -> None:
        """Signal the children of a process, or all its descendants; KeyError for a stranger."""
        self.processes[pid].send_signal_children(signum, recursive)

    def call_hook(self, hook_name: str, **about: Any) -> bool:
        """Call a hook in place; return its verdict (yes if there is none)."""
        return self.hooks_at_work.call(hook_name, about).yes

    def notify_event(self, topic: str, msg: Mapping[str, Any]) -> None:
        """Publish an event of this watcher."""
        if self._publish is not None:
            self._publish(self.name, topic, msg)

    def status(self) -> str:
        """Return ``stopped``, ``starting``, ``active`` or ``stopping``."""
        return self._told or self.machine.status()

    def explain(self) -> dict[str, Any]:
        """Return what stands behind the status: see :func:`circus.insight.explain`.

        ``contain`` says how far a stop reaches, and how: ``tree by cgroup`` and the like.
        """
        reach = self.stage.guarantee if self.stage else self.spec.contain
        return {**explain(self.machine, time.monotonic()), "contain": reach}

    def options(self, *_words: Any) -> list[tuple[str, Any]]:
        """Return the pairs of spec §4.17.3, sorted."""
        folder = self.spec.working_dir or os.getcwd()
        count, env = self.numprocesses, dict(self.env)
        spec = replace(self.spec, numprocesses=count, env=env, working_dir=folder)
        return shown(spec)

    # --- the machine ------------------------------------------------------------------------------

    def feed(self, *events: m.Event) -> None:
        """Tell the machine what happened."""
        self._driven().feed(*events)

    def abandon(self) -> asyncio.Future[Any]:
        """Let the processes run on, and forget them; they are still reaped."""
        drive = self._driven()
        if self.stage:
            self.stage.abandon()
        drive.stop()
        return drive.done(None)

    def close(self) -> None:
        """Give everything back; processes that run go on."""
        if self.drive and self.stage:
            self.drive.stop()
            self.stage.close()
        if self._own_crew:
            self._own_crew.close()

    def _driven(self) -> Drive:
        """Return what turns the machine; a watcher that works alone makes its own crew."""
        if self.drive is None:
            loop = asyncio_loop(self.loop) if self.loop else asyncio.get_running_loop()
            self._own_crew = Crew(loop)
            self._own_crew.deaths.start(ALONE)
            self.attach(self._own_crew)
        assert self.drive is not None
        return self.drive

    def _ask(self, event: Callable[[int], m.Event], shape: Shape) -> asyncio.Future[Any]:
        return self._driven().ask(event, shape)

    def _move(self, verb: str, *, sweeps: bool = True) -> None:
        """Have the arbiter admit a verb; ConflictError.

        :param sweeps: from now on they leave this watcher be
        """
        if self._admit is not None:
            self._admit(verb, self.name if sweeps else None)

    def _count(self, count: int, verb: str) -> asyncio.Future[int]:
        self._move(verb, sweeps=False)
        return self._ask(lambda ticket: m.CountAsked(count, ticket, verb), lambda _: count)

    @property
    def numprocesses(self) -> int:
        """How many processes there are to be."""
        return self.machine.goal.count

    @numprocesses.setter
    def numprocesses(self, count: int) -> None:
        if self.drive:
            self.drive.feed(m.CountAsked(count))
        else:
            self.machine.goal.count = count

    def __len__(self) -> int:
        return len(self.processes)

    def __repr__(self) -> str:
        return f"<circus.Watcher name={self.name} numprocesses={self.numprocesses}>"


def _lists(outcome: m.Outcome, *names: str) -> dict[str, list[int]]:
    return {name: list(getattr(outcome, name)) for name in names}


def _all_lists(outcome: m.Outcome) -> dict[str, list[int]]:
    return _lists(outcome, "stopped", "started", "kept")


give_attributes(Watcher)
give_signature(Watcher)
hand_over(Watcher, WATCHER_VERBS, "notify_event")
