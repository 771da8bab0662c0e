"""Acts that Circus 0.19 had in ``circus.util``, for programs that import them from there."""

from __future__ import annotations

import asyncio
import functools
import importlib
import os
from collections.abc import Callable
from typing import Any, TypeVar

import zmq
from tornado.ioloop import PeriodicCallback

from circus import logger, logs
from circus.folders import fetch
from circus.host.facts import Observer
from circus.tunnel import through

F = TypeVar("F", bound=Callable[..., Any])


class ImportStringError(ImportError):
    """A dotted path leads nowhere.

    :param import_name: the path
    :param exception: what was raised on the way
    """

    def __init__(self, import_name: str, exception: BaseException) -> None:
        super().__init__(f"cannot import {import_name!r}: {exception}")
        self.import_name = import_name
        self.exception = exception


def resolve_name(import_name: str, silent: bool = False, reload: bool = False) -> Any:
    """Import what a dotted path (``a.b.c`` or ``a.b:c``) names.

    :param silent: return None where it leads nowhere
    :param reload: load its module again
    :raises ImportStringError: it leads nowhere
    """
    try:
        if "." in import_name or ":" in import_name:
            return fetch(import_name, anew=reload)
        return importlib.import_module(import_name)
    except (ImportError, AttributeError) as error:
        if silent:
            return None
        raise ImportStringError(import_name, error) from error


def get_info(process: Any = None, interval: float = 0, with_childs: bool = False) -> Any:
    """Return the facts of spec §4.15 about a process.

    :param process: its pid, or an object with one; None: this process
    :param interval: seconds over which its share of the CPU is sampled, where it is this process
    :param with_childs: tell of its descendants too
    """
    pid = os.getpid() if process is None else int(getattr(process, "pid", process))
    if pid == os.getpid() and not with_childs:
        return Observer().own(interval)
    info = Observer().info(pid)
    if isinstance(info, dict) and not with_childs:
        info["children"] = []
    return info


def configure_logger(
    logger: Any,
    level: str | int = "INFO",
    output: str = "-",
    loggerconfig: str | None = None,
    name: str | None = None,
) -> None:
    """Set up the root logger, as circusd does (spec §1.1.5).

    :param logger: taken for compatibility, as *name* is
    :param level: its name in any case, or its number
    :raises ConfigError: the place or the configuration cannot be used
    """
    del logger, name
    if isinstance(level, int):
        level = {10: "debug", 30: "warning", 40: "error", 50: "critical"}.get(level, "info")
    logs.configure(level, output, loggerconfig)


def get_connection(
    socket: zmq.Socket[bytes],
    endpoint: str,
    ssh_server: str | None = None,
    ssh_keyfile: str | None = None,
) -> None:
    """Connect a ZMQ socket, through ssh if a server is named.

    :raises CallError, ImportError: there is no way through ssh
    """
    socket.connect(endpoint if ssh_server is None else through(ssh_server, endpoint, ssh_keyfile))


def close_on_exec(fd: int) -> None:
    """Let a descriptor be closed in programs that are launched from here."""
    os.set_inheritable(fd, False)


def check_future_exception_and_log(future: Any) -> BaseException | None:
    """Log what a future that is done has failed with, and return it; None if it has not.

    What is no future has not failed.
    """
    if not asyncio.isfuture(future) or not future.done() or future.cancelled():
        return None
    error = future.exception()
    if error is not None:
        logger.error("exception %s caught", error, exc_info=error)
    return error


def debuglog(func: F) -> F:
    """Return a function that logs its calls at debug level where ``DEBUG`` is set."""
    if "DEBUG" not in os.environ:
        return func

    @functools.wraps(func)
    def told(*args: Any, **kw: Any) -> Any:
        logger.debug("'%s' starts", func.__name__)
        try:
            return func(*args, **kw)
        finally:
            logger.debug("'%s' ends", func.__name__)

    return told  # type: ignore[return-value]  # it is called as the function is


class AsyncPeriodicCallback(PeriodicCallback):
    """Tornado's, which awaits what the callback returns before it calls again."""
