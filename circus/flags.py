"""Flags that the command lines of circusd and of the programs beside it have in common."""

from __future__ import annotations

from argparse import ArgumentParser

from circus import __version__, logs
from circus.wire.frames import ENDPOINT
from circus.wire.topics import EVENTS


def add_version(parser: ArgumentParser) -> None:
    """Add ``--version``, which says the bare version on stdout and ends the program with 0."""
    parser.add_argument("--version", action="version", version=__version__, help="say the version")


def add_ends(parser: ArgumentParser) -> None:
    """Add where a circusd is reached: ``--endpoint`` and ``--pubsub``."""
    parser.add_argument("--endpoint", default=ENDPOINT, help="where circusd answers")
    parser.add_argument("--pubsub", default=EVENTS, help="where circusd publishes its events")


def add_log(parser: ArgumentParser, level: str | None = None, output: str | None = None) -> None:
    """Add ``--log-level`` and ``--log-output``.

    :param level, output: what they are when nothing is said
    """
    parser.add_argument(
        "--log-level", dest="loglevel", choices=logs.SPELLINGS, default=level, help="log level"
    )
    parser.add_argument(
        "--log-output",
        dest="logoutput",
        default=output,
        help="where to log: a file, -, syslog://…",
    )


def reason(problem: Exception) -> str:
    """Return what an error says, without Python's number in front."""
    return (getattr(problem, "strerror", None) or str(problem)).strip()
