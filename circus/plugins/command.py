"""circus-plugin: the program that runs one plugin (spec §1.5)."""

from __future__ import annotations

import argparse
import contextlib
import os
import pkgutil
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType
from typing import Any, Protocol

from circus import logger, logs
from circus.flags import add_ends, add_log, add_version
from circus.letterbox import read_letter
from circus.lifeline import follow
from circus.spec.options.plugin import INACTIVE

GRACE = 2.0
"""Seconds from the signal to the end, whatever the plugin does in them."""
CHECK_DELAY = 5.0
"""What a plugin is told when nothing is said, in seconds (spec §1.5)."""


class Plugin(Protocol):
    """What is run: an object of a plugin's class."""

    active: bool
    loop: Any

    def start(self) -> None:
        """Run until it is stopped."""

    def stop(self) -> None:
        """End the loop."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(prog="circus-plugin", description="Runs a plugin.")
    made.add_argument("plugin", nargs="?", help="dotted path of the plugin's class")
    add_ends(made)
    made.add_argument(
        "--config",
        help="the plugin's options: key:value pairs joined by :::, or - for a JSON object that is"
        " read from the standard input",
    )
    made.add_argument(
        "--check-delay", type=float, default=CHECK_DELAY, help="the daemon's check_delay in seconds"
    )
    add_log(made, "info", "-")
    made.add_argument("--ssh", help="user@host:port through which the daemon is reached")
    add_version(made)
    return made


def main(argv: Sequence[str] | None = None) -> None:
    """Run circus-plugin and exit."""
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: Sequence[str]) -> int:
    """Run circus-plugin; return its exit code."""
    line = parser()
    args = line.parse_args(argv)
    if args.plugin is None:
        line.print_usage(sys.stdout)
    else:
        follow(os.environ)
        logs.configure(args.loglevel, args.logoutput)
        try:
            return _run_plugin(args)
        except KeyboardInterrupt:
            return 0
        except Exception:  # noqa: BLE001 - a plugin may raise anything; the log says what
            logger.exception("cannot run the plugin %s", args.plugin)
            return 1
    return 0


def _run_plugin(args: argparse.Namespace) -> int:
    config = options(args.config)
    logger.info("Loading the plugin...")
    logger.info("Endpoint: %r", args.endpoint)
    logger.info("Pub/sub: %r", args.pubsub)
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    cls = pkgutil.resolve_name(args.plugin)
    plugin: Plugin = cls(args.endpoint, args.pubsub, args.check_delay, args.ssh, **config)
    if not plugin.active:
        plugin.stop()
        logger.info("Will not start an inactive plugin")
        return INACTIVE
    logger.info("Starting")
    _end_when_asked(plugin)
    plugin.start()
    logger.info("Stopping")
    return 0


def options(config: str | None) -> dict[str, Any]:
    """Return the options that a ``--config`` stands for.

    :param config: ``key:value`` pairs joined by ``:::``; a pair without a colon is left out.
        ``-`` reads a JSON object from the standard input, which is /dev/null from then on.
    :raises ValueError: what was read is no JSON object
    """
    if config == "-":
        return read_letter()
    pairs = (pair.partition(":") for pair in (config or "").split(":::"))
    return {key.strip(): value.strip() for key, colon, value in pairs if colon}


def _end_when_asked(plugin: Plugin) -> None:
    """Let SIGTERM and SIGINT stop a plugin properly, and end the process if that takes too long."""
    asked: list[int] = []

    def ask(signum: int, _frame: FrameType | None) -> None:
        if asked:
            return
        asked.append(signum)
        watch = threading.Timer(GRACE, _end)
        watch.daemon = True
        watch.start()
        with contextlib.suppress(RuntimeError):  # the loop is closed: the end is near
            plugin.loop.asyncio_loop.call_soon_threadsafe(plugin.stop)

    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, ask)


def _end() -> None:
    logger.warning("the plugin did not end within %g seconds: its process ends now", GRACE)
    os._exit(1)
