"""What a new configuration changes: two fleets of specs compared. Pure.

The answer names for each watcher what is to be done and why, so that it can be shown before it is
done. What was changed at run time (``set``, ``incr``, ``add``) is not looked at: the comparison is
with the configuration that was loaded last (spec §5.9).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum

from circus.spec.model import DaemonSpec, FleetSpec, SocketSpec, WatcherSpec

VOLATILE_ENV = frozenset({"__CF_USER_TEXT_ENCODING", "PS1", "COMP_WORDBREAKS", "PROMPT_COMMAND"})
"""Variables that a terminal changes from one login to the next: never a reason (spec §5.9)."""


class Act(Enum):
    """What is done to one watcher."""

    KEEP = "keep"
    RESCALE = "rescale"
    LIVE = "apply live"
    RELOAD = "reload"
    REBUILD = "rebuild"
    ADD = "add"
    REMOVE = "remove"


AT_ONCE = frozenset(
    {
        "warmup_delay", "autostart", "respawn", "max_retry", "graceful_timeout", "stop_signal",
        "stop_children", "send_hup", "hook_timeout", "freeform",
    }
)  # fmt: skip
"""Fields that the next decision reads: no process has to be replaced."""
REBUILT = frozenset({"priority", "singleton", "on_demand", "use_sockets", "stdin_socket", "hooks"})
"""Fields that a watcher is built around: it is stopped, built anew and started."""


@dataclass(frozen=True)
class WatcherChange:
    """What is done to one watcher, and the fields that differ."""

    name: str
    act: Act
    fields: tuple[str, ...] = ()
    spec: WatcherSpec | None = None


@dataclass(frozen=True)
class Changes:
    """All that differs between two configurations, watchers sorted by name."""

    watchers: tuple[WatcherChange, ...]
    sockets_added: tuple[SocketSpec, ...] = ()
    sockets_removed: tuple[SocketSpec, ...] = ()
    sockets_changed: tuple[SocketSpec, ...] = ()
    daemon: tuple[str, ...] = ()
    """The options of ``[circus]`` that differ."""

    @property
    def nothing(self) -> bool:
        """Whether the two ask for the same."""
        still = all(change.act is Act.KEEP for change in self.watchers)
        sockets = self.sockets_added or self.sockets_removed or self.sockets_changed
        return still and not sockets and not self.daemon


def changes(old: FleetSpec, new: FleetSpec) -> Changes:
    """Compare two configurations.

    :param old: what was loaded last
    :param new: what is to be
    :returns: what has to be done
    """
    before = {spec.name: spec for spec in old.watchers}
    after = {spec.name: spec for spec in new.watchers}
    named = {spec.name: spec for spec in old.sockets}
    wanted = {spec.name: spec for spec in new.sockets}
    return Changes(
        watchers=tuple(
            _watcher(name, before.get(name), after.get(name)) for name in sorted(before | after)
        ),
        sockets_added=tuple(wanted[name] for name in sorted(wanted.keys() - named.keys())),
        sockets_removed=tuple(named[name] for name in sorted(named.keys() - wanted.keys())),
        sockets_changed=tuple(
            wanted[name]
            for name in sorted(named.keys() & wanted.keys())
            if named[name] != wanted[name]
        ),
        daemon=_differing(old.daemon, new.daemon),
    )


def _watcher(name: str, old: WatcherSpec | None, new: WatcherSpec | None) -> WatcherChange:
    if new is None:
        return WatcherChange(name, Act.REMOVE)
    if old is None:
        return WatcherChange(name, Act.ADD, spec=new)
    differing = _differing(old, new)
    return WatcherChange(name, _act(set(differing)), differing, new)


def _act(differing: set[str]) -> Act:
    if not differing:
        return Act.KEEP
    if differing & REBUILT:
        return Act.REBUILD
    if differing == {"numprocesses"}:
        return Act.RESCALE
    if differing <= AT_ONCE | {"numprocesses"}:
        return Act.LIVE
    return Act.RELOAD


def _differing(old: WatcherSpec | DaemonSpec, new: WatcherSpec | DaemonSpec) -> tuple[str, ...]:
    names = (field.name for field in fields(old))
    return tuple(name for name in names if _value(old, name) != _value(new, name))


def _value(spec: WatcherSpec | DaemonSpec, name: str) -> object:
    value = getattr(spec, name)
    if name == "env":
        return {key: text for key, text in value.items() if key not in VOLATILE_ENV}
    return value
