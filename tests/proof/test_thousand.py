"""One watcher with 1,000 children, under the usual soft limit of 1,024 descriptors."""

from __future__ import annotations

import resource

import pytest

from benchmarks import measure
from benchmarks.measure import Work, scene
from benchmarks.peers import SOFT_LIMIT, Ours
from tests.proof.conftest import ROUNDS

pytestmark = pytest.mark.proof

WORK = Work(count=1000, kills=50, idle=20)


def live(rest):
    """Measure one life of a daemon; return its figures.

    :param rest: whether to measure it at rest too, which takes long
    """
    with scene(Ours, WORK.count) as here:
        figures = measure.start(here, WORK)
        limits = {resource.prlimit(pid, resource.RLIMIT_NOFILE)[0] for pid in here.alive}
        here.ears.rest(1)
        figures |= measure.respawn(here, WORK)
        figures |= measure.storm(here, WORK)
        if rest:
            figures |= measure.idle(here, WORK)
        figures |= measure.stop(here)
        assert here.peer.daemon.wait() == 0
    return figures, limits


@pytest.fixture(scope="module")
def lives():
    return [live(rest=number == 0) for number in range(ROUNDS)]


@pytest.mark.parametrize(
    ("name", "what", "target", "unit"),
    [
        ("start", "1,000 children up", 0.95, "s"),
        ("respawn", "a killed child replaced, median of 50", 2.4, "ms"),
        ("respawn_worst", "a killed child replaced, worst of 50", 10, "ms"),
        ("storm", "250 killed at once, all back", 0.25, "s"),
        ("stop", "all stopped, the daemon gone", 0.30, "s"),
        ("idle", "CPU at rest, in a second, over 20 s", 0.5, "ms"),
        ("memory", "resident memory", 45, "MiB"),
    ],
)
def test_a_thousand_children_cost_little(lives, figure, name, what, target, unit):
    figure(what, [figures[name] for figures, _ in lives if name in figures], target, unit)


def test_every_child_sees_the_soft_limit_that_circusd_was_started_with(lives):
    assert [limits for _, limits in lives] == [{SOFT_LIMIT}] * ROUNDS


def test_commands_are_answered_while_a_thousand_start(figure):
    worst = []
    for _ in range(ROUNDS):
        with scene(Ours, WORK.count) as here:
            worst.append(measure.latency(here, WORK)["answer_worst"])
    figure("a command answered while 1,000 start, worst", worst, 50, "ms")
