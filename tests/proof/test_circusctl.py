"""``circusctl status`` from the shell, as a user has it: a process of the installed program."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time

import pytest

from tests.compat.replay import stage
from tests.compat.stage import BIN, OURS, Kind, find_theirs
from tests.helpers.source import ROOT
from tests.proof.conftest import ROUNDS

pytestmark = pytest.mark.proof

RUNS = 15
SOURCES = ("circus", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return ours as pip installs it: not the files beside this one."""
    copy, place = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("installed")
    for name in SOURCES:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / name)
    subprocess.run([sys.executable, "-m", "venv", place], check=True)
    subprocess.run([place / "bin" / "pip", "install", "--quiet", copy], check=True)
    words = [(str(place / "bin" / name),) for name in ("python", "circusd", "circusctl")]
    return Kind("ours, installed", *words, "")


def milliseconds(kind, here):
    """Return how long one ``circusctl status`` takes."""
    words = [*kind.circusctl, "--endpoint", here.endpoint, "status"]
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    began = time.perf_counter()
    done = subprocess.run(
        words, env=environment, cwd=here.folder, capture_output=True, text=True, check=True
    )
    took = (time.perf_counter() - began) * 1e3
    assert "web: active" in done.stdout
    return took


def test_circusctl_status_takes_at_most_half_of_the_time_of_circus(installed, figure):
    theirs = find_theirs()
    if theirs is None:
        pytest.skip(f"no Circus 0.19: {BIN} does not say where it is, and PyPI is out of reach")
    new, old = [], []
    with stage(OURS) as mine, stage(theirs) as peer:
        for _ in range(ROUNDS):
            pairs = [
                (milliseconds(installed, mine), milliseconds(theirs, peer)) for _ in range(RUNS)
            ]
            new.append(statistics.median(ours for ours, _ in pairs))
            old.append(statistics.median(other for _, other in pairs))
    figure("circusctl status, a whole process, median of 15", new, 70, "ms")
    ratios = [ours / other for ours, other in zip(new, old, strict=True)]
    figure("circusctl status, as a part of Circus's time", ratios, 0.5, "")
