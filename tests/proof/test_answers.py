"""Nobody waits for another watcher's trouble: not for its slow stop, not for its busy hook."""

from __future__ import annotations

import contextlib
import os
import signal
import time

import pytest

from benchmarks import environments
from benchmarks.ears import Ears
from tests.helpers.daemon import running
from tests.proof.conftest import ROUNDS

pytestmark = pytest.mark.proof

DEATHS = 20
OTHERS = f"""
[watcher:web]
cmd = sleep 600
numprocesses = 3

[watcher:dying]
cmd = {{child}} {{ears}}
numprocesses = {DEATHS}
"""
STUBBORN = """
[watcher:stubborn]
cmd = sh -c 'trap "" TERM; echo ready; exec sleep 600'
graceful_timeout = 600
"""
BUSY = "[watcher:busy]\ncmd = sleep 600\nautostart = False\nhooks.before_start = hooks.compute\n"
HOOKS = """
import os
import time

def compute(**about):
    print("computing", flush=True)
    while not os.path.exists("enough"):
        end = time.monotonic() + 0.25
        while time.monotonic() < end:
            sum(number * number for number in range(1000))
    os.unlink("enough")
    return True
"""
COMMANDS = (
    ("status", {}),
    ("status", {"name": "web"}),
    ("list", {}),
    ("list", {"name": "web"}),
    ("numprocesses", {"name": "web"}),
    ("numwatchers", {}),
    ("options", {"name": "web"}),
    ("get", {"name": "web", "keys": ["numprocesses", "cmd"]}),
    ("stats", {"name": "web"}),
    ("set", {"name": "web", "options": {"graceful_timeout": 5}, "waiting": True}),
    ("incr", {"name": "web", "waiting": True}),
    ("decr", {"name": "web", "waiting": True}),
    ("signal", {"name": "web", "signum": "cont"}),
    ("reload", {"name": "web", "waiting": True}),
    ("restart", {"name": "web", "waiting": True}),
    ("stop", {"name": "web", "waiting": True}),
    ("start", {"name": "web", "waiting": True}),
    ("add", {"name": "more", "cmd": "sleep 600", "start": True, "waiting": True}),
    ("kill", {"name": "more", "waiting": True}),
    ("rm", {"name": "more", "waiting": True}),
)
TURNS = 5
SOON = 50
"""Milliseconds within which each command is answered."""


@contextlib.contextmanager
def beside(folder, text):
    """Run a daemon with the watchers web, dying and another; yield it and the ears of dying."""
    ears = Ears(str(folder))
    try:
        others = OTHERS.format(child=environments.child(), ears=ears.path)
        with running(folder, others + text) as daemon:
            yield daemon, ears
    finally:
        ears.close()


def answers(daemon):
    """Ask everything a few times; return the milliseconds of the slowest answer by verb."""
    slowest = {}
    for verb, properties in COMMANDS * TURNS:
        began = time.monotonic()
        answer = daemon.call(verb, **properties)
        slowest[verb] = max(slowest.get(verb, 0), (time.monotonic() - began) * 1e3)
        assert answer["status"] != "error", answer
    return slowest


def respawns(daemon, ears):
    """Kill each worker once; return the milliseconds until the new one is alive."""
    daemon.call("restart", name="dying", waiting=True)
    times = []
    ears.rest(0.05)
    for victim in daemon.pids("dying"):
        began = time.monotonic()
        os.kill(victim, signal.SIGKILL)
        assert ears.hear(), "it did not come back"
        times.append((time.monotonic() - began) * 1e3)
    assert len(times) == DEATHS
    return times


def test_a_stop_that_takes_its_whole_grace_delays_nobody_else(tmp_path, figure):
    slowest, worst = [], []
    with beside(tmp_path, STUBBORN) as (daemon, ears):
        for _ in range(ROUNDS):
            daemon.log.until("ready")
            (stubborn,) = daemon.pids("stubborn")
            daemon.call("stop", name="stubborn")
            worst.append(max(respawns(daemon, ears)))
            slowest.append(answers(daemon))
            assert daemon.call("status", name="stubborn")["status"] == "stopping"
            os.kill(stubborn, signal.SIGKILL)
            daemon.call("stop", name="stubborn", waiting=True)
            daemon.call("start", name="stubborn", waiting=True)
    figure("a worker back while another watcher stops, worst of 20", worst, 10, "ms")
    answered(figure, "another watcher stops", slowest)


def test_a_hook_that_computes_delays_nobody_else(tmp_path, figure):
    (tmp_path / "hooks.py").write_text(HOOKS)
    slowest, worst = [], []
    with beside(tmp_path, BUSY) as (daemon, ears):
        for _ in range(ROUNDS):
            daemon.call("start", name="busy")
            daemon.log.until("computing")
            worst.append(max(respawns(daemon, ears)))
            slowest.append(answers(daemon))
            assert daemon.call("status", name="busy")["status"] == "starting"
            (tmp_path / "enough").touch()
            daemon.call("start", name="busy", waiting=True)
            daemon.call("stop", name="busy", waiting=True)
    answered(figure, "a hook computes", slowest)
    figure("a worker back while a hook computes, worst of 20", worst, 50, "ms")


def answered(figure, when, rounds):
    """Hold that each command is answered soon, and note the slowest by name."""
    best = {verb: [slowest[verb] for slowest in rounds] for verb in rounds[0]}
    worst = sorted(best, key=lambda verb: min(best[verb]))
    for verb in worst[:-1]:
        assert min(best[verb]) <= SOON, (verb, best[verb])
    figure(f"the slowest command answered while {when} ({worst[-1]})", best[worst[-1]], SOON, "ms")
