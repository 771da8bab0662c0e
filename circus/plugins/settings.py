"""The options of our own plugins: text from a section into values, by their rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from circus.spec.options.shipped import Shipped


def settings(plugin: Shipped, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return every option of a plugin by its name; what is not given has its default.

    :param config: what the plugin was given: text, or values from a Python program
    :raises ValueError: an option cannot be that
    """
    return {
        row.name: row.kind.accept(row.name, config[row.name]) if row.name in config else row.default
        for row in plugin.section
    }
