"""Programs that embed Circus as its users do print the same with Circus 0.19 and with ours."""

from __future__ import annotations

import os
import select
import subprocess
from pathlib import Path

import pytest

from circus.client import CircusClient
from tests.compat.stage import OURS

PROGRAMS = Path(__file__).parent / "programs"
PATIENCE = 60
PRINTS = {
    "threaded": [
        "ready True", "{'sleep': 'active'}", "2", "ok", "alive False running False",
    ],
    "beside": [
        "{'one': 'active'} {'two': 'active'} 2 2",
        "{'one': 'stopped'} {'two': 'active'}",
        "{'one': 'stopped'} {'two': 'stopped'}",
        "{'one': 'active'}",
        "{'one': 'active'}",
    ],
    "callbacks": [
        "started None",
        "second stopped 2",
        "[('first', 'active'), ('second', 'active')] 3",
        "already there",
        "{'second': 'active'}",
        "4 2",
        "gone",
        "ended False False",
    ],
    "subclass": ["my start", "{'web': 'active'}", "my stop", "ok", "running False"],
    "objects": [
        "connected",
        "[('plugin:noted', 'active'), ('web', 'active')]",
        "2048 2.00K True tcp://127.0.0.1:5555 True",
        "[('plugin:noted', 'stopped'), ('web', 'stopped')]",
    ],
}  # fmt: skip
"""What each prints; the lines of *subclass* come from two threads, in any order."""


def printed(kind, name, folder):
    """Run a program; return the lines that it printed."""
    done = subprocess.run(
        [*kind.python, str(PROGRAMS / f"{name}.py"), str(folder)],
        env={**os.environ, "PYTHONPATH": kind.path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", PRINTS)
def test_a_program_prints_what_it_should(tmp_path, name):
    assert sorted(printed(OURS, name, tmp_path)) == sorted(PRINTS[name])


@pytest.mark.parametrize("name", PRINTS)
def test_a_program_prints_the_same_with_circus(theirs, tmp_path, name):
    assert sorted(printed(theirs, name, tmp_path)) == sorted(PRINTS[name])


def detached(kind, folder):
    """Run the program that goes into the background; return what it did there."""
    assert printed(kind, "detached", folder) == ["before"]
    client = CircusClient(endpoint=f"ipc://{folder}/ctl", timeout=PATIENCE)
    try:
        status = client.send_message("status")["statuses"]
        pid = int((folder / "pid").read_text())
        ended = os.pidfd_open(pid)
        client.send_message("quit")
        select.select([ended], [], [], PATIENCE)
        os.close(ended)
    finally:
        client.stop()
    said = (folder / "log").read_text().splitlines()[-1].rpartition("] ")[2]
    return status, (folder / "pid").exists(), said


EXPECTED = {"web": "active"}, False, "wants to be built anew: False"


def test_a_program_goes_into_the_background_and_writes_its_pid(tmp_path):
    assert detached(OURS, tmp_path) == EXPECTED


def test_a_program_goes_into_the_background_the_same_way_with_circus(theirs, tmp_path):
    assert detached(theirs, tmp_path) == EXPECTED
