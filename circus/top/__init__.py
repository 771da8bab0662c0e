"""circus-top: what a daemon's processes cost, live in a terminal (spec §1.4, §10.4).

With Textual (the extra ``circus[top]``) it is a screen with keys that act on the watchers; without
it the plain table is written anew every second.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import importlib.util
import sys
from collections.abc import Sequence

from circus.exc import CircusError
from circus.flags import add_version
from circus.spec.statistics import ENDPOINT as STATS
from circus.top.board import Board
from circus.top.feed import Feed
from circus.top.plain import show


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(prog="circus-top", description="Runs Circus Top")
    made.add_argument("--endpoint", default=STATS, help="where circusd-stats publishes")
    made.add_argument("--ssh", help="reach it through ssh: user@host:port")
    made.add_argument(
        "--process-timeout",
        type=float,
        default=3.0,
        help="seconds after which a process that is not heard of is not shown",
    )
    made.add_argument("--plain", action="store_true", help="a plain table, without keys")
    add_version(made)
    return made


def main(argv: Sequence[str] | None = None) -> None:
    """Run circus-top and exit."""
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: Sequence[str]) -> int:
    """Run circus-top until its user ends it; return its exit code."""
    args = parser().parse_args(argv)
    board = Board(args.process_timeout)
    try:
        feed = Feed(board, args.endpoint, args.ssh)
    except (CircusError, ImportError) as problem:
        sys.stderr.write(f"circus-top: {problem}\n")
        return 1
    if not args.plain and sys.stdout.isatty() and _has_textual():
        importlib.import_module("circus.top.app").Top(feed).run()
    else:
        if not args.plain and not _has_textual():
            hint = "circus-top: pip install 'circus[top]' for a screen with keys\n"
            sys.stderr.write(hint)
        asyncio.run(show(feed))
    return 0


def _has_textual() -> bool:
    return importlib.util.find_spec("textual") is not None
