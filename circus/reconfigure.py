"""``reloadconfig``: the new one is built whole, then swapped in (spec §5.9 with its flaws mended).

Everything that can be refused is refused before anything moves: the file is read and checked,
every watcher that is new or different is built (its hooks are found, its streams made), every new
socket is bound. Only then the changes are carried out, each watcher by the mildest act that does:
see :class:`circus.core.reload.Act`. What was changed or added at run time stays as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from circus.core.reload import Act, Changes, WatcherChange, changes
from circus.crew import Crew
from circus.exc import ConfigError
from circus.sockets import CircusSocket, CircusSockets
from circus.spec.launch import handed_sockets, used_sockets
from circus.spec.model import FleetSpec, SocketSpec
from circus.watcher import Watcher

PLACE = ("host", "port", "family", "type", "path", "interface", "so_reuseport")
"""What makes the address of a socket."""


class Swappable(Protocol):
    """What takes another configuration: an arbiter."""

    sockets: CircusSockets
    crew: Crew

    def find_watcher(self, name: str) -> Watcher | None:
        """Return a watcher by its name in any case, or None."""

    def take_watcher(self, watcher: Watcher) -> None:
        """Know one more watcher."""

    def rm_watcher(self, name: str) -> asyncio.Future[Any]:
        """Forget a watcher and stop it."""

    def start_group(self, watchers: Sequence[Watcher]) -> asyncio.Future[None]:
        """Start those of the watchers that have autostart, by priority."""

    def set_warmup(self, seconds: float) -> None:
        """Leave so much time between the starts of two watchers."""


@dataclass
class Swap:
    """A configuration that is ready to be taken.

    :param old: what was loaded last
    :param new: what is to be
    """

    arbiter: Swappable
    old: FleetSpec
    new: FleetSpec
    built: dict[str, Watcher] = field(default_factory=dict)
    bound: dict[str, CircusSocket] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.changes = self._with_sockets(changes(self.old, self.new))

    # --- what would be done -----------------------------------------------------------------------

    def told(self) -> dict[str, Any]:
        """Return what would be done, as an answer to a client."""
        found = self.changes
        return {
            "watchers": [
                {"name": one.name, "act": one.act.value, "why": list(one.fields)}
                for one in found.watchers
            ],
            "sockets": {
                "add": [spec.name for spec in found.sockets_added],
                "remove": [spec.name for spec in found.sockets_removed],
                "change": [spec.name for spec in found.sockets_changed],
            },
            "circus": list(found.daemon),
            "needs_restart": self.needs_restart(),
        }

    def needs_restart(self) -> list[str]:
        """Return the options of ``[circus]`` that only a restart puts into effect."""
        return [name for name in self.changes.daemon if name != "warmup_delay"]

    # --- building ---------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Build all that is new.

        :raises ConfigError: with all that is wrong; nothing has changed
        """
        problems = [*self._build_watchers(), *self._build_sockets()]
        if problems:
            self.drop()
            raise ConfigError(problems)

    def drop(self) -> None:
        """Give back what was built."""
        for socket in self.bound.values():
            socket.close()

    def _build_watchers(self) -> Iterator[str]:
        for change in self.changes.watchers:
            there = self.arbiter.find_watcher(change.name)
            if change.act is Act.ADD and there is not None:
                yield f"[watcher:{change.name}] was added at run time: remove it first"
            if change.spec is None or change.act in (Act.KEEP, Act.RESCALE):
                continue
            try:
                self.built[change.name] = Watcher.from_spec(change.spec)
            except (ImportError, ValueError, TypeError, OSError) as error:
                yield f"[watcher:{change.name}] {error}"

    def _build_sockets(self) -> Iterator[str]:
        before = {spec.name: spec for spec in self.old.sockets}
        for spec in (*self.changes.sockets_added, *self.changes.sockets_changed):
            if spec.name in before and _place(spec) == _place(before[spec.name]):
                yield (
                    f"[socket:{spec.name}] cannot be changed while its address stays: "
                    "stop and start circusd"
                )
                continue
            try:
                self.bound[spec.name] = made = CircusSocket.from_spec(spec)
                if not made.so_reuseport:
                    made.bind_and_listen()
            except (OSError, ValueError) as error:
                yield f"[socket:{spec.name}] {getattr(error, 'strerror', None) or error}"

    # --- carrying out -----------------------------------------------------------------------------

    def carry_out(self) -> list[asyncio.Future[Any]]:
        """Take the new configuration; the futures are done when every goal is met."""
        if "warmup_delay" in self.changes.daemon:
            self.arbiter.set_warmup(self.new.daemon.warmup_delay)
        replaced = [self.arbiter.sockets.get(name) for name in self.bound]
        removed = [self.arbiter.sockets.get(one.name) for one in self.changes.sockets_removed]
        self.arbiter.sockets.update(self.bound)
        moves = [move for change in self.changes.watchers for move in self._watcher(change)]
        added = [one.name for one in self.changes.watchers if one.act is Act.ADD]
        if added:
            new = [self.built[name] for name in added]
            moves.append(self.arbiter.start_group(new))
        for one in self.changes.sockets_removed:
            self.arbiter.sockets.pop(one.name, None)
        self._close_after(moves, [one for one in (*replaced, *removed) if one is not None])
        return moves

    def _watcher(self, change: WatcherChange) -> Iterator[asyncio.Future[Any]]:
        """Carry out one change."""
        there = self.arbiter.find_watcher(change.name)
        if change.spec is None:
            if there is not None:
                yield self.arbiter.rm_watcher(change.name)
        elif change.act is Act.ADD:
            self.arbiter.take_watcher(self.built[change.name])
        elif change.act is Act.REBUILD and there is not None:
            name = f"rebuild {change.name}"
            yield self.arbiter.crew.tasks.start(name, self._rebuild(there))
        elif change.act is not Act.KEEP and there is not None:  # else it was removed at run time
            there.change(change.spec)
            recount = "numprocesses" in change.fields
            yield there.respec(change.spec, change.act is Act.RELOAD, recount)

    async def _rebuild(self, there: Watcher) -> None:
        """Put another watcher in the place of one, which has to be down before it starts."""
        wanted = there.machine.goal.up
        gone = self.arbiter.rm_watcher(there.name)
        new = self.built[there.name]
        self.arbiter.take_watcher(new)
        await gone
        if wanted:
            await new.start()

    async def follow(self, moves: list[asyncio.Future[Any]]) -> dict[str, Any]:
        """Wait for what was begun; return what was done.

        :raises ConfigError: what did not come to a good end, such as a program that cannot start
        """
        ends = await asyncio.gather(*moves, return_exceptions=True)
        failed = [str(end) for end in ends if isinstance(end, Exception)]
        if failed:
            raise ConfigError(failed)
        return self.told()

    def _close_after(self, moves: list[asyncio.Future[Any]], sockets: list[CircusSocket]) -> None:
        """Close sockets that nobody is to use any more, once those who did are gone."""
        if not sockets:
            return
        left = {*moves}

        def close(done: asyncio.Future[Any] | None = None) -> None:
            left.discard(done)
            if not left:
                for socket in sockets:
                    socket.close()

        for move in moves:
            move.add_done_callback(close)
        close()

    def _with_sockets(self, found: Changes) -> Changes:
        """Have the watchers reloaded whose socket gets another address, or that have others now."""
        moved = {spec.name for spec in found.sockets_changed}
        others = {spec.name for spec in (*found.sockets_added, *found.sockets_removed)}
        if not moved and not others:
            return found
        watchers = tuple(
            replace(one, act=Act.RELOAD, fields=(*one.fields, "sockets"))
            if one.spec
            and one.act not in (Act.ADD, Act.REBUILD)
            and (moved & used_sockets(one.spec) or handed_sockets(one.spec, moved | others))
            else one
            for one in found.watchers
        )
        return replace(found, watchers=watchers)


def _place(spec: SocketSpec) -> Mapping[str, Any]:
    return {name: getattr(spec, name) for name in PLACE}
