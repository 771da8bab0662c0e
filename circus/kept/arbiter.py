"""What an Arbiter of Circus 0.19 has beside its verbs (spec §11.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from circus.core.fleet import FleetMachine
from circus.core.lifecycle import Tide
from circus.sockets import CircusSockets

Chosen = Callable[..., Iterable[Any]]
"""Called without arguments: the watchers that are meant."""


class Kept:
    """The old names of an arbiter."""

    endpoint: str | None
    endpoint_owner: str | None
    ctrl: Any
    publisher: Any
    sockets: CircusSockets
    start_group: Callable[[Sequence[Any] | None], Any]
    stop_group: Callable[[Sequence[Any] | None], Any]
    restart_group: Callable[[Sequence[Any]], Any]
    restart_all: Callable[[], Any]
    iter_watchers: Callable[[], Iterable[Any]]
    running: bool
    _machine: FleetMachine
    socket_event = False
    """Whether a socket has woken a watcher; nobody asks for it any more."""

    def start_watchers(self, watcher_iter_func: Chosen | None = None) -> Any:
        """Start watchers (None: all) that have autostart, by priority."""
        return self.start_group(_chosen(watcher_iter_func))

    def stop_watchers(self, watcher_iter_func: Chosen | None = None) -> Any:
        """Stop watchers (None: all), side by side."""
        return self.stop_group(_chosen(watcher_iter_func))

    def restart(self, inside_circusd: bool = False, watcher_iter_func: Chosen | None = None) -> Any:
        """Stop watchers (None: all), then start those that have autostart.

        :param inside_circusd: end, and have the daemon built anew in the same process
        """
        if inside_circusd:
            return self.restart_all()
        return self.restart_group(_chosen(watcher_iter_func) or list(self.iter_watchers()))

    def start_watcher(self, watcher: Any) -> Any:
        """Start one watcher."""
        return watcher.start()

    def stop_controller_and_close_sockets(self) -> None:
        """Answer no more requests, publish nothing more, and close the managed sockets."""
        self.ctrl.stop()
        self.publisher.close()
        self.sockets.close_all()

    @property
    def evpub_socket(self) -> Any:
        """The PUB socket while there is one, else None."""
        return self.publisher.socket if hasattr(self, "publisher") else None

    @property
    def _stopping(self) -> bool:
        """Whether it is on its way down."""
        return self.running and self._machine.tide in (Tide.FALLING, Tide.DOWN)

    @staticmethod
    def get_watcher_config(config: Mapping[str, Any], name: str) -> Any:
        """Return the mapping of one watcher in that of a configuration, or None."""
        return _called(config["watchers"], name)

    @staticmethod
    def get_plugin_config(config: Mapping[str, Any], name: str) -> Any:
        """Return the mapping of one plugin in that of a configuration, or None."""
        return _called(config["plugins"], name)

    @staticmethod
    def get_arbiter_config(config: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options of ``[circus]`` in the mapping of a configuration."""
        lists = {"watchers", "plugins", "sockets"}
        return {key: value for key, value in config.items() if key not in lists}


def _chosen(watcher_iter_func: Chosen | None) -> list[Any] | None:
    return None if watcher_iter_func is None else list(watcher_iter_func())


def _called(mappings: Iterable[Mapping[str, Any]], name: str) -> Mapping[str, Any] | None:
    return next((one for one in mappings if one.get("name") == name), None)
