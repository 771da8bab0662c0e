"""The section ``[plugin:NAME]`` (spec §5.8, §9.2)."""

from __future__ import annotations

from circus.spec.model import PluginSpec
from circus.spec.options.row import Option, Section
from circus.spec.values import Text, Whole

PLUGIN = Section(
    "plugin:NAME",
    PluginSpec,
    (
        Option("use", Text(), "The dotted path of the plugin's class."),
        Option(
            "priority", Whole(), "Plugins and watchers start in the order of this, highest first."
        ),
    ),
    free=True,
)
"""Everything else in the section goes to the plugin as text."""
