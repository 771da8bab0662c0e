"""The sections ``[env]`` and ``[env:PATTERNS]``: any name is a variable (spec §5.6)."""

from __future__ import annotations

from circus.spec.options.row import Section

ENV = Section("env", None, (), free=True)
"""Variables for all watchers."""

ENV_OF = Section("env:PATTERNS", None, (), free=True)
"""Variables for the watchers whose names match one of the comma-separated wildcards."""
