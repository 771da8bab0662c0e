"""Figures of the proofs: compared with their targets, printed at the end, and written down.

The machine may be busy with other things, which only ever makes a figure worse. So a figure is
measured a few times and the best one counts; all of them are written down.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

ROUNDS = 3
TABLE = pytest.StashKey[list]()
WRITTEN = Path("build", "proof")
"""Where the figures are written, below the root: ``.json`` and ``.md``."""


def pytest_configure(config):
    config.stash[TABLE] = []


@pytest.fixture
def figure(request):
    """Return a function that notes measured values and holds that the best reaches its target."""

    def note(name, values, target, unit):
        best = min(values)
        row = {"figure": name, "best": best, "target": target, "unit": unit, "all": list(values)}
        request.config.stash[TABLE].append({**row, "load": os.getloadavg()[0]})
        assert best <= target, f"{name}: {best:.2f} {unit}, wanted at most {target} ({values})"

    return note


def lines(table):
    yield "| figure | best | at most | all rounds | load |"
    yield "|---|---|---|---|---|"
    for row in table:
        rounds = ", ".join(f"{value:.3g}" for value in row["all"])
        best = f"{row['best']:.3g} {row['unit']}"
        yield f"| {row['figure']} | {best} | {row['target']} | {rounds} | {row['load']:.1f} |"


def pytest_terminal_summary(terminalreporter, config):
    table = config.stash[TABLE]
    if table:
        place = config.rootpath / WRITTEN
        place.parent.mkdir(exist_ok=True)
        place.with_suffix(".json").write_text(json.dumps(table, indent=1) + "\n")
        place.with_suffix(".md").write_text("\n".join(lines(table)) + "\n")
        terminalreporter.section("figures")
        for line in lines(table):
            terminalreporter.write_line(line)
