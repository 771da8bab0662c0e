"""Two hundred watchers of a program that fails at once: nobody else notices, and no CPU burns."""

from __future__ import annotations

import os
import time
from collections import Counter

import pytest

from tests.helpers.daemon import running
from tests.proof.conftest import ROUNDS

pytestmark = pytest.mark.proof

BROKEN = 200
TEXT = "[watcher:web]\ncmd = sleep 600\nnumprocesses = 2\n" + "".join(
    f"[watcher:broken{number}]\ncmd = /bin/false\n" for number in range(BROKEN)
)
COMMANDS = (
    ("status", {}),
    ("status", {"verbose": True}),
    ("status", {"name": "broken7"}),
    ("list", {}),
    ("numprocesses", {}),
    ("options", {"name": "web"}),
    ("stats", {"name": "web"}),
    ("incr", {"name": "web", "waiting": True}),
    ("decr", {"name": "web", "waiting": True}),
    ("reload", {"name": "web", "waiting": True}),
    ("stop", {"name": "web", "waiting": True}),
    ("start", {"name": "web", "waiting": True}),
    ("set", {"name": "broken9", "options": {"graceful_timeout": 5}, "waiting": True}),
)
SETTLED, WATCHED = 10.0, 12.0
"""Seconds after which it has become quiet, and for how long the CPU is looked at then."""
LONGEST = 60.0
"""Seconds: the end of ``backoff``."""
SOON = 50
"""Milliseconds within which each command is answered."""


def spent(pid):
    """Return the seconds of CPU that a process and those of its children that it reaped took."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def ask_all(daemon, until):
    """Ask everything again and again until then; return the milliseconds of the slowest by verb."""
    slowest = {}
    while time.monotonic() < until:
        for verb, properties in COMMANDS:
            began = time.monotonic()
            answer = daemon.call(verb, **properties)
            slowest[verb] = max(slowest.get(verb, 0), (time.monotonic() - began) * 1e3)
            assert answer["status"] != "error", answer
    return slowest


def test_two_hundred_broken_programs_burn_no_cpu_and_delay_nobody(tmp_path, figure):
    with running(tmp_path, TEXT) as daemon:
        began = time.monotonic()
        rounds = [ask_all(daemon, began + SETTLED * (n + 1) / ROUNDS) for n in range(ROUNDS)]
        before, at = spent(daemon.process.pid), time.monotonic()
        assert daemon.ended(WATCHED) is None
        share = (spent(daemon.process.pid) - before) / (time.monotonic() - at) * 100
        status = daemon.call("status", verbose=True)
        lines = daemon.log.so_far().splitlines()
    best = {verb: [slowest[verb] for slowest in rounds] for verb in rounds[0]}
    worst = max(best, key=lambda verb: min(best[verb]))
    figure(f"the slowest command beside 200 crash loops ({worst})", best[worst], SOON, "ms")
    figure("CPU of 200 crash loops and their daemon, ten seconds on", [share], 10, "% of a core")
    assert_backing_off(status)
    assert_no_flood(lines)


def assert_backing_off(status):
    """Hold that each of the broken ones says why it waits and how it ended."""
    assert sorted(status["backoff"]) == sorted(f"broken{number}" for number in range(BROKEN))
    behind = [status["behind"][name] for name in status["backoff"]]
    assert {one["last_exit"]["exit_code"] for one in behind} == {1}
    assert max(one["next_try"] for one in behind) <= LONGEST


def assert_no_flood(lines):
    """Hold that the log has one line for each start, and one for each crash loop."""
    said = Counter(line.split("'")[1] for line in lines if "died at once" in line)
    assert said == {f"broken{number}": 1 for number in range(BROKEN)}
    started = [line for line in lines if "broken" in line and line.endswith(" started")]
    assert len(started) == BROKEN
    others = [line for line in lines if "broken" in line and "died at once" not in line]
    assert others == started
