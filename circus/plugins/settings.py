"""The options of our own plugins: text from a section into values, by their rows."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from typing import Any

from circus.exc import CircusError
from circus.spec.options.shipped import Shipped

HELPERS = ("plugin:", "circusd-stats", "circushttpd")
"""What the names of those watchers begin with that circusd adds by itself (spec §5.3.1)."""


def is_helper(watcher: str) -> bool:
    """Say whether a watcher is one that circusd added by itself."""
    return watcher.startswith(HELPERS)


def needed(plugin: Shipped) -> Any:
    """Return what has to be installed for a plugin.

    :raises CircusError: it is not; says how to install it
    """
    try:
        return pkgutil.resolve_name(plugin.needs)
    except ImportError as error:
        raise CircusError(f"cannot run {plugin.use}: {plugin.lacking}") from error


def settings(plugin: Shipped, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return every option of a plugin by its name; what is not given has its default.

    :param config: what the plugin was given: text, or values from a Python program
    :raises ValueError: an option cannot be that
    """
    return {
        row.name: row.kind.accept(row.name, config[row.name]) if row.name in config else row.default
        for row in plugin.section
    }
