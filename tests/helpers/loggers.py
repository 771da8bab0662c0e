"""Loggers that a configuration file has disabled in this process."""

from __future__ import annotations

import logging
import threading
import time

from tests.helpers.launching import PATIENCE

PAUSE = 0.005
"""Seconds between two looks at a file."""
NOBODY = threading.Event()
"""Never set: nobody tells that a file was written."""


def enable_all() -> None:
    """Let every logger speak again."""
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.disabled = False


def until_written(path, text: str) -> str:
    """Wait until a file has a text in it; return all that it has."""
    end = time.monotonic() + PATIENCE
    while text not in (found := path.read_text() if path.exists() else ""):
        assert time.monotonic() < end, f"never written: {text!r}, but:\n{found}"
        NOBODY.wait(PAUSE)
    return found
