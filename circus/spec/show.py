"""What ``options`` and ``get`` show of a watcher (spec §4.17.3)."""

from __future__ import annotations

from typing import Any

from circus.spec import outlet
from circus.spec.model import WatcherSpec
from circus.spec.options.row import Option
from circus.spec.options.watcher import WATCHER
from circus.spec.tables import Stream, stream_conf


def shown(spec: WatcherSpec) -> list[tuple[str, Any]]:
    """Return (name, value) of every option that is shown, freeform ones included, by name.

    A stream appears as a mapping with its class under ``stdout_stream_conf``, and the way that the
    output takes under ``stdout_stream_path``.
    """
    found = {
        row.shown_as or row.name: _plain(row, getattr(spec, row.attribute))
        for row in WATCHER
        if row.listed
    }
    ways = {f"{name}_stream_path": outlet.way(spec, name) for name in ("stdout", "stderr")}
    return sorted({**spec.freeform, **found, **ways}.items())


def _plain(row: Option, value: Any) -> Any:
    """Return an option's value as JSON can carry it; no stream is an empty mapping."""
    if isinstance(row.kind, Stream):
        return stream_conf(value)
    return list(value) if isinstance(value, tuple) else value
