"""What is wrong with the streams of a fleet: their classes, options, and files that they share."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from circus.spec.finding import Severity
from circus.spec.model import FleetSpec, StreamSpec
from circus.spec.options.row import Section
from circus.spec.options.stream import STREAMS, settings, short_name

CHANNELS = ("stdout_stream", "stderr_stream")
"""The options of a watcher that are streams."""

_OWN_AFFAIR = {"filename", "time_format", "utc"}
"""Options in which two streams of one file may differ."""


class Fault(NamedTuple):
    """One thing that is wrong with the stream of an option, such as ``stdout_stream.max_bytes``."""

    severity: Severity
    option: str
    message: str


def stream_faults(
    channel: str, stream: StreamSpec, keys: Iterable[str], missing: Callable[[str], str]
) -> Iterator[Fault]:
    """Iterate over what is wrong with one stream.

    :param channel: one of CHANNELS
    :param keys: the options of its section as they are written
    :param missing: says of a dotted path what is missing, or nothing
    """
    short = short_name(stream.cls)
    table = STREAMS.get(short)
    by_class = f"{channel}.class"
    if table is not None:
        yield from _names(channel, table, keys)
        yield from _values(channel, table, stream.options)
        yield from _together(channel, short, stream.options)
    elif "." not in stream.cls:
        known = " ".join(STREAMS)
        message = f"found {stream.cls!r}, expected one of {known}, or a dotted path"
        yield Fault(Severity.ERROR, by_class, message)
    elif reason := missing(stream.cls):
        yield Fault(Severity.ERROR, by_class, reason)


def _names(channel: str, table: Section, keys: Iterable[str]) -> Iterator[Fault]:
    """Judge the names of the options of one of our own classes."""
    for key in keys:
        member = key.removeprefix(f"{channel}.")
        row = table.find(member)
        if member in {key, "class"}:
            continue
        if row is None:
            near = table.nearest(member)
            hint = f"; did you mean {near!r}?" if near else ""
            message = f"{table.pattern} has no such option{hint}"
            yield Fault(Severity.WARNING, key, message)
        elif row.unavailable:
            yield Fault(Severity.ERROR, key, row.unavailable)
        elif row.obsolete:
            yield Fault(Severity.WARNING, key, row.obsolete)


def _values(channel: str, table: Section, options: Mapping[str, Any]) -> Iterator[Fault]:
    """Judge the values of those options."""
    for name, value in options.items():
        row = table.find(name)
        if row is None or value is None:
            continue
        try:
            row.kind.accept(name, value)
        except ValueError:
            message = f"found {value!r}, expected {row.kind.expects}"
            yield Fault(Severity.ERROR, f"{channel}.{name}", message)


def _together(channel: str, cls: str, options: Mapping[str, Any]) -> Iterator[Fault]:
    """Judge what only the options together tell."""
    chosen = _settings(cls, options)
    if cls == "QueueStream":
        message = "keeps all output in memory until the program that embeds Circus takes it out"
        yield Fault(Severity.WARNING, f"{channel}.class", message)
    if cls == "JsonStream" and chosen.get("rotate_when") and chosen.get("max_bytes"):
        message = "cannot stand beside max_bytes: the file is rotated by size or by time"
        yield Fault(Severity.ERROR, f"{channel}.rotate_when", message)
    if chosen.get("backup_count") and not chosen.get("max_bytes", 1) and not by_time(chosen):
        message = "has no effect: without max_bytes the file is never rotated"
        yield Fault(Severity.WARNING, f"{channel}.backup_count", message)


def by_time(chosen: Mapping[str, Any]) -> bool:
    """Say whether the options of a stream make it rotate by time."""
    return bool(chosen.get("rotate_when"))


def _settings(cls: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of one of our classes; nothing if one of them is wrong."""
    try:
        return settings(cls, options)
    except ValueError:
        return {}


def shared_files(fleet: FleetSpec) -> Iterator[tuple[str, Fault]]:
    """Iterate over (watcher, fault) for streams that write to one file and rotate it otherwise."""
    first: dict[str, tuple[str, str, dict[str, Any]]] = {}
    for watcher in fleet.watchers:
        for channel in CHANNELS:
            stream: StreamSpec | None = getattr(watcher, channel)
            filename = stream.options.get("filename") if stream else None
            if stream is None or not filename:
                continue
            keeping = _keeping(stream)
            path = posixpath.normpath(str(filename))
            name, other, before = first.setdefault(path, (watcher.name, channel, keeping))
            if differing := _differing(before, keeping):
                message = (
                    f"[watcher:{name}] {other} writes to the same file with other options"
                    f" ({differing}): each goes by its own"
                )
                yield watcher.name, Fault(Severity.WARNING, f"{channel}.filename", message)


def _keeping(stream: StreamSpec) -> dict[str, Any]:
    """Return how a stream keeps its file, by option; nothing if its class is not ours."""
    short = short_name(stream.cls)
    if short not in STREAMS:
        return {}
    chosen = _settings(short, stream.options)
    rotates = "time" if by_time(chosen) else "size" if "max_bytes" in chosen else "nobody"
    kept = {key: value for key, value in chosen.items() if key not in _OWN_AFFAIR}
    return {**kept, "class": rotates}


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Return the names of the options in which two ways to keep a file differ."""
    if not one or not other:
        return ""
    both = one.keys() & other.keys()
    return ", ".join(sorted(key for key in both if one[key] != other[key]))
