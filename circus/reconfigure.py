"""``reloadconfig``: the new one is built whole, then swapped in (spec §5.9 with its flaws mended).

Everything that can be refused is refused before anything moves: the file is read and checked,
every watcher that is new or different is built (its hooks are found, its streams made), every new
socket is bound. Only then the changes are carried out, each watcher by the mildest act that does:
see :class:`circus.core.reload.Act`. What was changed or added at run time stays as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from circus.core.messages import SocketsChanged
from circus.core.reload import Act, WatcherChange, changes
from circus.crew import Crew
from circus.exc import ConfigError
from circus.rebind import Rebinding
from circus.sockets import CircusSockets
from circus.spec.launch import handed_sockets, holds, used_sockets
from circus.spec.model import FleetSpec, WatcherSpec
from circus.watcher import Watcher


class Swappable(Protocol):
    """What takes another configuration: an arbiter."""

    sockets: CircusSockets
    watchers: list[Watcher]
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

    def __post_init__(self) -> None:
        self.sockets = Rebinding(self.arbiter.sockets, self.old.sockets, self.new.sockets)
        self.changes = changes(self.old, self.new)
        self._by_name = {change.name: change for change in self.changes.watchers}
        self.watchers = self._with_sockets(self.changes.watchers)

    # --- what would be done -----------------------------------------------------------------------

    def told(self) -> dict[str, Any]:
        """Return what would be done, as an answer to a client."""
        return {
            "watchers": [
                {"name": one.name, "act": one.act.value, "why": list(one.fields)}
                for one in self.watchers
            ],
            "sockets": self.sockets.told(),
            "circus": list(self.changes.daemon),
            "needs_restart": self.needs_restart(),
        }

    def needs_restart(self) -> list[str]:
        """Return the options of ``[circus]`` that only a restart puts into effect."""
        return [name for name in self.changes.daemon if name != "warmup_delay"]

    def outcome(self) -> FleetSpec:
        """Return what is in effect then: what needs a restart is as before, and told again."""
        kept = {name: getattr(self.old.daemon, name) for name in self.needs_restart()}
        return replace(self.new, daemon=replace(self.new.daemon, **kept))

    def plan(self) -> dict[str, Any]:
        """Return what would be done.

        :raises ConfigError: what can be refused before anything is built
        """
        if problems := self._refusals():
            raise ConfigError(problems)
        return self.told()

    # --- building ---------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Build all that is new.

        :raises ConfigError: with all that is wrong; nothing has changed
        """
        problems = [*self._build_watchers(), *self._refusals(), *self.sockets.prepare()]
        # what is in the way of another socket is closed only when all the rest is well
        problems = problems or self.sockets.rebind()
        if problems:
            self.sockets.undo()
            raise ConfigError(problems)

    def _refusals(self) -> list[str]:
        """Return what cannot be done to the sockets while their users are as they are."""
        return [*self.sockets.refusals(self._holders), *self._orphans()]

    def _holders(self, name: str) -> list[str]:
        """Return the watchers whose processes have a socket open now."""
        return [
            one.name
            for one in self.arbiter.watchers
            if len(one) and holds(one.spec, name, self.arbiter.sockets)
        ]

    def _orphans(self) -> Iterator[str]:
        """Iterate over what names a socket that goes, in what was changed at run time."""
        for name in sorted(self.sockets.removed_names):
            for one in self.arbiter.watchers:
                spec = self._spec_after(one)
                if spec is not None and self._names(spec, name):
                    yield f"[socket:{name}] is used by {one.name}, changed or added at run time"

    def _names(self, spec: WatcherSpec, name: str) -> bool:
        """Say whether a watcher cannot be without a socket."""
        listed = spec.listen_fds if isinstance(spec.listen_fds, tuple) else ()
        return name in used_sockets(spec, self.arbiter.sockets) or name in listed

    def _spec_after(self, there: Watcher) -> WatcherSpec | None:
        """Return what a watcher will be asked to be; None when it goes."""
        change = self._by_name.get(there.name)
        return there.spec if change is None or change.act is Act.KEEP else change.spec

    def _build_watchers(self) -> Iterator[str]:
        for change in self.watchers:
            there = self.arbiter.find_watcher(change.name)
            if change.act is Act.ADD and there is not None:
                yield f"[watcher:{change.name}] was added at run time: remove it first"
            if change.spec is None or change.act in (Act.KEEP, Act.RESCALE):
                continue
            try:
                self.built[change.name] = Watcher.from_spec(change.spec)
            except (ImportError, ValueError, TypeError, OSError) as error:
                yield f"[watcher:{change.name}] {error}"

    # --- carrying out -----------------------------------------------------------------------------

    def carry_out(self) -> list[asyncio.Future[Any]]:
        """Take the new configuration; the futures are done when every goal is met."""
        if "warmup_delay" in self.changes.daemon:
            self.arbiter.set_warmup(self.new.daemon.warmup_delay)
        self.sockets.take()
        for there in self.arbiter.watchers:
            if there.stage is not None:
                there.stage.births.look_at_sockets()
            if there.spec.on_demand:
                there.feed(SocketsChanged())
        moves = [move for change in self.watchers for move in self._watcher(change)]
        added = [one.name for one in self.watchers if one.act is Act.ADD]
        if added:
            new = [self.built[name] for name in added]
            moves.append(self.arbiter.start_group(new))
        self._retire_after(moves)
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

    def _retire_after(self, moves: list[asyncio.Future[Any]]) -> None:
        """Close the sockets that nobody is to use any more, once those who did are gone."""
        left = {*moves}

        def retire(done: asyncio.Future[Any] | None = None) -> None:
            left.discard(done)
            if not left:
                self.arbiter.sockets.retire_leaving()

        for move in moves:
            move.add_done_callback(retire)
        retire()

    def _with_sockets(self, found: Sequence[WatcherChange]) -> tuple[WatcherChange, ...]:
        """Have the watchers reloaded that have to get a socket anew, or are handed others.

        Those that were added or changed at run time stay what they are.
        """
        moved, known = self.sockets.changed_names, self.arbiter.sockets
        others = moved | self.sockets.removed_names
        named = {one.name: one for one in found}
        for there in self.arbiter.watchers if others else ():
            spec, one = self._spec_after(there), named.get(there.name)
            if spec is None:
                continue
            if not (moved & used_sockets(spec, known) or handed_sockets(spec, others)):
                continue
            if one is None:
                named[there.name] = WatcherChange(there.name, Act.RELOAD, ("sockets",), spec)
            elif one.act not in {Act.ADD, Act.REBUILD}:
                why = (*one.fields, "sockets")
                named[there.name] = replace(one, act=Act.RELOAD, fields=why, spec=spec)
        return tuple(named[name] for name in sorted(named))
