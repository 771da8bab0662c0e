"""Programs that import Circus 0.19's names and call them as they did find them all here."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from circus.gone import GONE, sentence
from tests.helpers.source import ROOT

HERE = Path(__file__).parent
RECORDING = HERE / "names-0.19.json"
"""Written by names.py, run by the Python of an installed Circus 0.19."""
RECORDED = json.loads(RECORDING.read_text())

OWN_DEFAULTS = "None stands for what the options of the class say, which is the same"
TABLES = "nothing is an empty table or text"
DIFFERS = {
    "circus.stats.collector.SocketStatsCollector._aggregate": "sockets are not summed up",
    "circus.stats.streamer.StatsStreamer": "a misspelt argument is spelt right",
    "circus.stream.FileStream": OWN_DEFAULTS,
    "circus.stream.TimedRotatingFileStream": OWN_DEFAULTS,
    "circus.watcher.Watcher": TABLES,
}
"""Where a default or a name is another one, and why."""


@pytest.fixture(scope="module")
def ours():
    """Return the facts of our own names, found by a Python of its own as theirs were."""
    return facts(sys.executable, str(ROOT))


def facts(python, path):
    """Return the facts of the names that a Python finds."""
    done = subprocess.run(
        [python, str(HERE / "names.py")],
        env={**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def lacks(old, new):
    """Say why a program that uses what was there cannot use what is there; or nothing."""
    if new is None:
        return "is missing"
    before, now = old.get("shape"), new.get("shape")
    if before is None:
        return ""
    if now is None:
        return "cannot be called"
    kinds = {kind for _, kind, _ in now}
    plain = [one for one in now if not one[1].startswith("VAR_")]
    for place, (name, kind, default) in enumerate(before):
        if kind.startswith("VAR_"):
            if kind not in kinds:
                return f"takes no {kind}"
        elif place >= len(plain):
            if "VAR_POSITIONAL" not in kinds:
                return f"takes no {name}"
        elif plain[place][0] != name:
            return f"takes {plain[place][0]} in place of {name}"
        elif default is not None and plain[place][2] != default:
            return f"{name} is {plain[place][2]} by default, not {default}"
    more = plain[len([one for one in before if not one[1].startswith("VAR_")]) :]
    needed = [name for name, _, default in more if default is None]
    return f"needs {', '.join(needed)}" if needed else ""


@pytest.mark.parametrize("name", [name for name, fact in RECORDED.items() if fact is not None])
def test_a_name_is_there_and_is_called_as_before(ours, name):
    if name in GONE or name.startswith("circus.green."):
        return
    found = lacks(RECORDED[name], ours[name])
    assert bool(found) == (name in DIFFERS), f"{name} {found}"


@pytest.mark.parametrize("name", GONE)
def test_what_is_gone_says_so_when_it_is_imported(name):
    module, _, last = name.rpartition(".")
    with pytest.raises(ImportError) as refused:
        getattr(importlib.import_module(name if "green" in name else module), last)
    assert str(refused.value) in {sentence(name), sentence("circus.green")}


def test_an_installed_circus_says_what_was_recorded(theirs):
    assert facts(*theirs.python, theirs.path) == RECORDED


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ([["a", "P", None]], [["a", "P", None]], ""),
        ([["a", "P", None]], [["a", "P", "1"]], ""),
        ([["a", "P", "1"]], [["a", "P", "2"]], "a is 2 by default, not 1"),
        ([["a", "P", None]], [["b", "P", None]], "takes b in place of a"),
        ([["a", "P", None]], [], "takes no a"),
        ([], [["a", "P", None]], "needs a"),
        ([], [["a", "P", "1"]], ""),
        ([["a", "P", None]], [["args", "VAR_POSITIONAL", None]], ""),
        ([["kw", "VAR_KEYWORD", None]], [], "takes no VAR_KEYWORD"),
    ],
)
def test_a_call_shape_is_compared_as_a_caller_would(old, new, found):
    assert lacks({"shape": old}, {"shape": new}) == found


def test_a_name_that_is_missing_is_told():
    assert lacks({}, None) == "is missing"
    assert lacks({"shape": []}, {"kind": "attribute"}) == "cannot be called"
