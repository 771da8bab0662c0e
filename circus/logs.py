"""circusd's own log (spec §1.1.5): where it goes, from which level on, and how a line looks.

Only what most starts need lives here. Files, syslog and logging configuration files cost a start
several milliseconds of imports each; their modules are loaded when they are asked for.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import stat
import sys
from collections.abc import Iterator

from circus.scribe import Slip
from circus.spec.options.circus import LEVELS

OPTIONS = ("loglevel", "logoutput", "loggerconfig")
"""The options of ``[circus]`` about the log."""
SPELLINGS = (*LEVELS, *map(str.upper, LEVELS))
"""How a command line may write them."""
LINE = "%(asctime)s %(name)s[%(process)d] [%(levelname)s] %(message)s"
TIME = "%Y-%m-%d %H:%M:%S"
BUILT_IN = "default"
"""The logging configuration that stands for none, in any case."""


def configure(
    level: str | None = None, output: str | None = None, loggerconfig: str | None = None
) -> None:
    """Set up the root logger. When that is refused, the built-in mode has changed nothing.

    :param level: one of LEVELS in any case; anything else means info
    :param output: ``-`` or ``stdout`` (both are stderr, as in Circus), the path of a file, or
        ``syslog://HOST[:PORT]?FACILITY``, ``syslog:///PATH?FACILITY``; None: stderr
    :param loggerconfig: the path of a logging configuration, which then decides alone; None or
        BUILT_IN: the other two decide
    :raises ConfigError: with one sentence, when the place or the configuration cannot be used
    """
    path = (loggerconfig or "").strip()
    if path and path.lower() != BUILT_IN:
        importlib.import_module("circus.logconfig").read(path)
        return
    handler = _handler(output or "-")
    earlier = sys.modules.get("circus.logconfig")
    if earlier is not None:  # a life before this one may have had a file
        earlier.undo()
    root = logging.getLogger()
    root.setLevel(_level(level))
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)


def reopen() -> None:
    """Have circusd's own log files opened anew with the next line, after they were moved away."""
    for name in (None, "circus"):
        for handler in logging.getLogger(name).handlers:
            if isinstance(handler, Slip):
                handler.later(_reopen)
            else:
                _reopen(handler)


def _reopen(handler: logging.Handler) -> None:
    """Close the file of a handler, if it has one, which opens it with its next line."""
    if isinstance(handler, logging.FileHandler):
        with handler.lock or contextlib.nullcontext():
            _let_go(handler)


def _let_go(handler: logging.FileHandler) -> None:
    """Close a file that is elsewhere by now, or nowhere; but no device.

    One that is in its place stays open: a handler that writes over its file would empty it.
    """
    if handler.stream is None:
        return
    facts = os.fstat(handler.stream.fileno())
    if stat.S_ISREG(facts.st_mode) and not _is_at(facts, handler.baseFilename):
        handler.stream.close()
        handler.stream = None


def _is_at(facts: os.stat_result, path: str) -> bool:
    try:
        return os.path.samestat(facts, os.stat(path))
    except OSError:
        return False


def on_stderr() -> bool:
    """Say whether what is logged appears on stderr (or nowhere yet)."""
    handlers = list(_written_to())
    streams = [getattr(handler, "stream", None) for handler in handlers]
    return not handlers or sys.stderr in streams


def _written_to() -> Iterator[logging.Handler]:
    """Iterate over the handlers of the root logger, those that a thread calls included."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, Slip):
            yield from handler.behind
        else:
            yield handler


def _handler(output: str) -> logging.Handler:
    if output not in {"-", "stdout"}:
        made: logging.Handler = importlib.import_module("circus.logplaces").handler(output)
        return made
    stream = logging.StreamHandler()
    stream.setFormatter(logging.Formatter(LINE, TIME))
    return stream


def _level(name: str | None) -> int:
    known = (name or "").strip().lower()
    return int(getattr(logging, known.upper())) if known in LEVELS else logging.INFO
