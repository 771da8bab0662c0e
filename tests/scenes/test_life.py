"""A watcher's life as a user sees it: it starts, is asked, dies, comes back, and stops."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.helpers.daemon import ROOT, alive, argv, gone

WEB = """
[watcher:web]
cmd = sleep 60$(circus.wid)
numprocesses = 3
"""
"""The last digit of the command line is the wid."""

HUPPED = """
[watcher:web]
cmd = sh -c 'trap "echo hupped" HUP; echo ready; while :; do sleep 600 & wait; done'
send_hup = True
"""


def wids(pids):
    return sorted(int(argv(pid)[1]) - 600 for pid in pids)


def names(events):
    return [event.name for event in events]


@pytest.fixture
def daemon(circusd):
    daemon = circusd(WEB)
    daemon.log.until("web started")
    return daemon


def test_a_watcher_starts_comes_back_and_stops(daemon):
    events = daemon.events()
    assert daemon.ctl("status") == "web: active"
    victim, *others = daemon.pids("web")
    os.kill(victim, signal.SIGKILL)
    reap, spawn = events.until("web", "spawn")
    assert (reap.name, reap.pid, reap.fields["exit_code"]) == ("reap", victim, -9)
    assert sorted(daemon.pids("web")) == sorted([*others, spawn.pid])
    assert wids(daemon.pids("web")) == [1, 2, 3]
    pids = daemon.pids("web")
    assert daemon.ctl("stop", "web", "--waiting") == "ok"
    assert names(events.until("web", "stop")) == ["kill"] * 3 + ["reap"] * 3 + ["stop"]
    assert not any(map(alive, pids))
    assert daemon.ctl("status", "web") == "stopped"
    assert daemon.ctl("start", "web", "--waiting") == "ok"
    assert names(events.until("web", "start")) == ["spawn"] * 3 + ["start"]
    assert daemon.ctl("quit") == "ok"
    assert daemon.ended() == 0
    assert "Arbiter exiting" in daemon.log.rest()


def test_a_restart_is_a_stop_and_a_start(daemon):
    events, before = daemon.events(), daemon.pids("web")
    daemon.ctl("restart", "web", "--waiting")
    heard = events.until("web", "start")
    assert names(heard) == ["kill"] * 3 + ["reap"] * 3 + ["stop"] + ["spawn"] * 3 + ["start"]
    assert {event.pid for event in heard if event.name == "kill"} == set(before)
    assert wids(daemon.pids("web")) == [1, 2, 3]


def test_a_graceful_reload_spawns_the_new_before_it_stops_the_old(daemon):
    events = daemon.events()
    for expected in ([4, 5, 6], [1, 2, 3]):
        before = daemon.pids("web")
        daemon.ctl("reload", "web", "--waiting")
        heard = events.until("web", "reload")
        assert names(heard) == ["spawn"] * 3 + ["kill"] * 3 + ["reap"] * 3 + ["reload"]
        assert {event.pid for event in heard if event.name == "kill"} == set(before)
        assert wids(daemon.pids("web")) == expected


def test_a_sequential_reload_replaces_one_after_the_other(daemon):
    events, before = daemon.events(), daemon.pids("web")
    daemon.ctl("reload", "web", "--sequential", "--waiting")
    heard = events.until("web", "reload")
    assert names(heard) == ["kill", "reap", "spawn"] * 3 + ["reload"]
    assert {event.pid for event in heard if event.name == "reap"} == set(before)
    assert wids(daemon.pids("web")) == [1, 2, 3]


def test_a_reload_without_grace_is_a_restart(daemon):
    events = daemon.events()
    daemon.ctl("reload", "web", "--terminate", "--waiting")
    heard = names(events.until("web", "start"))
    assert heard == ["kill"] * 3 + ["reap"] * 3 + ["stop"] + ["spawn"] * 3 + ["start"]


def test_the_count_follows_incr_decr_and_set(daemon):
    events = daemon.events()
    first = daemon.pids("web")
    assert daemon.ctl("incr", "web", "2", "--waiting") == "5"
    assert names(events.until("web", "spawn", 2)) == ["spawn", "spawn"]
    assert daemon.ctl("decr", "web", "3", "--waiting") == "2"
    kills = events.until("web", "reap", 3)[:3]
    assert [event.pid for event in kills] == first  # the oldest go
    daemon.ctl("set", "web", "numprocesses", "4")
    events.until("web", "spawn", 2)
    assert daemon.ctl("numprocesses", "web") == "4"


def test_send_hup_reloads_without_replacing(circusd):
    daemon = circusd(HUPPED)
    daemon.log.until("ready", "web started")
    events, before = daemon.events(), daemon.pids("web")
    daemon.ctl("reload", "web", "--waiting")
    assert names(events.until("web", "reload")) == ["reload"]
    daemon.log.until("hupped")
    assert daemon.pids("web") == before


def test_sighup_reloads_everything(daemon):
    events, before = daemon.events(), daemon.pids("web")
    daemon.signal(signal.SIGHUP)
    events.until("web", "reload")
    assert gone(before)
    assert wids(daemon.pids("web")) == [4, 5, 6]


def test_a_restart_of_everything_builds_the_daemon_anew_in_the_same_process(daemon):
    before = daemon.pids("web")
    daemon.file.write_text(daemon.file.read_text().replace("numprocesses = 3", "numprocesses = 2"))
    daemon.ctl("restart", "--waiting")
    daemon.log.until("web stopped")
    daemon.log.until(f"Starting master on pid {daemon.process.pid}")
    daemon.log.until("web started")
    assert not any(map(alive, before))
    assert wids(daemon.pids("web")) == [1, 2]


@pytest.mark.parametrize("verb", [["quit"], ["quit", "--waiting"]])
def test_a_daemon_without_watchers_answers_and_quits(circusd, verb):
    daemon = circusd("")
    daemon.log.until("Arbiter now waiting for commands")
    assert daemon.ctl("status") == ""
    assert daemon.ctl("--timeout", "2", *verb) == "ok"
    assert daemon.ended() == 0


def test_circusctl_is_a_program_with_exit_codes(daemon):
    def circusctl(*words):
        ran = subprocess.run(
            [sys.executable, "-m", "circus.circusctl", *words],
            env={**os.environ, "PYTHONPATH": str(ROOT), "CIRCUSCTL_ENDPOINT": daemon.endpoint},
            capture_output=True,
            text=True,
            check=False,
        )
        return ran.returncode, ran.stdout.strip(), ran.stderr.strip()

    assert circusctl("status", "web") == (0, "active", "")
    assert circusctl("status", "nobody") == (3, "", "error: program nobody not found")
