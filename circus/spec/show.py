"""What ``options`` and ``get`` show of a watcher (spec §4.17.3)."""

from __future__ import annotations

from typing import Any

from circus.spec.model import WatcherSpec
from circus.spec.options.row import Option
from circus.spec.options.watcher import WATCHER


def shown(spec: WatcherSpec) -> list[tuple[str, Any]]:
    """Return (name, value) of every option that is shown, freeform ones included, by name.

    Those that Circus showed are always there, others where they are not at their default. A stream
    appears as a mapping with its class under ``stdout_stream_conf``.
    """
    found = {
        row.shown_as or row.name: row.kind.plain(value)
        for row, value in ((row, getattr(spec, row.attribute, None)) for row in WATCHER)
        if row.listed or (_whole(row) and value != row.default)
    }
    return sorted({**spec.freeform, **found}.items())


def unset(key: str) -> Any:
    """Return the value that an option has where it is not shown.

    :raises KeyError: there is no such option
    """
    row = WATCHER.find(key)
    if row is None or row.listed or not _whole(row):
        raise KeyError(key)
    return row.kind.plain(row.default)


def _whole(row: Option) -> bool:
    """Say whether a row holds a field of the spec by itself: it is no part of one, nor obsolete."""
    return bool(row.attribute) and not row.family
