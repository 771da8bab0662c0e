"""From figures to tables: for the terminal, and as a page of the documentation."""

from __future__ import annotations

import datetime as dt
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.measure import Figures, Work

NOTHING = 0.001
"""What is less counts as this much in a ratio."""


@dataclass(frozen=True)
class Row:
    """One figure.

    :param text: what it says
    :param goal: what ours is to reach: at most this, or at least where *more* is better
    """

    key: str
    text: str
    goal: float
    more: bool = False

    def met(self, value: float) -> bool:
        """Say whether ours reaches the goal."""
        return value >= self.goal if self.more else value <= self.goal

    def ratio(self, ours: float, theirs: float) -> float:
        """Return how many times better ours is; below one it is worse."""
        better, worse = (ours, theirs) if self.more else (theirs, ours)
        return max(better, NOTHING) / max(worse, NOTHING)


ROWS = (
    Row("start", "all children up, s", 0.95),
    Row("respawn", "SIGKILL to new child up, ms (median)", 2.4),
    Row("respawn_worst", "SIGKILL to new child up, ms (worst)", 10),
    Row("storm", "a quarter killed at once, all back, s", 0.25),
    Row("stop", "everything stopped, s", 0.30),
    Row("idle", "daemon's CPU at rest, ms per s", 0.5),
    Row("memory", "daemon's memory (RSS), MiB", 45),
    Row("output", "a child's output into a file, MiB/s", 1000, more=True),
    Row("control", "one status from the shell, ms", 70),
    Row("answer", "an answer while the children start, ms (median)", 50),
    Row("answer_worst", "an answer while the children start, ms (worst)", 50),
)

Results = Mapping[str, Figures]


def number(value: float | None) -> str:
    """Return a figure with three digits that count, or a dash."""
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def ratio(row: Row, ours: Figures, theirs: Figures) -> str:
    """Return how many times better ours is, or a dash."""
    if row.key not in ours or row.key not in theirs:
        return "-"
    return f"{number(row.ratio(ours[row.key], theirs[row.key]))} x"


def missed(results: Results) -> list[str]:
    """Return a sentence for each goal that ours does not reach."""
    ours = results.get("ours", {})
    return [
        f"{row.text}: {number(ours[row.key])}, but the goal is {row.goal:g}"
        for row in ROWS
        if row.key in ours and not row.met(ours[row.key])
    ]


def figures_table(results: Results) -> list[list[str]]:
    """Return the figures: one line for each, one column for each supervisor, and the goal."""
    lines = [["figure", *results, "goal"]]
    for row in ROWS:
        cells = [number(figures.get(row.key)) for figures in results.values()]
        lines.append([row.text, *cells, f"{'≥' if row.more else '≤'} {row.goal:g}"])
    return lines


def ratios_table(results: Results) -> list[list[str]]:
    """Return how many times better ours is than each of the others."""
    ours = results.get("ours", {})
    others = {name: figures for name, figures in results.items() if name != "ours"}
    lines = [["times better than", *others]]
    lines += [[row.text, *(ratio(row, ours, them) for them in others.values())] for row in ROWS]
    return lines


def plain(table: list[list[str]]) -> str:
    """Return a table for a terminal."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in table
    )


def list_table(title: str, table: list[list[str]]) -> str:
    """Return a table in reStructuredText."""
    lines = [f".. list-table:: {title}", "   :header-rows: 1", ""]
    for line in table:
        lines += [f"   {'* -' if place == 0 else '  -'} {cell}" for place, cell in enumerate(line)]
    return "\n".join(lines)


def page(results: Results, work: Work) -> str:
    """Return docs/benchmarks.rst."""
    today = dt.datetime.now(dt.timezone.utc).date()
    return f"""Benchmarks
==========

.. This page is written by ``python -m benchmarks --write``.

What a user would pick instead, side by side with ours: each supervisor runs {work.count} children
of the same small C program, which says on a socket that it is up. All start under a soft limit of
1,024 descriptors. Measured on {today} with Linux {platform.release()} and Python
{platform.python_version()} on {os.cpu_count()} cores; repeat it with ``python -m benchmarks``.

{list_table("Figures", figures_table(results))}

{list_table("How many times better ours is (below 1: worse)", ratios_table(results))}

How each is measured
--------------------

all children up
    from the start of the daemon until the last child has said that it is up.
SIGKILL to new child up
    one child after the other is killed, {work.kills} in all; a slow supervisor gets fewer.
a quarter killed at once
    {work.count // 4} children; until as many new ones have said that they are up.
everything stopped
    from the signal until the daemon, its helpers and all children are gone.
CPU at rest
    the sum of ``/proc/PID/task/*/schedstat`` of the daemon and its helpers over {work.idle:g} s.
memory
    the sum of the resident memory of the daemon and its helpers; shared pages count for each.
output
    one child prints {work.mib} MiB in lines of 100 bytes. runit and s6 give the child the file
    itself; the others carry every byte.
one status from the shell
    the whole command with its start. s6 and runit answer for a single child.
an answer while the children start
    commands on the endpoint, one after the other, from the first child up to the last.
"""
