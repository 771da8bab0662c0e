"""The examples do what they say."""

from __future__ import annotations

import os
import shutil
import signal
import socket

import pytest

from tests.helpers.daemon import PATIENCE, ROOT


@pytest.fixture
def example(circusd, tmp_path):
    """Return a function that runs a circusd in a copy of an example's folder."""

    def start(name):
        folder = tmp_path / name
        shutil.copytree(ROOT / "examples" / name, folder)
        return circusd((folder / "circus.ini").read_text(), folder=folder), folder

    return start


def ask(path):
    """Connect to a UNIX socket and return what comes."""
    with socket.socket(socket.AF_UNIX) as who:
        who.settimeout(PATIENCE)
        who.connect(str(path))
        return who.recv(64).decode()


def test_the_example_of_hooks_waits_for_a_warm_worker_and_cleans_up_after_it(example):
    daemon, folder = example("hooks")
    daemon.log.until("worker started")
    pids = daemon.pids("worker")
    assert sorted(path.name for path in (folder / "run").iterdir()) == sorted(
        f"{pid}.jobs" for pid in pids
    )
    infos = daemon.call("stats", name="worker", extended=True)["info"]
    assert all(info["jobs"] >= 0 for info in infos.values())
    events = daemon.events()
    os.kill(pids[0], signal.SIGKILL)
    events.until("worker", "spawn")
    daemon.ctl("stop", "worker", "--waiting")
    assert list((folder / "run").iterdir()) == []


def test_the_example_of_on_demand_starts_when_somebody_connects(example):
    daemon, folder = example("on-demand")
    daemon.log.until("Arbiter now waiting for commands")
    daemon.call("status")
    assert daemon.ctl("status", "clock") == "stopped (waits for a connection)"
    for _ in range(2):
        assert ask(folder / "clock.sock").count(":") == 2
        events = daemon.events()
        (pid,) = daemon.pids("clock")
        os.kill(pid, signal.SIGUSR1)
        events.until("clock", "reap")
