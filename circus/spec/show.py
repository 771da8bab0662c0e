"""What ``options`` and ``get`` show of a watcher (spec §4.17.3)."""

from __future__ import annotations

from typing import Any

from circus.spec.model import WatcherSpec
from circus.spec.options.watcher import WATCHER


def shown(spec: WatcherSpec) -> list[tuple[str, Any]]:
    """Return (name, value) of every option that is shown, freeform ones included, by name.

    A stream appears as a mapping with its class under ``stdout_stream_conf``.
    """
    found = {
        row.shown_as or row.name: row.kind.plain(getattr(spec, row.attribute))
        for row in WATCHER
        if row.listed
    }
    return sorted({**spec.freeform, **found}.items())
