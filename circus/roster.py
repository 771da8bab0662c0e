"""Which watchers there are: by name in any case, in the order of their priority."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from circus.sockets import CircusSocket, CircusSockets
from circus.watcher import Watcher


class Roster:
    """The watchers and sockets of an arbiter.

    :param watchers: to begin with
    :param sockets: the managed sockets
    """

    def __init__(self, watchers: Iterable[Watcher], sockets: CircusSockets) -> None:
        self.watchers = list(watchers)
        self.sockets = sockets
        self._watchers_names = {watcher.name.lower(): watcher for watcher in self.watchers}

    def enlist(self, watcher: Watcher) -> None:
        """Add a watcher."""
        self.watchers.append(watcher)
        self._watchers_names[watcher.name.lower()] = watcher

    def strike(self, watcher: Watcher) -> None:
        """Remove a watcher."""
        self.watchers.remove(watcher)
        del self._watchers_names[watcher.name.lower()]

    def find_watcher(self, name: str) -> Watcher | None:
        """Return a watcher by its name in any case, or None."""
        return self._watchers_names.get(name.lower())

    def get_watcher(self, name: str) -> Watcher:
        """Return a watcher by its name in any case; KeyError."""
        return self._watchers_names[name.lower()]

    def get_socket(self, name: str) -> CircusSocket | None:
        """Return a managed socket, or None."""
        return self.sockets.get(name)

    def iter_watchers(self, reverse: bool = True) -> Iterator[Watcher]:
        """Iterate by priority, the highest first, or the lowest first."""
        return iter(sorted(self.watchers, key=lambda one: one.spec.priority, reverse=reverse))

    def numprocesses(self) -> int:
        """Return the number of processes of all watchers."""
        return sum(map(len, self.watchers))

    def numwatchers(self) -> int:
        """Return the number of watchers."""
        return len(self.watchers)

    def statuses(self) -> dict[str, str]:
        """Return the status of each watcher by its name."""
        return {watcher.name: watcher.status() for watcher in self.watchers}
