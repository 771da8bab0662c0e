"""What happens to each watcher and what it does, for the log (environment variable ``DEBUG``).

With DEBUG set to anything, every event that is fed to a watcher's machine and every effect that is
performed is logged at the level debug.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from circus import logger

VARIABLE = "DEBUG"


def wanted() -> bool:
    """Say whether it is asked for."""
    return VARIABLE in os.environ


def fed(watcher: str, events: Sequence[object]) -> None:
    """Log what a watcher is told."""
    for event in events:
        logger.debug("%s: %s", watcher, _shown(event))


def performed(watcher: str, effect: object) -> None:
    """Log what a watcher is about to do."""
    logger.debug("%s: -> %s", watcher, _shown(effect))


def _shown(message: object) -> str:
    """Return a message as text; but no configuration, whose environment may hold secrets."""
    return type(message).__name__ if hasattr(message, "spec") else repr(message)
