from __future__ import annotations

import os

import pytest

from circus.spec.statistics import NAME
from circus.stats.sample import Figures
from circus.web.mirror import Mirror
from circus.web.samples import FEW, POINTS, Samples, descriptors

GONE = 999_999_999


class Fake:
    """A sampler: each look at a process finds what it is told."""

    def __init__(self, **figures):
        self.figures = {int(pid[1:]): one for pid, one in figures.items()}
        self.forgotten = []

    def measure(self, pid):
        return self.figures.get(pid)

    def forget(self, pid):
        self.forgotten.append(pid)


@pytest.fixture
def mirror():
    made = Mirror("ipc://ctl")
    watchers = {"web": {"10": 1, "11": 2}, "idle": {}, NAME: {"12": 1}}
    answer = {
        "statuses": dict.fromkeys(watchers, "active"),
        "about": {name: {"pids": pids} for name, pids in watchers.items()},
    }
    made.told(answer, 0.0)
    made.found({"pid": 13}, "1")
    return made


def test_a_watcher_costs_what_its_processes_cost_together(mirror):
    fake = Fake(_10=Figures(1.5, 100, 0), _11=Figures(2.0, 200, 0), _13=Figures(4.0, 50, 0))
    samples = Samples(mirror, fake)
    samples.look(1000.0)
    assert samples.message() == {
        "type": "samples",
        "at": 1000.0,
        "daemon": [4.0, 50],
        "watchers": {"web": [3.5, 300], "idle": [0, 0], NAME: [0, 0]},
    }


def test_the_cpu_is_not_known_at_the_first_look(mirror):
    samples = Samples(mirror, Fake(_10=Figures(None, 100, 0)))
    samples.look(1000.0)
    assert samples.latest("web").cpu is None
    assert samples.latest("nobody") is None


def test_the_past_is_kept_within_bounds(mirror):
    samples = Samples(mirror, Fake(_10=Figures(1.0, 100, 0)))
    for number in range(POINTS + 10):
        samples.look(1000.0 + number)
    history = samples.history("web")
    assert len(history["at"]) == len(history["cpu"]) == len(history["mem"]) == POINTS
    assert history["at"][-1] == 1000.0 + POINTS + 9
    assert history["step"] == 1.0
    assert samples.history(None)["name"] is None
    assert samples.history("nobody")["at"] == []


def test_what_is_gone_is_forgotten(mirror):
    fake = Fake(_10=Figures(1.0, 100, 0), _12=Figures(1.0, 100, 0))
    samples = Samples(mirror, fake)
    samples.look(1000.0)
    mirror.told({"statuses": {"idle": "stopped"}}, 1.0)
    samples.look(1001.0)
    assert sorted(fake.forgotten) == [10, 12]
    assert samples.latest("web") is None
    assert samples.message()["watchers"] == {"idle": [0, 0]}


def test_circusd_its_helpers_and_this_very_process_belong_together(mirror):
    assert Samples(mirror, Fake()).own_pids() == {12, 13, os.getpid()}


def test_processes_are_told_with_what_is_known_of_them(mirror):
    samples = Samples(mirror, Fake(_10=Figures(1.0, 100, 0)))
    samples.look()
    known, unknown = samples.processes(mirror.watchers["web"])
    assert (known["pid"], known["wid"], known["cpu"], known["mem"]) == (10, 1, 1.0, 100)
    assert known["age"] > 0
    assert (unknown["cpu"], unknown["age"]) == (None, None)


def test_descriptors_are_counted_where_that_may_be_done():
    assert descriptors(os.getpid()) >= 3
    assert descriptors(GONE) is None


def test_the_descriptors_of_many_processes_are_not_counted_each_second(mirror):
    mirror.watchers["web"].pids = dict.fromkeys(range(GONE, GONE + FEW), 1) | {os.getpid(): 1}
    samples = Samples(mirror, Fake())
    assert not any("fds" in one for one in samples.processes(mirror.watchers["web"]))
    mirror.watchers["web"].pids = {os.getpid(): 1}
    assert samples.processes(mirror.watchers["web"])[0]["fds"] >= 3


def test_who_looks_twice_in_a_second_gets_the_same(mirror):
    fake = Fake(_10=Figures(1.0, 100, 0))
    samples = Samples(mirror, fake)
    samples.refresh()
    fake.figures[10] = Figures(5.0, 100, 0)
    samples.refresh()
    assert samples.latest("web").cpu == 1.0
