"""Who comes first: priorities, warm-up between watchers and between processes."""

from __future__ import annotations

import os
import signal

import pytest

THREE = """
[watcher:low]
cmd = sleep 600
priority = 1

[watcher:high]
cmd = sleep 600
priority = 3

[watcher:middle]
cmd = sleep 600
numprocesses = 2
priority = 2
"""
ORDER = ["high", "middle", "low"]
LEAST = 0.1
"""Seconds that a pause of 0.2 lasts at least, seen from outside: what happened is stamped a moment
after it was decided, on a busy machine a long one."""


def starts(events):
    """Return who started in which order, and hold that nobody spawned in between out of turn."""
    order = [event.watcher for event in events if event.name == "start"]
    spawns = [event.watcher for event in events if event.name == "spawn"]
    assert spawns == [name for name in order for _ in range(1 + (name == "middle"))]
    return order


def test_at_the_start_of_circusd_the_highest_priority_comes_first(circusd):
    daemon = circusd(THREE)
    for name in ORDER:
        assert daemon.log.until(" started").endswith(f"{name} started")


def test_starting_all_goes_by_priority(circusd):
    daemon = circusd(THREE)
    daemon.log.until("low started")
    events = daemon.events()
    daemon.ctl("stop", "--waiting")
    heard = events.until("high", "stop")
    assert [one.watcher for one in heard if one.name == "kill"] == [
        "low",
        "middle",
        "middle",
        "high",
    ]
    daemon.ctl("start", "--waiting")
    heard = events.until("low", "start")
    assert starts([one for one in heard if one.name in {"spawn", "start"}]) == ORDER


def test_the_warm_up_of_circusd_lies_between_watchers(circusd):
    daemon = circusd(THREE, circus="warmup_delay = 0.2")
    daemon.log.until("low started")
    events = daemon.events()
    daemon.ctl("stop", "--waiting")
    daemon.ctl("start", "--waiting")
    heard = [one for one in events.until("low", "start") if one.name == "start"]
    times = [one.fields["time"] for one in heard]
    assert [one.watcher for one in heard] == ORDER
    assert min(times[1] - times[0], times[2] - times[1]) >= LEAST


def test_the_warm_up_of_a_watcher_lies_between_its_processes(circusd):
    daemon = circusd("[watcher:web]\ncmd = sleep 600\nnumprocesses = 3\nwarmup_delay = 0.2")
    daemon.log.until("web started")
    events = daemon.events()
    daemon.ctl("restart", "web", "--waiting")
    times = [one.fields["time"] for one in events.until("web", "start") if one.name == "spawn"]
    assert min(times[1] - times[0], times[2] - times[1]) >= LEAST


@pytest.mark.parametrize("verb", ["stop", "quit"])
def test_a_warm_up_is_cut_short_when_it_is_no_longer_wanted(circusd, verb):
    daemon = circusd(
        "[watcher:web]\ncmd = sh -c 'echo up; exec sleep 9'\nwarmup_delay = 600\nnumprocesses = 2"
    )
    daemon.log.until("up")
    assert daemon.ctl("status", "web") == "starting"
    daemon.ctl(verb, "--waiting")
    daemon.log.until("web stopped")


def test_a_watcher_without_autostart_starts_when_it_is_named(circusd):
    daemon = circusd(f"{THREE}\n[watcher:spare]\ncmd = sleep 600\nautostart = False")
    daemon.log.until("low started")
    daemon.ctl("stop", "--waiting")
    daemon.ctl("start", "--waiting")
    assert daemon.ctl("status", "spare") == "stopped"
    daemon.ctl("start", "spare", "--waiting")
    assert daemon.ctl("status", "spare") == "active"


HELD = """
[watcher:held]
cmd = sleep 600
priority = 2
hooks.before_start = gate.wait

[watcher:beside]
cmd = sleep 600
priority = 2

[watcher:below]
cmd = sleep 600
priority = 1
"""
GATE = """
def wait(**about):
    print("waiting", flush=True)
    with open("gate") as gate:
        gate.read()
    return True
"""


def test_those_of_one_priority_start_side_by_side_and_the_next_wait_for_both(circusd, tmp_path):
    (tmp_path / "gate.py").write_text(GATE)
    os.mkfifo(tmp_path / "gate")
    daemon = circusd(HELD)
    daemon.log.until("waiting", "beside started")
    assert daemon.call("status")["statuses"]["below"] == "stopped"
    (tmp_path / "gate").write_text("go")
    assert daemon.log.until("below started")
    assert "held started" in daemon.log.so_far()


def test_a_stop_of_all_begins_with_the_lowest_priority_and_nobody_waits_for_another(circusd):
    stubborn = "sh -c 'trap \"\" TERM; echo deaf; exec sleep 600'"
    daemon = circusd(
        f"{THREE}\n[watcher:lowest]\ncmd = {stubborn}\npriority = 0\ngraceful_timeout = 600"
    )
    daemon.log.until("lowest started", "deaf")
    (deaf,) = daemon.pids("lowest")
    events = daemon.events()
    daemon.ctl("stop")
    heard = events.until("high", "stop")
    kills = [one.watcher for one in heard if one.name == "kill"]
    assert kills == ["lowest", "low", "middle", "middle", "high"]
    daemon.log.until("high stopped")
    statuses = daemon.call("status")["statuses"]
    assert statuses.pop("lowest") == "stopping"
    os.kill(deaf, signal.SIGKILL)
    events.until("lowest", "stop")


def test_a_reload_of_all_takes_one_watcher_after_the_other_by_priority(circusd):
    daemon = circusd(THREE, circus="warmup_delay = 0.2")
    daemon.log.until("low started")
    events = daemon.events()
    daemon.ctl("reload", "--waiting")
    heard = [one for one in events.until("low", "reload") if one.name in {"spawn", "reload"}]
    order = [(one.watcher, one.name) for one in heard]
    assert order == [
        ("high", "spawn"),
        ("high", "reload"),
        ("middle", "spawn"),
        ("middle", "spawn"),
        ("middle", "reload"),
        ("low", "spawn"),
        ("low", "reload"),
    ]
    first = {name: moment(heard, name) for name in ORDER}
    assert first["middle"] - first["high"] >= LEAST
    assert first["low"] - first["middle"] >= LEAST


def moment(heard, name):
    """Return when a watcher first spawned (seconds since the epoch)."""
    return min(one.fields["time"] for one in heard if one.watcher == name and one.name == "spawn")
