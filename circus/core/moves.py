"""What a new configuration does to the sockets: which stay open, which move, which go. Pure.

A socket is known by its address. Where the address stays, the descriptor stays, under whatever
name, and what can be changed on an open socket is changed there. What cannot be changed on an open
socket means another socket on the same address, which cannot be bound while the old one is: the
processes that hold it have to go first. A socket on a new address is bound beside the old ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import Enum

from circus.spec.addresses import address, clash
from circus.spec.model import SocketSpec

ON_OPEN = frozenset({"name", "backlog", "path", "umask", "mode", "owner", "group", "replace"})
"""The fields that can differ while the descriptor stays (a path that is the same file)."""
_WORKERS = frozenset({"backlog"})
"""Of these, what a socket that each process binds anew takes when it is bound."""


class SocketAct(Enum):
    """What is done to one socket."""

    KEEP = "keep"
    LIVE = "apply live"
    MOVE = "move"
    REBIND = "rebind"
    ADD = "add"
    REMOVE = "remove"


@dataclass(frozen=True)
class SocketChange:
    """What is done to one socket.

    :param name: of its section, the new one if there is one
    :param fields: what differs
    :param old: what is open now and stays, moves or goes
    :param new: what is to be
    :param after: the names of the open sockets that have to be closed before this one is bound
    """

    name: str
    act: SocketAct
    fields: tuple[str, ...] = ()
    old: SocketSpec | None = None
    new: SocketSpec | None = None
    after: tuple[str, ...] = ()

    @property
    def stays(self) -> bool:
        """Whether the descriptor stays open."""
        return self.act in {SocketAct.KEEP, SocketAct.LIVE}

    @property
    def reaches_workers(self) -> bool:
        """Whether processes that name the socket have to be replaced to have it as it is now."""
        if self.new is None:
            return False
        if not self.stays:
            return True
        return "name" in self.fields or (
            self.new.so_reuseport and not _WORKERS.isdisjoint(self.fields)
        )


def socket_changes(
    old: Sequence[SocketSpec], new: Sequence[SocketSpec]
) -> tuple[SocketChange, ...]:
    """Compare the sockets of two configurations, hosts resolved and free ports filled in.

    :param old: what is open, as it was loaded last
    :param new: what is to be
    :returns: what has to be done, sorted by name
    """
    named = {spec.name: spec for spec in old}
    at_place = _at_their_places(old, new)
    staying = {spec.name for spec in at_place.values()}
    going = [spec for spec in old if spec.name not in staying]
    found = []
    for spec in new:
        there = at_place.get(spec.name)
        if there is not None:
            found.append(_at_its_place(there, spec, going))
        else:
            before = named.get(spec.name)
            found.append(_elsewhere(before if before in going else None, spec, going))
    wanted = {spec.name for spec in new}
    found += [
        SocketChange(spec.name, SocketAct.REMOVE, old=spec)
        for spec in going
        if spec.name not in wanted
    ]
    return tuple(sorted(found, key=lambda change: change.name))


def _at_their_places(old: Sequence[SocketSpec], new: Sequence[SocketSpec]) -> dict[str, SocketSpec]:
    """Return the open socket that each new name has the address of; each is had once."""
    known = {address(spec): spec for spec in old if address(spec) is not None}
    names = {spec.name for spec in old}
    # who keeps its name comes first
    ordered = sorted(new, key=lambda spec: (spec.name not in names, spec.name))
    found = {spec.name: known.pop(address(spec), None) for spec in ordered}
    return {name: spec for name, spec in found.items() if spec is not None}


def _at_its_place(old: SocketSpec, new: SocketSpec, going: Sequence[SocketSpec]) -> SocketChange:
    """Return what is done where the address stays."""
    differing = _differing(old, new)
    if not differing:
        return SocketChange(new.name, SocketAct.KEEP, (), old, new)
    if ON_OPEN.issuperset(differing):
        return SocketChange(new.name, SocketAct.LIVE, differing, old, new)
    after = (old.name, *_in_the_way(new, going))
    return SocketChange(new.name, SocketAct.REBIND, differing, old, new, after)


def _elsewhere(
    old: SocketSpec | None, new: SocketSpec, going: Sequence[SocketSpec]
) -> SocketChange:
    """Return what is done where the address is new."""
    after = _in_the_way(new, going)
    differing = _differing(old, new) if old else ()
    if after:
        return SocketChange(new.name, SocketAct.REBIND, differing, old, new, after)
    return SocketChange(
        new.name, SocketAct.MOVE if old else SocketAct.ADD, differing, old, new, after
    )


def _in_the_way(new: SocketSpec, going: Sequence[SocketSpec]) -> tuple[str, ...]:
    return tuple(spec.name for spec in going if clash(spec, new))


def _differing(old: SocketSpec, new: SocketSpec) -> tuple[str, ...]:
    names = (field.name for field in fields(old))
    return tuple(name for name in names if getattr(old, name) != getattr(new, name))
