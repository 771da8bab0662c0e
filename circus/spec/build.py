"""One watcher's spec, from the arguments of a constructor, of ``add`` and of ``set``.

Spec §11.3 gives the shapes of the Python API, §4.10 and §4.17 those of the wire.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from circus.exc import ArgumentError, CircusError, MessageError
from circus.spec.check import conflicts
from circus.spec.model import WatcherSpec
from circus.spec.options.row import Live, Option
from circus.spec.options.stream import STREAMS
from circus.spec.options.watcher import WATCHER
from circus.spec.outlet import needs_respawn
from circus.spec.policy import counted, paired
from circus.spec.tables import stream_conf, stream_spec
from circus.spec.values import Kind

_STREAMS = ("stdout_stream", "stderr_stream")


def watcher_spec(name: str, cmd: str, cpus: int = 1, /, **options: Any) -> WatcherSpec:
    """Return the spec of a watcher from the arguments of a constructor or of ``add``.

    :param cpus: how many CPUs ``auto`` stands for
    :param options: spec §11.3; None leaves an option at its default; ``rlimit_X``, ``hooks.X``
        and ``stdout_stream.X`` are put where they belong; unknown names become freeform options
    :raises ValueError: a value cannot be used, or two of them exclude each other
    """
    values = {"cmd": WATCHER["cmd"].kind.accept("cmd", cmd)}
    for key, value in options.items():
        row = WATCHER.find(key)
        if row is None or row.obsolete:
            values[key] = value
        elif value is not None or row.name == "rlimit_":
            _member(row, key)
            values[key] = row.kind.accept(key, value) if not _streams(row) else value
    spec = fold(str(name), values, cpus)
    for _, message in conflicts(spec):
        raise ValueError(message)
    return spec


def fold(name: str, values: Mapping[str, Any], cpus: int = 1) -> WatcherSpec:
    """Return the spec of a watcher from typed values by the names of its options.

    :param cpus: how many CPUs ``auto`` stands for
    :raises ValueError: the options of a stream do not make one
    """
    plain: dict[str, Any] = {}
    parts: dict[str, dict[str, Any]] = {}
    freeform: dict[str, Any] = {}
    for key, value in values.items():
        row = WATCHER.find(key)
        if row is None or not row.attribute:
            freeform[key] = value
        elif row.family:
            parts.setdefault(row.attribute, {})[row.member(key)] = value
        else:
            plain[row.attribute] = counted(value, cpus)
    plain = paired(plain)
    for field, members in parts.items():
        whole = plain.get(field)
        if field in _STREAMS:
            plain[field] = stream_spec({**stream_conf(whole), **members})
        else:
            plain[field] = {**(whole or {}), **members}
    return WatcherSpec(name=name, **plain, freeform=freeform)


def changed(
    spec: WatcherSpec, changes: Mapping[str, Any], cpus: int = 1
) -> tuple[WatcherSpec, Live]:
    """Return a spec with options changed, and the strongest effect of the changes.

    All of the changes are taken or none. A freeform option can be changed if the spec has it.

    :param changes: values by the names that ``set`` uses, in JSON's or Python's types
    :param cpus: how many CPUs ``auto`` stands for
    :raises MessageError: an option is unknown, cannot be changed live, or cannot be that
    """
    effect, before = Live.AT_ONCE, spec.restart
    for key, value in changes.items():
        row = WATCHER.find(key)
        if row is None or row.obsolete:
            spec = _freeform(spec, key, value, row)
            continue
        spec, live = _change(spec, row, key, value, cpus)
        effect = max(effect, live)
    named = {key: getattr(spec, key) for key in ("respawn", "restart") if key in changes}
    spec = dataclasses.replace(spec, **paired(named, before))
    for _, message in conflicts(spec):
        raise MessageError(message)
    return spec, effect


def _freeform(spec: WatcherSpec, key: str, value: Any, row: Option | None) -> WatcherSpec:
    if row is not None:
        raise MessageError(f"cannot set {key!r}: {row.obsolete}")
    if key not in spec.freeform:
        raise MessageError(f"unknown key {key!r}")
    return dataclasses.replace(spec, freeform={**spec.freeform, key: value})


def _change(
    spec: WatcherSpec, row: Option, key: str, value: Any, cpus: int
) -> tuple[WatcherSpec, Live]:
    """Return a spec with one known option changed, and the effect of that."""
    if row.unavailable:
        raise MessageError(f"cannot set {key!r}: {row.unavailable}")
    if row.live is Live.NEVER:
        raise MessageError(
            f"cannot set {key!r} while circusd runs: change it in the file, then reloadconfig"
        )
    old: Any = getattr(spec, row.attribute)
    try:
        new = counted(_new(row, key, old, value), cpus)
    except ValueError as error:
        raise MessageError(str(error)) from None
    if spec.singleton and key == "numprocesses" and new > 1:
        raise CircusError("Singleton watcher has a single process")
    live = row.live
    if row.attribute in _STREAMS and needs_respawn(old, new):
        live = Live.RESPAWN
    change: dict[str, Any] = {row.attribute: new}
    return dataclasses.replace(spec, **change), live


def _new(row: Option, key: str, old: Any, value: Any) -> Any:
    """Return the new value of the field that holds an option; ValueError if it cannot be that."""
    _member(row, key)
    if _streams(row):
        return stream_spec({**stream_conf(old), row.member(key): value})
    new: Any = value if value is None and row.default is None else row.kind.accept(key, value)
    if row.family:
        return {**old, row.member(key): new}
    return {**old, **new} if row.name == "hooks" else new


def wire_check(key: str, val: Any) -> None:
    """Check one option of ``add`` or ``set`` by the rules of spec §4.17.2.

    :raises MessageError: with the message of that section
    """
    row = WATCHER.find(key)
    if row is None or not row.wire:
        raise MessageError(f"unknown key {key!r}")
    try:
        _member(row, key)
        if not _streams(row):
            row.kind.check(key, val)
    except ValueError as error:
        raise MessageError(str(error)) from None


def from_words(key: str, val: str) -> Any:
    """Return the JSON value of an option from a word of the command line (spec §4.17.1).

    :raises ArgumentError: an unknown key, or the text does not fit
    """
    row = WATCHER.find(key)
    if row is None or not row.wire or (row.name in _STREAMS):
        raise ArgumentError(f"unknown key {key!r}")
    kind = _stream_kind(row, key) if _streams(row) else row.kind
    try:
        _member(row, key)
        return kind.as_json(val)
    except ValueError:
        message = f"cannot set {key}: found {val!r}, expected {kind.expects}"
        raise ArgumentError(message) from None


def _stream_kind(row: Option, key: str) -> Kind:
    """Return the kind of an option of a stream: that of the first class that has it."""
    member = row.member(key)
    found = (section.find(member) for section in STREAMS.values())
    return next((each.kind for each in found if each is not None), row.kind)


def _streams(row: Option) -> bool:
    """Say whether the row is the family of a stream's options: its class knows their kinds."""
    return row.family and row.attribute in _STREAMS


def _member(row: Option, key: str) -> None:
    """Refuse a member that a closed family does not have."""
    if not row.knows(key):
        if row.attribute == "rlimits":
            raise ValueError(f"{key!r} isn't a valid rlimit setting")
        raise ValueError(f"Unknown hook {row.member(key)!r}")
