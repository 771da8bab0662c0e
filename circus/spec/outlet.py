"""Which way an output takes, and the options of a stream that are about that way. Pure.

Two options of a stream are not given to its class: ``on_full``, which every class has, and
``direct`` of FileStream, with which the child writes into the file itself and nothing of Circus is
in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from circus.spec.model import StreamSpec, WatcherSpec
from circus.spec.options.outlet import DIRECT, FILE, ON_FULL, ways
from circus.spec.options.stream import short_name

STREAMS = ("stdout_stream", "stderr_stream")

INHERITED = "inherited"
CLOSED = "closed"
CARRIED = "carried"
WRITTEN = "direct"
"""The ways: circusd's own, ``/dev/null``, through circusd to a stream, straight into a file."""


def way(spec: WatcherSpec, name: str) -> str:
    """Return the way of an output.

    :param name: ``stdout`` or ``stderr``
    """
    stream: StreamSpec | None = getattr(spec, f"{name}_stream")
    if getattr(spec, f"close_child_{name}"):
        return CLOSED
    if stream is None:
        return INHERITED
    return WRITTEN if direct(stream) else CARRIED


def direct(stream: StreamSpec) -> bool:
    """Say whether the child gets the file itself."""
    if short_name(stream.cls) != FILE or DIRECT.name not in stream.options:
        return False
    try:
        return bool(DIRECT.kind.accept(DIRECT.name, stream.options[DIRECT.name]))
    except ValueError:  # a finding says so
        return False


def drops(stream: StreamSpec) -> bool:
    """Say whether output is dropped that the stream is too slow for."""
    value = stream.options.get(ON_FULL.name, "")
    return isinstance(value, str) and value.strip().lower() == "drop"


def of_class(stream: StreamSpec) -> Mapping[str, Any]:
    """Return the options that are arguments of the class."""
    ours = {row.name for row in ways(short_name(stream.cls))}
    return {key: value for key, value in stream.options.items() if key not in ours}


def needs_respawn(old: StreamSpec | None, new: StreamSpec | None) -> bool:
    """Say whether only new processes can take another stream: the old ones have no pipe to it."""
    if old is None or new is None:
        return old is not new
    return old != new and (direct(old) or direct(new))


def conflicts(spec: WatcherSpec) -> Iterator[tuple[str, str]]:
    """Iterate over (option, sentence) for what cannot be, of the options of both streams."""
    for field in STREAMS:
        stream: StreamSpec | None = getattr(spec, field)
        if stream is not None:
            yield from ((f"{field}.{option}", text) for option, text in _wrong(stream))


def _wrong(stream: StreamSpec) -> Iterator[tuple[str, str]]:
    for row in ways(short_name(stream.cls)):
        if row.name in stream.options:
            value = stream.options[row.name]
            try:
                row.kind.accept(row.name, value)
            except ValueError:
                yield row.name, f"found {value!r}, expected {row.kind.expects}"
    if not direct(stream):
        return
    if "filename" not in stream.options:
        yield DIRECT.name, "cannot be without a filename: it is the child that opens the file"
    for option in stream.options:
        if option not in {"class", "filename", DIRECT.name}:
            text = f"cannot be used with direct: the child writes into the file itself, so {option}"
            yield option, f"{text} has nobody to see to it"
