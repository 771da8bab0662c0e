from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from circus.core import messages as m
from circus.core.ending import Ending, Standing, standing, status
from circus.core.watcher import WatcherMachine
from circus.spec.model import WatcherSpec
from circus.spec.policy import EXIT_WHEN
from tests.helpers.play import exited, failed, play, restart, spawned, start, stop, up

IDLE, BUSY, DONE = Standing
ESSENTIAL, ALL_DONE = EXIT_WHEN[1:]


def overs(talk):
    return [one for one in talk.heard if isinstance(one, m.Over)]


# --- what a watcher says of its end ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "code", "over"),
    [
        ({"restart": "never"}, 0, m.Over(0, failed=False)),
        ({"restart": "never"}, 3, m.Over(3, failed=True)),
        ({"restart": "never"}, -9, m.Over(-9, failed=True)),
        ({"restart": "never", "success_exit_codes": (0, 3)}, 3, m.Over(0, failed=False)),
        ({"respawn": False}, 3, m.Over(3, failed=True)),
        ({"restart": "on-failure"}, 0, m.Over(0, failed=False)),
        ({"fatal_exit_codes": (78,)}, 78, m.Over(78, failed=True)),
        ({"fatal_exit_codes": (-11,)}, -11, m.Over(-11, failed=True)),
    ],
)
def test_a_watcher_whose_only_process_ends_says_how_it_ended_for_good(options, code, over):
    talk = up(pids=(100,), **options) >> exited(100, code)
    assert overs(talk) == [over]
    assert standing(talk.machine) is DONE


def test_a_process_that_is_replaced_ends_nothing():
    talk = up(pids=(100,), restart="on-failure") >> exited(100, 3)
    assert overs(talk) == []
    assert standing(talk.machine) is BUSY


def test_of_several_that_finish_the_first_failure_counts_and_the_last_one_ends_it():
    talk = up(pids=(100, 101, 102), restart="never")
    talk = talk >> exited(100, 0) >> exited(101, 5)
    assert overs(talk) == []
    assert overs(talk >> exited(102, 7)) == [m.Over(5, failed=True)]


def test_a_fatal_code_is_the_last_word():
    talk = up(pids=(100, 101), restart="never", fatal_exit_codes=(78,))
    talk = talk >> [exited(100, 5), exited(101, 78)]
    assert overs(talk) == [m.Over(78, failed=True)]


def test_a_program_that_cannot_be_started_fails_with_1():
    talk = play(max_retry=1) >> start >> failed()
    assert overs(talk) == [m.Over(1, failed=True)]


def test_a_hook_that_says_no_is_a_failure():
    talk = play("before_start") >> start
    question = talk.machine._gate
    talk = talk >> m.Answered(question, yes=False)
    assert overs(talk) == [m.Over(1, failed=True)]


@pytest.mark.parametrize("asked", [stop, m.StopAsked(verb="quit"), restart])
def test_what_was_asked_for_is_no_end_for_good(asked):
    talk = up(pids=(100,), restart="never") >> asked >> exited(100, 3)
    assert overs(talk) == []
    assert standing(talk.machine) is BUSY


def test_a_failure_of_an_earlier_life_is_forgotten():
    talk = up(pids=(100,), restart="never") >> exited(100, 3)
    talk.heard = []
    talk = talk >> start >> spawned(101) >> exited(101, 0)
    assert overs(talk) == [m.Over(0, failed=False)]


# --- how it stands --------------------------------------------------------------------------------


def test_before_it_is_started_autostart_says_whether_it_is_waited_for():
    assert standing(play().machine) is BUSY
    assert standing(play(autostart=False).machine) is IDLE
    assert standing((play(autostart=False) >> stop).machine) is IDLE
    assert standing((play(autostart=False) >> start).machine) is BUSY


def test_one_that_waits_for_a_connection_is_busy():
    assert standing((play(on_demand=True) >> start).machine) is BUSY


def test_one_that_was_stopped_by_a_command_is_not_done_even_if_it_was_before():
    talk = up(pids=(100,), restart="never") >> exited(100, 0)
    assert standing((talk >> stop).machine) is DONE
    talk = talk >> start >> spawned(101) >> stop >> exited(101, -15)
    assert standing(talk.machine) is BUSY


# --- what that comes to ---------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "wanted"), [(0, 0), (3, 3), (255, 255), (-9, 137), (-15, 143)])
def test_a_signal_is_128_and_its_number(code, wanted):
    assert status(code) == wanted


@pytest.mark.parametrize(
    ("exit_when", "fails", "standings", "wanted"),
    [
        ("never", True, [DONE], None),
        (ESSENTIAL, True, [DONE, BUSY], 3),
        (ESSENTIAL, False, [DONE], None),
        (ALL_DONE, True, [DONE, BUSY], None),
        (ALL_DONE, True, [DONE, DONE], 3),
        (ALL_DONE, True, [DONE, IDLE], 3),
        (ALL_DONE, False, [DONE, DONE], 0),
        (ALL_DONE, False, [IDLE, IDLE], None),
        (ALL_DONE, False, [], None),
    ],
)
def test_the_table_of_ends(exit_when, fails, standings, wanted):
    assert Ending(exit_when).over("web", 3, standings, fails=fails) == wanted


def test_the_first_failure_counts_and_one_that_was_mended_does_not():
    ending = Ending(ALL_DONE)
    assert ending.over("one", 3, [DONE, BUSY, BUSY], fails=True) is None
    assert ending.over("two", 4, [DONE, DONE, BUSY], fails=True) is None
    assert ending.over("one", 0, [DONE, DONE, BUSY], fails=False) is None
    assert ending.over("three", 5, [DONE, DONE, DONE], fails=True) == 4


def test_a_watcher_that_is_removed_decides_nothing_any_more():
    ending = Ending(ALL_DONE)
    assert ending.over("one", 3, [DONE, BUSY], fails=True) is None
    ending.removed("one")
    assert ending.done([BUSY]) is None
    assert ending.done([]) is None
    assert ending.done([DONE]) == 0
    assert Ending(ESSENTIAL).done([DONE]) is None


# --- random histories -----------------------------------------------------------------------------


class Fleet:
    """Three watchers whose only process may end or be asked to, and the end of them all."""

    def __init__(self, exit_when, essential):
        self.machines = [
            WatcherMachine(WatcherSpec(name, essential=name in essential, restart="never"))
            for name in "abc"
        ]
        self.ending = Ending(exit_when)
        self.now, self.pid = 0.0, 100
        self.first = None
        self.verdict = None

    def feed(self, machine, *events):
        self.now += 1
        for effect in machine.feed(events, self.now):
            if isinstance(effect, m.Spawn):
                self.pid += 1
                self.feed(machine, m.Spawned(effect.wid, self.pid))
            elif isinstance(effect, m.Signal):
                self.feed(machine, m.Exited(effect.pid, -effect.signum))
            elif isinstance(effect, m.Over):
                self.over(machine, effect)

    def over(self, machine, effect):
        fails = effect.failed and machine.spec.essential
        if fails and self.first is None:
            self.first = status(effect.code)
        standings = [standing(one) for one in self.machines]
        name = machine.spec.name
        self.verdict = self.ending.over(name, effect.code, standings, fails=fails)

    def step(self, place, verb, code):
        machine = self.machines[place]
        if verb == "exit":
            for pid in machine.crowd.pids():
                self.feed(machine, m.Exited(pid, code))
        else:
            again = standing(machine) is DONE and verb == "start"
            self.feed(machine, {"start": m.StartAsked(), "stop": m.StopAsked()}[verb])
            assert not (again and self.verdict is not None)


STEPS = st.tuples(
    st.integers(0, 2),
    st.sampled_from(["start", "exit", "exit", "stop"]),
    st.sampled_from([0, 3, -9]),
)


@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(st.lists(STEPS, max_size=30), st.sampled_from(EXIT_WHEN), st.sets(st.sampled_from("abc")))
def test_whatever_happens_the_end_comes_when_it_should_and_with_the_code_it_should(
    steps, exit_when, essential
):
    fleet = Fleet(exit_when, essential)
    mended = False
    for step in steps:
        before = [standing(one) for one in fleet.machines]
        mended = mended or (step[1] == "start" and before[step[0]] is DONE)
        fleet.step(*step)
        up = [bool(one.crowd.pids()) for one in fleet.machines]
        if fleet.verdict is None:
            assert exit_when != ESSENTIAL or fleet.first is None, "a failure that ended nothing"
            continue
        assert exit_when != "never"
        if exit_when == ALL_DONE:
            assert not any(up), "it ends while one runs"
            assert mended or fleet.verdict == (fleet.first or 0)
        else:
            assert fleet.verdict == fleet.first
        return
    done = all(standing(one) is DONE for one in fleet.machines)
    assert not (exit_when == ALL_DONE and done), "all are done and it does not end"
