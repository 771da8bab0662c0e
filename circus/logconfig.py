"""Logging configuration files (spec §1.1.5): INI as logging.config reads it, JSON and YAML.

Loaded by :mod:`circus.logs` when there is one. Such a file names code that is called to make
handlers and formatters, so whatever that code raises is a reason why the file cannot be used.
"""

from __future__ import annotations

import json
import logging.config
import os
from collections.abc import Callable
from typing import TextIO

import yaml

from circus import scribe
from circus.exc import ConfigError

_known: dict[str, tuple[int, bool, bool]] = {}
"""Level, propagate and disabled, before a file decided, of each logger that it may have changed."""
USUAL = (logging.NOTSET, True, False)
"""The same of a logger that nobody has changed."""


def undo() -> None:
    """Take back what the last file has changed, but for the root logger."""
    for name, before in _known.items():
        logger = logging.getLogger(name)
        _close_handlers(logger)
        level, logger.propagate, logger.disabled = before
        logger.setLevel(level)
    _known.clear()


def _close_handlers(logger: logging.Logger) -> None:
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()


def _make_room() -> None:
    """Close what was there before, and wait for it.

    logging closes it with its own lock held; the scribe, about to close a file, may wait for that
    lock with the file's held, for which logging would wait.
    """
    undo()
    _close_handlers(logging.root)
    scribe.settle()


def _states() -> dict[str, tuple[int, bool, bool]]:
    return {
        name: (one.level, one.propagate, one.disabled)
        for name, one in logging.root.manager.loggerDict.items()
        if isinstance(one, logging.Logger)
    }


def read(path: str) -> None:
    """Set up logging as a file says; loggers that exist and are not named in it fall silent.

    What an earlier file has changed is taken back first, and no earlier handler stays.

    :param path: ``*.ini``, ``*.json`` or ``*.yaml``, in any case, relative to the directory that
        we are in
    :raises ConfigError: with one sentence; what was set up by then stays
    """
    path = os.path.abspath(path)
    apply = READERS.get(os.path.splitext(path)[1].lower())
    if apply is None:
        raise ConfigError(
            [f"cannot read {path!r} as a logging configuration: expected *.ini, *.json or *.yaml"]
        )
    try:
        with open(path, encoding="utf-8") as file:
            before = {**_states(), **_known}
            try:
                apply(file)
            finally:
                _known.update({name: before.get(name, USUAL) for name in _states()})
    except Exception as error:
        raise ConfigError(
            [f"cannot use the logging configuration {path!r}: {_reason(error)}"]
        ) from error


def _ini(file: TextIO) -> None:
    _make_room()
    logging.config.fileConfig(file)


def _json(file: TextIO) -> None:
    _dict(json.load(file))


def _yaml(file: TextIO) -> None:
    _dict(yaml.safe_load(file))


def _dict(config: object) -> None:
    if not isinstance(config, dict):
        raise TypeError(f"found {type(config).__name__}, expected a mapping with 'version: 1'")
    _make_room()
    logging.config.dictConfig(config)


READERS: dict[str, Callable[[TextIO], None]] = {".ini": _ini, ".json": _json, ".yaml": _yaml}


def _reason(error: BaseException) -> str:
    """Say in one line what is wrong, down to the first cause."""
    if isinstance(error, KeyError):
        said = f"there is no {error}"
    else:
        strerror = error.strerror if isinstance(error, OSError) else None
        said = " ".join(str(strerror or error).split()) or type(error).__name__
    return f"{said}: {_reason(error.__cause__)}" if error.__cause__ else said
