from __future__ import annotations

import json
import signal
import sys
from unittest.mock import patch

import pytest

from circus.plugins import flapping
from circus.plugins.flapping import Flapping
from tests.helpers.plugs import alone

DIES = "[watcher:web]\ncmd = sh -c 'exit 3'\n"
PLUGIN = "[plugin:flap]\nuse = circus.plugins.flapping.Flapping\nattempts = 2\nwindow = 20\n"
LISTENS = """
import os, signal, sys
signal.signal(signal.SIGUSR1, lambda *_: sys.exit(1))
os.write(1, f"{sys.argv[1]} is up\\n".encode())
while True: signal.pause()
"""


class Clock:
    """The timers that were set, instead of threads."""

    def __init__(self):
        self.timers = []

    def __call__(self, seconds, function, args):
        self.seconds, self.function, self.args = seconds, function, args
        self.running = False
        self.timers.append(self)
        return self

    def start(self):
        self.running = True

    def cancel(self):
        self.running = False


@pytest.fixture
def clock():
    with patch.object(flapping, "Timer", Clock()) as clock:
        yield clock


@pytest.fixture
def flaps():
    """Return a function that makes a Flapping; the options of watchers are given by name."""
    made = []

    def make(options=None, **config):
        def answer(name):
            made.append(name)
            return {"status": "ok", "options": {"cmd": "x", **(options or {}).get(name, {})}}

        stack.append(alone(Flapping, {"options": answer}, **config))
        plugin = stack[-1].__enter__()
        plugin.asked = made
        return plugin

    stack = []
    yield make
    for one in stack:
        one.__exit__(None, None, None)


def reap(plugin, time, watcher="Web", **more):
    message = {"process_pid": 1, "time": time, "watcher": watcher, "asked": False, **more}
    plugin.handle_recv([f"watcher.{watcher.lower()}.reap".encode(), json.dumps(message).encode()])


def test_deaths_that_lie_close_together_stop_the_watcher_and_start_it_later(flaps, clock):
    plugin = flaps(attempts="3", window="2", retry_in="4")
    for time in (10.0, 11.0):
        reap(plugin, time)
    assert plugin.told == []
    reap(plugin, 12.0)
    assert plugin.told == [("stop", {"name": "Web"})]
    assert (clock.seconds, clock.running, plugin.tries) == (4.0, True, {"Web": 1})
    plugin.running = True
    clock.function(*clock.args)
    plugin.loop.add_callback(plugin.loop.stop)
    plugin.loop.start()
    plugin.running = False
    assert plugin.told[1:] == [("start", {"name": "Web"})]


def test_deaths_that_lie_apart_are_forgotten(flaps, clock):
    plugin = flaps(window="1")
    plugin.tries["Web"] = 3
    for time in (10.0, 11.5):
        reap(plugin, time)
    assert (plugin.told, plugin.tries, plugin.timelines) == ([], {}, {"Web": []})


def test_deaths_that_somebody_asked_for_do_not_count(flaps, clock):
    plugin = flaps()
    for _ in range(5):
        reap(plugin, 10.0, asked=True)
    assert plugin.told == []


def test_each_watcher_is_counted_by_itself(flaps, clock):
    plugin = flaps()
    reap(plugin, 10.0, "a")
    reap(plugin, 10.0, "b.c")
    assert plugin.told == []
    reap(plugin, 10.0, "b.c")
    assert plugin.told == [("stop", {"name": "b.c"})]


def test_a_watcher_that_was_started_again_too_often_stays_stopped(flaps, clock):
    plugin = flaps(max_retry="2")
    for _ in range(6):
        reap(plugin, 10.0)
    assert plugin.told == [("stop", {"name": "Web"})] * 3
    assert len(clock.timers) == 2
    assert plugin.tries == {}


def test_without_a_limit_it_is_started_again_for_ever(flaps, clock):
    plugin = flaps(max_retry="-1")
    for _ in range(40):
        reap(plugin, 10.0)
    assert len(clock.timers) == 20


def test_a_watcher_has_options_of_its_own_until_they_are_changed(flaps, clock):
    options = {"Web": {"flapping.attempts": "3", "flapping.window": "x", "max_retry": 0}}
    plugin = flaps(options)
    for time in (10.0, 10.1):
        reap(plugin, time)
    assert plugin.told == []
    options["Web"] = {"flapping.active": "no"}
    plugin.handle_recv([b"watcher.web.updated", b'{"watcher": "Web"}'])
    for _ in range(5):
        reap(plugin, 10.2)
    assert plugin.told == []
    assert plugin.asked == ["Web", "Web"]


def test_a_watcher_that_is_removed_is_not_started_any_more(flaps, clock):
    plugin = flaps()
    for _ in range(2):
        reap(plugin, 10.0)
    assert clock.running
    plugin.handle_recv([b"watcher.web.remove", b'{"watcher": "Web"}'])
    assert not clock.running
    assert "Web" not in plugin.configs


def test_the_end_of_the_plugin_is_the_end_of_its_timers(flaps, clock):
    plugin = flaps()
    for _ in range(2):
        reap(plugin, 10.0)
    plugin.handle_stop()
    assert not clock.running


def test_an_event_of_an_older_daemon_says_less_and_counts(flaps, clock):
    plugin = flaps()
    for _ in range(2):
        plugin.handle_recv([b"watcher.web.reap", b'{"process_pid": 1, "time": 1.0}'])
    assert plugin.told == [("stop", {"name": "web"})]


def test_a_worker_that_flaps_is_stopped_started_again_and_given_up(circusd):
    daemon = circusd(f"{DIES}autostart = False\n{PLUGIN}retry_in = 0.1\nmax_retry = 1\n")
    daemon.log.until("Starting")
    daemon.call("start", name="web")
    daemon.log.until("web: flapping detected: retry in")
    daemon.log.until("web: flapping detected: reached max retry limit")
    daemon.log.until("web stopped")


def test_an_operator_who_restarts_does_not_make_a_watcher_flap(circusd, tmp_path):
    (tmp_path / "up.py").write_text(LISTENS)
    text = "".join(
        f"[watcher:{name}]\ncmd = {sys.executable} up.py {name}\ncopy_env = True\n"
        for name in ("web", "bell")
    )
    daemon = circusd(f"{text}{PLUGIN}retry_in = 0.01\n")
    daemon.log.until("web is up", "bell is up", "Starting")

    def ring():
        """Have another watcher flap: the plugin has heard all that was before."""
        heard = daemon.log.so_far().count("bell: flapping detected")
        while daemon.log.so_far().count("bell: flapping detected") == heard:
            for pid in daemon.pids("bell"):
                daemon.call("signal", name="bell", pid=pid, signum=signal.SIGUSR1)
            daemon.log.until("bell is up")

    ring()
    for _ in range(3):
        daemon.call("restart", name="web", waiting=True)
        daemon.log.until("web is up")
    ring()
    assert "web: flapping" not in daemon.log.so_far()
