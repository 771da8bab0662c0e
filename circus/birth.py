"""The birth of a process: what a watcher's processes are given, and their launch."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

from circus.crew import Crew
from circus.host.letter import with_letter
from circus.host.users import identity
from circus.output.outlets import Ends, Outlet
from circus.process import Process
from circus.sockets import CircusSockets
from circus.spec.launch import (
    Identity,
    Launcher,
    given_sockets,
    handed_sockets,
    socket_variables,
)
from circus.spec.model import WatcherSpec
from circus.spec.statistics import is_helper, may_have
from circus.surroundings import Surroundings


class Parent(Protocol):
    """Whose processes they are: a watcher."""

    name: str
    cmd: str
    spec: WatcherSpec
    env: dict[str, str]
    surroundings: Surroundings
    sockets: CircusSockets
    channels: list[Outlet]


class Births:
    """Makes the processes of one watcher.

    :param watcher: whose they are
    :param crew: the means that the watchers of one arbiter share
    """

    def __init__(self, watcher: Parent, crew: Crew) -> None:
        self._watcher = watcher
        self._crew = crew
        self.prepare()

    def prepare(self) -> None:
        """Take the watcher's spec as it is now."""
        spec, name = self._watcher.spec, self._watcher.name
        self._launcher = Launcher(spec, os.environ)
        self._identity: Identity | None = None
        self._spawn = partial(self._crew.kin.spawn, contain=spec.contain, label=name)
        self.look_at_sockets()

    def look_at_sockets(self) -> None:
        """Take the managed sockets as they are now: which of them are the workers' own."""
        spec, known = self._watcher.spec, self._watcher.sockets
        self._named = bool(socket_variables(spec))
        given = {*given_sockets(spec, known), *handed_sockets(spec, known)}
        self._reuseport = [name for name in known if known[name].so_reuseport and name in given]

    def who(self) -> Identity:
        """Return who the processes are to be; ValueError for a user or a group that is unknown."""
        if self._identity is None:
            spec = self._watcher.spec
            self._identity = identity(spec.uid, spec.gid, spec.groups)
        return self._identity

    def tells_wid(self, env: Mapping[str, str]) -> bool:
        """Say whether a process with this environment is told its wid."""
        return self._launcher.tells_wid(env)

    def spawn(self, wid: int) -> Process:
        """Launch the process of a place, and read what it will write.

        :raises LaunchError, OSError, ValueError, TypeError: it cannot be launched; nothing is left
        """
        watcher = self._watcher
        process = Process(watcher.name, wid, watcher.cmd, spawn=False, watcher=watcher)
        ends = Ends(watcher.channels, self._crew.output)
        extra: list[Any] = []
        try:
            process.env = watcher.surroundings.at_launch(watcher.env)
            plan = self._launcher.plan(
                wid,
                process.env,
                self._sockets(extra),
                self.who(),
                *ends.open(),
                places=watcher.sockets.places() if self._named else None,
            )
            plan = with_letter(plan, watcher.spec.plugin_options, extra)
            if is_helper(watcher.spec):
                plan = self._crew.lifeline().tie(plan)
            process.launch(plan, self._crew.children, self._spawn)
        except BaseException:
            ends.drop()
            raise
        finally:
            for socket in extra:
                socket.close()
        ends.follow(process.pid, wid)
        return process

    def _sockets(self, extra: list[Any]) -> dict[str, int]:
        """Return the managed sockets' descriptors; a worker gets its own so_reuseport sockets."""
        spec, known = self._watcher.spec, self._watcher.sockets
        found = {name: one.fileno() for name, one in known.items() if may_have(spec, name)}
        for name in self._reuseport:
            fresh = self._watcher.sockets[name].for_worker()
            extra.append(fresh)
            found[name] = fresh.fileno()
        return found
