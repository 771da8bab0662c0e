"""Runs the benchmark: ``python -m benchmarks --help``."""

from __future__ import annotations

import argparse
import json
import sys

from benchmarks import environments, report
from benchmarks.measure import Figures, Work, measure
from benchmarks.peers import PEERS

QUICK = Work(count=100, kills=10, idle=3, mib=64, patience=20)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    work = Work()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = ", ".join(peer.name for peer in PEERS)
    parser.add_argument("--n", type=int, help=f"children (default {work.count})")
    parser.add_argument("--kills", type=int, help=f"single kills (default {work.kills})")
    parser.add_argument("--idle", type=float, help=f"seconds of rest (default {work.idle:g})")
    parser.add_argument("--mib", type=int, help=f"MiB of output (default {work.mib})")
    parser.add_argument("--only", default="", help=f"some of {names}, joined by commas")
    parser.add_argument("--quick", action="store_true", help="a small run of a few minutes")
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.rst")
    parser.add_argument("--check", action="store_true", help="exit 1 when ours misses a goal")
    return parser.parse_args()


def chosen_work(options: argparse.Namespace) -> Work:
    """Return how much is to be measured."""
    base = QUICK if options.quick else Work()
    return Work(
        count=options.n or base.count,
        kills=options.kills or base.kills,
        idle=options.idle or base.idle,
        mib=options.mib or base.mib,
        patience=base.patience,
    )


def run(names: list[str], work: Work) -> dict[str, Figures]:
    """Measure the supervisors, one after the other; say which could not be measured."""
    results = {}
    for peer in PEERS:
        if names and peer.name not in names:
            continue
        if not peer.available():
            print(f"{peer.name}: not installed", file=sys.stderr)
            continue
        print(f"{peer.name} …", file=sys.stderr, flush=True)
        try:
            results[peer.name] = measure(peer, work)
        except (RuntimeError, OSError) as error:
            print(f"{peer.name}: cannot be measured: {error}", file=sys.stderr)
    return results


def main() -> int:
    """Measure, print the tables, and write them when asked."""
    options = arguments()
    names = [name for name in options.only.split(",") if name]
    unknown = set(names) - {peer.name for peer in PEERS}
    if unknown:
        sys.exit(f"cannot measure {', '.join(sorted(unknown))}: unknown")
    work = chosen_work(options)
    results = run(names, work)
    if options.json:
        print(json.dumps(results))
    else:
        print(report.plain(report.figures_table(results)))
        if len(results) > 1:
            print(f"\n{report.plain(report.ratios_table(results))}")
    if options.write:
        (environments.ROOT / "docs" / "benchmarks.rst").write_text(report.page(results, work))
    missed = report.missed(results)
    for sentence in missed:
        print(f"goal missed: {sentence}", file=sys.stderr)
    failed = "ours" not in results and (not names or "ours" in names)
    return 1 if failed or (options.check and missed) else 0


if __name__ == "__main__":
    sys.exit(main())
