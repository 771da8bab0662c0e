"""The sockets of a new configuration: bound and changed first, so that all or nothing is taken.

1. :attr:`Rebinding.changes` compares by address (:mod:`circus.core.moves`), hosts resolved.
2. :meth:`Rebinding.refusals` says what cannot be while processes hold a descriptor.
3. :meth:`Rebinding.prepare` binds what is new and changes what stays.
4. :meth:`Rebinding.rebind` closes what is in the way of another socket on its address, and binds
   that. :meth:`Rebinding.undo` takes all of it back.
5. :meth:`Rebinding.take` puts the sockets under their new names; those that are left are *leaving*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from circus import logger
from circus.core.moves import SocketAct, socket_changes
from circus.sockets import CircusSocket, CircusSockets
from circus.sockets.numbers import FAMILIES, resolved, socktype
from circus.spec.model import SocketSpec

Held = Callable[[str], list[str]]
"""From the name of a socket to the watchers whose processes hold its descriptor now."""


class Rebinding:
    """The way from the sockets that are open to those that a configuration asks for.

    :param sockets: what is open
    :param old: what was loaded last
    :param new: what is to be
    """

    def __init__(
        self, sockets: CircusSockets, old: Sequence[SocketSpec], new: Sequence[SocketSpec]
    ) -> None:
        self._sockets = sockets
        self._asked = {spec.name: spec for spec in new}
        before = {spec.name: spec for spec in old}
        self._open = {name: _as_bound(spec, sockets.get(name)) for name, spec in before.items()}
        wanted = [_as_wanted(spec, before.get(spec.name), self._open) for spec in new]
        self.changes = socket_changes(list(self._open.values()), wanted)
        self._before = before
        self._bound: dict[str, CircusSocket] = {}
        self._old_names = {one.name: one.old.name for one in self.changes if one.stays and one.old}
        self._tuned: list[str] = []
        self._closed: list[str] = []

    @property
    def changed_names(self) -> set[str]:
        """The names that processes have to be replaced for: another descriptor or address."""
        return {change.name for change in self.changes if change.reaches_workers}

    @property
    def removed_names(self) -> set[str]:
        """The names that will be gone."""
        return self._before.keys() - self._asked.keys()

    def told(self) -> list[dict[str, object]]:
        """Return what is done to each socket, as an answer to a client."""
        return [
            {"name": one.name, "act": one.act.value, "why": list(one.fields)}
            for one in self.changes
        ]

    # --- what may not be --------------------------------------------------------------------------

    def refusals(self, held: Held) -> Iterator[str]:
        """Iterate over what cannot be done now.

        :param held: the watchers that have to be stopped before a socket can be bound anew
        """
        for change in self.changes:
            if change.new and change.name in self._sockets and change.name not in self._before:
                yield f"[socket:{change.name}] was added at run time: the name is taken"
            for name in change.after:
                if name in self._sockets and self._sockets[name].adopted:
                    yield f"[socket:{name}] cannot be bound anew: it was given to circusd, not made"
            holders = sorted({watcher for name in change.after for watcher in held(name)})
            if holders:
                yield (
                    f"[socket:{change.name}] cannot be bound anew "
                    f"({', '.join(change.fields) or 'new'}) while its address is in use: "
                    f"stop {', '.join(holders)} first"
                )

    # --- doing and undoing ------------------------------------------------------------------------

    def prepare(self) -> list[str]:
        """Bind what is new and change what stays; return what went wrong."""
        at_once = [one.name for one in self.changes if one.new and not one.stays and not one.after]
        in_place = [one.name for one in self.changes if one.act is SocketAct.LIVE]
        return [*_each(self._bind, at_once), *_each(self._tune, in_place)]

    def rebind(self) -> list[str]:
        """Close what is in the way of another socket on its address, and bind that.

        :returns: what went wrong
        """
        changes = [change for change in self.changes if change.after]
        for name in sorted({name for change in changes for name in change.after}):
            if name in self._sockets:
                self._sockets[name].retire()
                self._closed.append(name)
        return _each(self._bind, [change.name for change in changes])

    def undo(self) -> None:
        """Take back what was prepared."""
        for sock in self._bound.values():
            sock.close()
        problems = [*_each(self._retune, self._tuned), *_each(self._reopen, self._closed)]
        for problem in problems:
            logger.error("cannot go back: %s", problem)

    def take(self) -> None:
        """Have the sockets under their new names; those that nobody is to use are leaving."""
        there = dict(self._sockets)
        staying = {old: name for name, old in self._old_names.items()}
        for name in self._before:
            self._sockets.pop(name, None)
        self._sockets.update(
            {new: there[old] for old, new in staying.items() if old in there} | self._bound
        )
        gone = self._before.keys() - staying.keys() - set(self._closed)
        self._sockets.leaving += [there[name] for name in sorted(gone) if name in there]

    # --- details ----------------------------------------------------------------------------------

    def _bind(self, name: str) -> None:
        self._bound[name] = _opened(self._asked[name])

    def _tune(self, name: str) -> None:
        old = self._old_names[name]
        if old in self._sockets:
            self._tuned.append(old)
            self._sockets[old].tune(self._asked[name])

    def _retune(self, name: str) -> None:
        self._sockets[name].tune(self._before[name])

    def _reopen(self, name: str) -> None:
        self._sockets[name] = _opened(self._open[name])


def _opened(spec: SocketSpec) -> CircusSocket:
    """Return a socket, bound; of one that each process binds the address is tried."""
    made = CircusSocket.from_spec(spec)
    try:
        if made.so_reuseport:
            made.try_address()
        else:
            made.bind_and_listen()
    except OSError:
        made.close()
        raise
    return made


def _each(act: Callable[[str], None], names: Iterable[str]) -> list[str]:
    """Do something to each of several sockets; return what went wrong, each with its name."""
    found = []
    for name in names:
        try:
            act(name)
        except (OSError, ValueError) as error:  # noqa: PERF203 - each has its turn
            found.append(f"[socket:{name}] {getattr(error, 'strerror', None) or error}")
    return found


def _as_bound(spec: SocketSpec, sock: CircusSocket | None) -> SocketSpec:
    """Return the specification of an open socket with the address that it has."""
    if sock is None:
        return spec
    if sock.is_unix:
        return replace(spec, family="AF_UNIX", path=sock.path)
    family = next(name for name, number in FAMILIES.items() if number == sock.family)
    return replace(spec, family=family, path=None, host=sock.host, port=sock.port)


def _as_wanted(
    spec: SocketSpec, before: SocketSpec | None, is_open: Mapping[str, SocketSpec]
) -> SocketSpec:
    """Return a specification with the address that it means: numbers for names of hosts.

    What is written as it was stays what it is, whatever a name would lead to now, and whatever
    free port was found.
    """
    if before == spec:
        return is_open[spec.name]
    if before and _written(before) == _written(spec):
        now = is_open[spec.name]
        return replace(spec, family=now.family, host=now.host, port=now.port, path=now.path)
    if spec.path is not None:
        return spec
    try:
        host = resolved(spec.host, spec.port, FAMILIES[spec.family], socktype(spec.type))[0]
    except OSError:  # told where it is bound
        return spec
    return replace(spec, host=str(host))


def _written(spec: SocketSpec) -> tuple[object, ...]:
    """Return the address as it is written."""
    return spec.family, spec.type, spec.host, spec.port, spec.path
