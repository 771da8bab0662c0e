"""circusd-stats beside a daemon with 1,000 processes: what looking at them every second costs."""

from __future__ import annotations

import time

import pytest

from benchmarks import proc
from circus.stats.client import StatsClient
from tests.helpers.daemon import running
from tests.proof.conftest import ROUNDS

pytestmark = pytest.mark.proof

COUNT = 1000
TICKS = 5
"""So many samples of every process are waited for."""
WATCHERS = """
[watcher:many]
cmd = sleep 600
numprocesses = {count}
"""
STATS = """
statsd = True
stats_endpoint = ipc://{}/stats
"""


def whole(client):
    """Wait for the next aggregate of all processes."""
    for name, subtopic, stat in client:
        if (name, subtopic) == ("many", None) and len(stat["pid"]) == COUNT:
            return


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """Return what TICKS samples cost circusd-stats and circusd, and how much memory it took."""
    folder = tmp_path_factory.mktemp("stats")
    text = WATCHERS.format(count=COUNT)
    rounds = []
    with running(folder, text, circus=STATS.format(folder)) as daemon:
        daemon.log.until("many started", "circusd-stats publishes at")
        (sampler,) = daemon.pids("circusd-stats")
        with StatsClient(f"ipc://{folder}/stats") as client:
            whole(client)
            for _ in range(ROUNDS):
                before = [proc.cpu_ns([pid]) for pid in (sampler, daemon.process.pid)]
                began = time.monotonic()
                for _ in range(TICKS):
                    whole(client)
                passed = time.monotonic() - began
                after = [proc.cpu_ns([pid]) for pid in (sampler, daemon.process.pid)]
                rounds.append(
                    [(new - old) / passed / 1e9 for new, old in zip(after, before, strict=True)]
                )
        memory = proc.rss_mib([sampler])
    return rounds, memory


def test_sampling_a_thousand_processes_every_second_is_cheap(seen, figure):
    rounds, _ = seen
    figure(
        "1,000 processes sampled, CPU of circusd-stats", [100 * one for one, _ in rounds], 10, "%"
    )


def test_the_daemon_pays_nothing_for_it(seen, figure):
    rounds, _ = seen
    figure("the daemon meanwhile, in a second", [1000 * two for _, two in rounds], 0.5, "ms")


def test_it_takes_little_memory(seen, figure):
    figure("memory of circusd-stats", [seen[1]], 60, "MiB")
