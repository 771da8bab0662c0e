"""circusd-stats: a process beside circusd that publishes what the watchers' processes cost.

It is a client of the wire like any other (spec §10); circusd runs it as a watcher of its own when
``statsd`` is set.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from circus import logger, logs
from circus.exc import CircusError
from circus.flags import add_ends, add_log, add_version, reason
from circus.lifeline import follow
from circus.spec.statistics import ENDPOINT as STATS
from circus.stats.sample import offered
from circus.stats.streamer import StatsStreamer


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog="circusd-stats", description="Runs the stats aggregator for Circus"
    )
    add_ends(made)
    made.add_argument("--statspoint", default=STATS, help="where the samples are published")
    add_log(made, "info", "-")
    made.add_argument("--ssh", help="reach circusd through ssh: user@host:port")
    add_version(made)
    return made


def main(argv: Sequence[str] | None = None) -> None:
    """Run circusd-stats and exit."""
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: Sequence[str]) -> int:
    """Run circusd-stats until a signal ends it; return its exit code."""
    args = parser().parse_args(argv)
    if not offered():
        sys.stderr.write("circusd-stats: cannot sample processes: there is no /proc here\n")
        return 1
    follow(os.environ)
    try:
        logs.configure(args.loglevel, args.logoutput)
        streamer = StatsStreamer(args.endpoint, args.pubsub, args.statspoint, args.ssh)
    except (CircusError, ImportError, OSError) as problem:
        sys.stderr.write(f"circusd-stats: {reason(problem)}\n")
        return 1
    streamer.start()
    logger.info("circusd-stats has ended")
    return 0
