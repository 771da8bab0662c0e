"""All that a command's handler may ask of the daemon.

The names are those of Circus's public Python API (spec §11.2, §11.3), so that the Arbiter and the
Watcher are a Fleet and a WatcherView as they stand. A verb moves the goal when it is called and
returns a future that resolves when the goal is met; nobody has to await it. Such a future may fail
with :class:`circus.exc.Superseded`, :class:`circus.exc.StartError` or another CircusError.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from circus.spec.model import WatcherSpec


class WatcherView(Protocol):
    """One watcher."""

    name: str
    numprocesses: int
    singleton: bool

    @property
    def spec(self) -> WatcherSpec:
        """What is asked for at this moment."""

    def status(self) -> str:
        """Return ``stopped``, ``starting``, ``active`` or ``stopping``."""

    def explain(self) -> Mapping[str, Any]:
        """Return what is behind the status: ``up``, ``wanted``, ``reason``, and more."""

    def __len__(self) -> int:
        """Return the number of processes."""

    def get_active_pids(self) -> list[int]:
        """Return the pids of the processes that are alive."""

    def wids(self) -> Mapping[int, int]:
        """Return the pids of its processes with their places."""

    def start(self) -> Awaitable[Any]:
        """Goal: up. Resolves to ``{"started": [pids], "kept": [pids]}``."""

    def stop(self) -> Awaitable[Any]:
        """Goal: down. Resolves to None."""

    def restart(self) -> Awaitable[Any]:
        """Goal: down, then up. Resolves to ``{"stopped", "started", "kept"}``, lists of pids."""

    def reload(self, graceful: bool = True, sequential: bool = False) -> Awaitable[Any]:
        """Goal: a new generation. Resolves to ``{"stopped", "started", "kept"}``."""

    def incr(self, nb: int = 1) -> Awaitable[int]:
        """Goal: more processes. Resolves to the new count."""

    def decr(self, nb: int = 1) -> Awaitable[int]:
        """Goal: fewer processes, but not less than none. Resolves to the new count."""

    def set_options(self, changes: Mapping[str, Any]) -> Awaitable[Any]:
        """Change options, all or none; resolves when the goal that follows is met.

        :raises MessageError: at once, when a value is refused; then nothing has changed
        """

    def kill(
        self, pids: Sequence[int], signum: int | None, graceful_timeout: float | None
    ) -> Awaitable[Any]:
        """Stop processes; they are replaced. Resolves when they are gone."""

    def deliver(self, pids: Sequence[int], signum: int) -> Awaitable[Any]:
        """Signal processes, through their hooks; a stranger gets none."""

    def send_signal_child(self, pid: int, child_id: int, signum: int) -> None:
        """Signal one direct child of a process."""

    def send_signal_children(self, pid: int, signum: int, recursive: bool = False) -> None:
        """Signal the children of a process, or all its descendants."""

    def info(self, extended: bool = False) -> Mapping[int, Any]:
        """Return the facts of spec §4.15 by pid."""

    def process_info(self, pid: int, extended: bool = False) -> Any:
        """Return the facts of one process; KeyError for a stranger."""

    def options(self) -> list[tuple[str, Any]]:
        """Return the pairs of spec §4.17.3, sorted."""

    def tail(self, stream: str, lines: int, since: str) -> Awaitable[Mapping[str, Any]]:
        """Resolve to the end of an output, or what came after a position.

        It holds ``text``, ``next`` (a position), ``skipped`` (bytes that are gone) and ``more``.

        :raises MessageError: at once, when nobody knows what was written
        """


class SocketView(Protocol):
    """One socket that circusd binds."""

    name: str
    backlog: int
    host: str
    port: int
    path: str | None

    def fileno(self) -> int:
        """Return its descriptor."""


class Known(Protocol):
    """What a completion may ask about a daemon that runs; nothing is known of one that does not."""

    def watchers(self) -> Iterable[str]:
        """Return the names of the watchers."""

    def pids(self, name: str) -> Iterable[str]:
        """Return the pids of a watcher's processes, as text."""

    def options(self, name: str) -> Iterable[str]:
        """Return the names of a watcher's options."""


class Fleet(Protocol):
    """The daemon."""

    endpoint: str | None
    stats_endpoint: str | None
    pubsub_endpoint: str | None
    check_delay: float
    multicast_endpoint: str | None

    @property
    def sockets(self) -> Mapping[str, SocketView]:
        """The sockets that it binds, by name."""

    def get_watcher(self, name: str) -> WatcherView:
        """Return a watcher by its name in any case; KeyError."""

    def iter_watchers(self, reverse: bool = True) -> Iterable[WatcherView]:
        """Iterate by priority, the highest first, or the lowest first."""

    def numprocesses(self) -> int:
        """Return the number of processes of all watchers."""

    def numwatchers(self) -> int:
        """Return the number of watchers."""

    def statuses(self) -> Mapping[str, str]:
        """Return the status of each watcher by its name."""

    def stats(
        self, watchers: Sequence[WatcherView], extended: bool = False, only: int | None = None
    ) -> Awaitable[Mapping[str, Mapping[int, Any]]]:
        """Facts of spec §4.15 by name and pid: one pass over the process table, off the loop.

        *extended*: with what hooks add. *only*: of this process alone.
        """

    def reopen_logs(self, watchers: Sequence[WatcherView] | None) -> Awaitable[Mapping[str, Any]]:
        """Open log files anew, for None circusd's own as well; resolves to what became of each."""

    def own_stats(self) -> Awaitable[Any]:
        """Facts of spec §4.15 of the daemon itself."""

    def add_watcher(self, name: str, cmd: str, **options: Any) -> WatcherView:
        """Add a watcher, not started; AlreadyExist."""

    def rm_watcher(self, name: str, nostop: bool = False) -> Awaitable[Any]:
        """Forget a watcher at once; resolves when it is stopped, or at once with *nostop*."""

    def start_group(self, watchers: Sequence[WatcherView] | None) -> Awaitable[Any]:
        """Start those of the watchers (None: of all) that have autostart, by priority."""

    def stop_group(self, watchers: Sequence[WatcherView] | None) -> Awaitable[Any]:
        """Stop the watchers (None: all), side by side."""

    def restart_group(self, watchers: Sequence[WatcherView]) -> Awaitable[Any]:
        """Stop all the watchers, then start those that have autostart."""

    def restart_all(self) -> Awaitable[Any]:
        """Check the file, stop everything, and build the daemon anew in the same process."""

    def reload_group(self, graceful: bool = True, sequential: bool = False) -> Awaitable[Any]:
        """Reload every watcher that is up, by priority, one after the other."""

    def quit(self) -> Awaitable[Any]:
        """Stop everything and end the daemon; resolves when no process is left."""

    def plan_config(self) -> Mapping[str, Any]:
        """Return what :meth:`reload_from_config` would do; ConfigError if the file is refused."""

    def reload_from_config(self) -> Awaitable[Mapping[str, Any]]:
        """Take what the file says now; ConfigError at once if it is refused."""
