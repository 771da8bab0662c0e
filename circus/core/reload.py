"""What a new configuration changes: two fleets of specs compared. Pure.

The answer names for each watcher what is to be done and why, so that it can be shown before it is
done. What was changed at run time (``set``, ``incr``, ``add``) is not looked at: the comparison is
with the configuration that was loaded last (spec §5.9).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum

from circus.spec import outlet
from circus.spec.model import DaemonSpec, FleetSpec, WatcherSpec
from circus.spec.options.row import Live
from circus.spec.options.watcher import WATCHER
from circus.spec.outlet import needs_respawn

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


ACT_OF = {Live.AT_ONCE: Act.LIVE, Live.RESPAWN: Act.RELOAD, Live.NEVER: Act.REBUILD}
"""What ``set`` may not do, a new configuration does by building the watcher anew."""


@dataclass(frozen=True)
class WatcherChange:
    """What is done to one watcher, and the fields that differ."""

    name: str
    act: Act
    fields: tuple[str, ...] = ()
    spec: WatcherSpec | None = None


@dataclass(frozen=True)
class Changes:
    """What differs between two configurations, watchers sorted by name."""

    watchers: tuple[WatcherChange, ...]
    daemon: tuple[str, ...] = ()
    """The options of ``[circus]`` that differ."""


def changes(old: FleetSpec, new: FleetSpec) -> Changes:
    """Compare two configurations; for their sockets see :mod:`circus.core.moves`.

    :param old: what was loaded last
    :param new: what is to be
    :returns: what has to be done
    """
    before = {spec.name: spec for spec in old.watchers}
    after = {spec.name: spec for spec in new.watchers}
    return Changes(
        watchers=tuple(
            _watcher(name, before.get(name), after.get(name)) for name in sorted(before | after)
        ),
        daemon=_differing(old.daemon, new.daemon),
    )


def _watcher(name: str, old: WatcherSpec | None, new: WatcherSpec | None) -> WatcherChange:
    if new is None:
        return WatcherChange(name, Act.REMOVE)
    if old is None:
        return WatcherChange(name, Act.ADD, spec=new)
    differing = _differing(old, new)
    return WatcherChange(name, _act(set(differing), old, new), differing, new)


def _act(differing: set[str], old: WatcherSpec, new: WatcherSpec) -> Act:
    """Name the mildest act by which all the differing fields take effect."""
    if not differing:
        return Act.KEEP
    if differing == {"numprocesses"}:
        return Act.RESCALE
    lives = set(map(_live, differing))
    if any(needs_respawn(getattr(old, name), getattr(new, name)) for name in outlet.STREAMS):
        lives.add(Live.RESPAWN)
    return ACT_OF[max(lives)]


def _live(field: str) -> Live:
    """Return what a change of a field does, which its options' rows say."""
    if field == "plugin_options":
        return Live.RESPAWN  # a plugin reads them once, at its start
    return max((row.live for row in WATCHER if row.attribute == field), default=Live.AT_ONCE)


def _differing(old: WatcherSpec | DaemonSpec, new: WatcherSpec | DaemonSpec) -> tuple[str, ...]:
    names = (field.name for field in fields(old))
    return tuple(name for name in names if _value(old, name) != _value(new, name))


def _value(spec: WatcherSpec | DaemonSpec, name: str) -> object:
    value = getattr(spec, name)
    if name == "env":
        return {key: text for key, text in value.items() if key not in VOLATILE_ENV}
    return value
