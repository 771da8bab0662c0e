"""The title of a process, as ps shows it."""

from __future__ import annotations

import importlib
import importlib.util

PROC_NAME = "circusd"
"""The title of the daemon."""


def entitle(name: str) -> bool:
    """Give this process a title; say whether that is possible: with the package setproctitle."""
    if importlib.util.find_spec("setproctitle") is None:
        return False
    importlib.import_module("setproctitle").setproctitle(name)
    return True
