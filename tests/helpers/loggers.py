"""Loggers that a configuration file has disabled in this process."""

from __future__ import annotations

import logging


def enable_all() -> None:
    """Let every logger speak again."""
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.disabled = False
