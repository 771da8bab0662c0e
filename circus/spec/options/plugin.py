"""The section ``[plugin:NAME]`` (spec §5.8, §9.2)."""

from __future__ import annotations

from circus.spec.model import PluginSpec
from circus.spec.options.row import Option, Section
from circus.spec.values import Flag, Text, Whole

INACTIVE = 69
"""With this exit code a plugin says that it is not active: it is not started again."""

PLUGIN = Section(
    "plugin:NAME",
    PluginSpec,
    (
        Option("use", Text(), "The dotted path of the plugin's class."),
        Option(
            "priority", Whole(), "Plugins and watchers start in the order of this, highest first."
        ),
        Option("active", Flag(), "Whether the plugin is run.", field="", default=True),
    ),
    free=True,
)
"""Everything else is the plugin's or its watcher's; the plugin gets all of it as text."""
