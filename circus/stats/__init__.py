"""circusd-stats: a process beside circusd that publishes what the watchers' processes cost.

It is a client of the wire like any other (spec §10); circusd runs it as a watcher of its own when
``statsd`` is set.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from circus import __version__, logger, logs
from circus.exc import CircusError
from circus.lifeline import follow
from circus.spec.statistics import ENDPOINT as STATS
from circus.stats.sample import offered
from circus.stats.streamer import StatsStreamer
from circus.wire.frames import ENDPOINT
from circus.wire.topics import EVENTS


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog="circusd-stats", description="Runs the stats aggregator for Circus"
    )
    made.add_argument("--endpoint", default=ENDPOINT, help="where circusd answers")
    made.add_argument("--pubsub", default=EVENTS, help="where circusd publishes its events")
    made.add_argument("--statspoint", default=STATS, help="where the samples are published")
    made.add_argument("--log-level", dest="loglevel", choices=logs.SPELLINGS, default="info")
    made.add_argument("--log-output", dest="logoutput", default="-", help="where to log")
    made.add_argument("--ssh", help="reach circusd through ssh: user@host:port")
    made.add_argument("--version", action="store_true", help="say the version")
    return made


def main(argv: Sequence[str] | None = None) -> None:
    """Run circusd-stats and exit."""
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: Sequence[str]) -> int:
    """Run circusd-stats until a signal ends it; return its exit code."""
    args = parser().parse_args(argv)
    if args.version:
        sys.stdout.write(f"{__version__}\n")
        return 0
    if not offered():
        sys.stderr.write("circusd-stats: cannot sample processes: there is no /proc here\n")
        return 1
    follow(os.environ)
    try:
        logs.configure(args.loglevel, args.logoutput)
        streamer = StatsStreamer(args.endpoint, args.pubsub, args.statspoint, args.ssh)
    except (CircusError, ImportError, OSError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else problem
        sys.stderr.write(f"circusd-stats: {reason or problem}\n")
        return 1
    streamer.start()
    logger.info("circusd-stats has ended")
    return 0
