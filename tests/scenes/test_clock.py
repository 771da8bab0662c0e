"""The wall clock is moved by hours while timers run: none of them comes earlier or later.

libfaketime (Debian's package of that name) lies to the daemon about the wall clock, and leaves the
monotonic one alone. The tests' own clocks are never touched.
"""

from __future__ import annotations

import glob
import time
from collections import Counter

import pytest

LIBRARY = "libfaketimeMT.so.1"
FOUND = [
    place
    for folder in ("/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/local/lib/faketime")
    for place in glob.glob(f"{folder}/{LIBRARY}")
]
pytestmark = pytest.mark.skipif(not FOUND, reason=f"{LIBRARY} is not installed (libfaketime)")

DELAY = 2.0
"""Seconds of every timer."""
HOURS = 5
WATCHERS = f"""
[watcher:grace]
cmd = sh -c 'trap "" TERM; echo deaf; exec sleep 600'
graceful_timeout = {DELAY}

[watcher:warm]
cmd = sleep 600
numprocesses = 2
warmup_delay = {DELAY}
autostart = no

[watcher:broken]
cmd = false
backoff = {DELAY}s
healthy_after = 600
autostart = no

[watcher:aged]
cmd = sleep 600
max_age = {DELAY:.0f}
max_age_variance = 0
autostart = no

[watcher:hooked]
cmd = sleep 600
hooks.before_start = hang.hang
hook_timeout = {DELAY}
autostart = no

[watcher:unlaunched]
cmd = /nowhere/at/all
max_retry = -1
autostart = no
"""
HOOK = """
import threading

def hang(**about):
    print("hanging", flush=True)
    threading.Event().wait()
"""
BEGUN = Counter({("grace", "kill"): 1, ("warm", "spawn"): 1, ("broken", "reap"): 3})
BEGUN["aged", "spawn"] = 1
"""What is heard by the time every timer runs, beside the hook."""
ENDED = Counter({("grace", "reap"): 1, ("warm", "spawn"): 1, ("broken", "spawn"): 1})
ENDED += Counter({("aged", "spawn"): 1, ("hooked", "hook_failure"): 1})
"""What is heard when every timer is over."""


@pytest.fixture
def clock(tmp_path):
    """Return a function that moves the daemon's wall clock."""
    stamp = tmp_path / "clock"

    def move(hours):
        fresh = tmp_path / "clock.new"
        fresh.write_text(f"{hours:+d}h\n")
        fresh.rename(stamp)

    move(0)
    return move


@pytest.fixture
def daemon(circusd, clock, tmp_path):
    (tmp_path / "hang.py").write_text(HOOK)
    lies = (
        "env",
        f"LD_PRELOAD={FOUND[0]}",
        f"FAKETIME_TIMESTAMP_FILE={tmp_path / 'clock'}",
        "FAKETIME_NO_CACHE=1",
        "FAKETIME_DONT_FAKE_MONOTONIC=1",
        "DONT_FAKE_MONOTONIC=1",
    )
    daemon = circusd(WATCHERS, around=lies)
    daemon.log.until("deaf", "grace started")
    return daemon


def hear(events, wanted):
    """Wait until all of these were heard; return the last event, and when each of them came."""
    missing, times = Counter(wanted), {}
    while missing:
        event = events.next()
        assert event is not None, f"never heard: {missing}"
        key = event.watcher, event.name
        if key in missing:
            times[key] = time.monotonic()
            missing[key] -= 1
            missing += Counter()
    return event, times


@pytest.mark.parametrize("hours", [HOURS, -HOURS])
def test_no_timer_moves_when_the_wall_clock_does(daemon, clock, hours):
    events = daemon.events()
    began = time.monotonic()
    daemon.call("stop", name="grace")
    for name in ("warm", "broken", "aged", "hooked"):
        daemon.call("start", name=name)
    daemon.log.until("hanging")
    hear(events, BEGUN)
    clock(hours)
    if time.monotonic() - began > DELAY:
        pytest.skip("too slow a machine: the timers ended before the clock could be moved")
    last, times = hear(events, ENDED)
    assert abs(last.fields["time"] - time.time() - hours * 3600) < 600, "the clock did not move"
    early = {key: when - began for key, when in times.items() if when - began < DELAY}
    assert early == {}
    info = daemon.call("stats", name="warm")["info"]
    assert all(0 <= facts["age"] < 600 for facts in info.values())
    status = daemon.call("status", name="broken")
    assert 0 <= status["last_exit"]["ago"] < 600
    assert 0 <= status.get("next_try", 0) <= DELAY


@pytest.mark.parametrize("hours", [HOURS, -HOURS])
def test_a_launch_that_is_put_off_is_not_moved_either(daemon, clock, hours):
    daemon.call("start", name="unlaunched")
    daemon.log.until("error in 'unlaunched'")
    clock(hours)
    for _ in range(3):
        daemon.log.until("error in 'unlaunched'")
    assert daemon.call("status", name="unlaunched").get("next_try", 0) <= 60
