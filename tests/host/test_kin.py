import errno
import os
import signal

import pytest

from circus import host
from circus.exc import LaunchError
from circus.host import children, kin, probe
from circus.host.descriptors import Descriptors
from circus.host.kin import Kin
from tests.helpers.daemon import alive
from tests.helpers.launching import SLEEPER, shell


class Reach:
    """A reach that notes what it is asked."""

    strangers = ()

    def __init__(self, name):
        self.name = name
        self.asked = []
        self.over = []

    def spawn(self, plan, label, launch):
        self.asked.append(("spawn", plan, label))
        return launch(plan)

    def members(self, pids):
        self.asked.append(("members", *pids))
        return {pid: [pid + 1] for pid in pids}

    def gone(self):
        return self.over

    def __getattr__(self, name):
        return lambda *args: self.asked.append((name, *args)) or True


class Children:
    """Whose next pid is the plan itself."""

    def spawn(self, plan):
        return plan


@pytest.fixture
def two():
    """A Kin with two reaches."""
    reaches = {"session": Reach("session"), "tree": Reach("tree by magic")}
    return reaches, Kin(Children(), {name: [lambda r=r: r] for name, r in reaches.items()})


def test_each_family_is_its_own_reachs_business(two):
    reaches, made = two
    assert made.spawn(100, "session", "web") == 100
    assert made.spawn(200, "tree", "job") == 200
    assert made.members([100, 200, 300]) == {100: [101], 200: [201]}
    assert made.watch(200)
    assert made.answers(100)
    made.signal(200, [201], 9)
    assert made.fileno(200)
    assert reaches["session"].asked == [
        ("spawn", 100, "web"), ("members", 100), ("answers", 100)
    ]  # fmt: skip
    assert reaches["tree"].asked == [
        ("spawn", 200, "job"), ("members", 200), ("watch", 200), ("signal", 200, [201], 9),
        ("fileno",),
    ]  # fmt: skip


def test_a_family_that_is_gone_or_forgotten_is_not_known_any_more(two):
    reaches, made = two
    for pid in (100, 101):
        made.spawn(pid, "session", "web")
    reaches["session"].over = [100]
    assert made.gone() == [100]
    made.forget(101)
    made.forget(101)
    assert [one for one in reaches["session"].asked if one[0] == "forget"] == [
        ("forget", 100), ("forget", 101)
    ]  # fmt: skip
    for pid in (100, 101):
        assert not made.answers(pid)
        assert not made.watch(pid)
        assert made.signal(pid, [102], 9) == 0
    assert made.members([100, 101]) == {}


def test_the_first_way_that_is_possible_is_taken_once_and_the_refusals_are_kept():
    def refused():
        raise OSError("not here")

    makers = {"tree": [refused, lambda: Reach("second"), lambda: Reach("third")]}
    made = Kin(Children(), makers)
    assert not made.knows("tree")
    first = made.reach("tree")
    assert (first.name, made.refusals) == ("second", {"tree": ["not here"]})
    assert made.reach("tree") is first
    assert made.knows("tree")


def test_without_a_process_table_nobody_but_the_child_is_reached(monkeypatch):
    monkeypatch.setattr(host.facts, "CAN_LIST", False)
    made = kin(probe.probe(), Descriptors(), Children(), owns_process=True)
    found = made.reach("session")
    assert found.name == "process"
    assert made.refusals["session"] == ["there is no process table to look for others in"]
    made.close()


def test_closing_closes_every_reach_that_was_made(two):
    reaches, made = two
    made.reach("tree")
    made.close()
    assert (reaches["session"].asked, reaches["tree"].asked) == ([], [("close",)])


def test_a_number_that_still_stands_for_a_family_is_not_given_to_a_second_one():
    ours = children(probe.probe(), Descriptors())
    launched = []

    class Numbers:
        """Gives a first number that stands for somebody's family already."""

        def __getattr__(self, name):
            return getattr(ours, name)

        def spawn(self, plan):
            launched.append(ours.spawn(plan))
            made._reaches.setdefault(launched[0], made.reach("process"))
            return launched[-1]

    makers = kin(probe.probe(), Descriptors(), ours, owns_process=False)._makers
    made = Kin(Numbers(), makers)
    with pytest.raises(LaunchError) as caught:
        made.spawn(shell(SLEEPER), "session", "web")
    assert (caught.value.step, caught.value.number) == ("fork", errno.EAGAIN)
    (pid,) = launched
    assert not alive(pid)
    assert not ours.owns(pid)
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    fresh = made.spawn(shell(SLEEPER), "session", "web")
    assert ours.signal(fresh, signal.SIGKILL)
    os.waitid(os.P_PID, fresh, os.WEXITED | os.WNOWAIT)
    ours.reap(fresh)
    made.close()
    ours.close()
