"""The members of one watcher, without the watcher: what is done to them here is done by hand."""

from __future__ import annotations

from math import inf

import pytest

from circus.core.lifecycle import Child
from circus.core.messages import (
    Announce,
    Ask,
    CallOff,
    Kill,
    Signal,
    SignalFamily,
    Spawn,
    Spawned,
    Warn,
)
from circus.core.questions import Question
from tests.helpers.members import Crew, crew_of_one

TERM, INT, KILL = 15, 2, 9


# --- birth ----------------------------------------------------------------------------------------


def test_a_place_is_launched_at_once_and_serves_when_that_succeeds():
    crew = Crew()
    member = crew.add()
    assert crew.heard() == [Spawn(1)]
    crew.members.spawned(Spawned(1, 100), 5.0)
    assert crew.heard() == ["spawn"]
    assert (member.phase, member.pid, member.born) == (Child.RUNNING, 100, 5.0)


def test_before_spawn_is_asked_first_and_its_yes_launches():
    crew = Crew("before_spawn")
    member = crew.add()
    assert crew.heard() == [Ask(1, "before_spawn", {})]
    assert crew.members.questions.open == {1: Question("before_spawn", 1, member.serial)}
    crew.answer(1, yes=True)
    assert crew.heard() == [Spawn(1)]


def test_a_no_of_before_spawn_frees_the_place_and_is_trouble():
    crew = Crew("before_spawn")
    crew.add()
    crew.answer(1, yes=False)
    assert len(crew.members.crowd) == 0
    assert crew.members.trouble == "before_spawn said no"


def test_after_spawn_is_asked_before_the_birth_is_announced():
    crew = Crew("after_spawn")
    member = crew.add(100)
    assert crew.heard() == [Spawn(1), Ask(1, "after_spawn", {"pid": 100})]
    assert member.phase is Child.VETTING
    crew.answer(1, yes=True)
    assert crew.heard() == ["spawn"]


def test_a_no_of_after_spawn_kills_and_is_trouble():
    crew = Crew("after_spawn")
    member = crew.add(100)
    crew.heard()
    crew.answer(1, yes=False)
    assert crew.heard() == [Kill(100), "kill"]
    assert (member.phase, member.asked) == (Child.KILLING, True)
    assert crew.members.trouble == "after_spawn said no"


def test_an_answer_about_one_that_is_gone_does_not_touch_its_successor():
    crew = Crew("after_spawn")
    crew.add(100)
    crew.exits(100)
    successor = crew.add(101)
    crew.heard()
    crew.answer(1, yes=False)
    assert crew.heard() == []
    assert successor.phase is Child.VETTING
    assert crew.members.trouble is None


@pytest.mark.parametrize(("luck", "age"), [(0.0, 60.0), (0.5, 65.0), (0.999, 70.0)])
def test_an_age_is_drawn_once_at_birth_within_its_variance(luck, age):
    crew = Crew(max_age=60, max_age_variance=10)
    assert crew.add(100, now=1000.0, luck=luck).expires == 1000.0 + age


def test_without_max_age_nobody_ages():
    assert Crew().add(100).expires == inf


# --- failed launches ------------------------------------------------------------------------------


def test_a_failed_launch_is_told_and_its_place_is_free_again():
    crew = Crew()
    crew.add()
    crew.members.failed(1, "cannot exec 'foo'", 1, 0.0)
    assert [one.text for one in crew.spoke(Warn)] == ["error in 'web': cannot exec 'foo'"]
    assert crew.add().wid == 1
    assert crew.members.trouble is None


def test_as_many_failures_in_a_row_as_max_retry_are_trouble():
    crew = Crew(max_retry=2)
    for _ in range(2):
        assert crew.members.trouble is None
        crew.add()
        crew.members.failed(1, "no", 1, 0.0)
    assert crew.members.trouble == "no (2 failed launches)"


def test_failures_are_no_trouble_without_a_limit():
    crew = Crew(max_retry=-1)
    for _ in range(50):
        crew.add()
        crew.members.failed(1, "no", 1, 0.0)
    assert crew.members.trouble is None


def test_failures_of_a_new_generation_are_no_trouble_while_an_older_serves():
    crew, old = crew_of_one(max_retry=1)
    crew.members.crowd.outdate([old], 1)
    crew.members.add(1)
    crew.members.failed(2, "no", 1, 0.0)
    assert crew.members.trouble is None
    assert crew.members.skipped == 1
    assert "given up" in crew.spoke(Warn)[-1].text


def test_a_launch_that_was_called_off_is_no_failure():
    crew = Crew(max_retry=1)
    member = crew.add()
    crew.heard()
    crew.members.let_go(member, 0.0)
    assert crew.heard() == [CallOff(1)]
    crew.members.called_off(1)
    assert len(crew.members.crowd) == 0
    assert (crew.members.trouble, crew.members.pace.failures) == (None, 0)


def test_one_whose_launch_could_not_be_called_off_is_stopped_when_it_is_there():
    crew = Crew("after_spawn")
    member = crew.add()
    crew.members.let_go(member, 0.0)
    crew.members.let_go(member, 0.0)
    assert crew.heard() == [Spawn(1), CallOff(1)]
    crew.members.spawned(Spawned(1, 100), 1.0)
    assert crew.heard() == [Signal(100, TERM), "kill"], "after_spawn is not asked any more"


# --- the stop -------------------------------------------------------------------------------------


def test_a_stop_signals_and_kills_when_the_grace_is_over():
    crew, member = crew_of_one(stop_signal=INT)
    crew.members.let_go(member, 50.0)
    assert crew.heard() == [Signal(100, INT), "kill"]
    assert not crew.members.time_passed(59.9)
    assert crew.members.time_passed(60.0)
    assert crew.heard() == [Kill(100), "kill"]
    assert not crew.members.time_passed(64.9)


def test_a_stop_of_its_own_has_its_own_signal_and_grace():
    crew, member = crew_of_one()
    crew.members.let_go(member, 0.0, INT, 3.0)
    assert crew.heard() == [Signal(100, INT), "kill"]
    assert crew.members.crowd.next_kill() == 3.0


def test_without_grace_nobody_is_asked_politely():
    crew, member = crew_of_one(graceful_timeout=0.0)
    crew.members.let_go(member, 5.0)
    assert crew.heard() == []
    crew.members.time_passed(5.0)
    assert crew.heard() == [Kill(100), "kill"]


@pytest.mark.parametrize(("grace", "until"), [(3.0, 4.0), (60.0, 10.0)])
def test_a_second_stop_signals_nobody_and_only_brings_the_end_of_the_grace_nearer(grace, until):
    crew, member = crew_of_one()
    crew.members.let_go(member, 0.0)
    crew.heard()
    crew.members.let_go(member, 1.0, grace=grace)
    assert crew.heard() == []
    assert crew.members.crowd.next_kill() == until


def test_one_that_was_not_launched_yet_goes_without_a_word():
    crew = Crew("before_spawn")
    member = crew.add()
    crew.heard()
    crew.members.let_go(member, 0.0)
    assert crew.heard() == []
    assert member.phase is Child.GONE
    crew.answer(1, yes=True)
    assert crew.heard() == [], "the answer comes too late"


def test_the_signal_waits_for_before_signal_and_after_signal_comes_behind_it():
    crew, member = crew_of_one("before_signal", "after_signal")
    crew.members.let_go(member, 0.0)
    about = {"pid": 100, "signum": TERM}
    assert crew.heard() == [Ask(1, "before_signal", about)]
    crew.answer(1, yes=True)
    assert crew.heard() == [Signal(100, TERM), Ask(2, "after_signal", about), "kill"]


def test_a_no_of_before_signal_withholds_the_signal_and_nothing_else():
    crew, member = crew_of_one("before_signal")
    crew.members.let_go(member, 0.0)
    crew.answer(1, yes=False)
    assert Signal(100, TERM) not in crew.heard()
    crew.members.time_passed(10.0)
    assert Kill(100) in crew.heard()


def test_sigkill_waits_for_nobody_and_a_late_answer_signals_nobody():
    crew, member = crew_of_one("before_signal")
    crew.members.let_go(member, 0.0)
    crew.members.time_passed(10.0)
    assert Kill(100) in crew.heard()
    crew.answer(1, yes=True)
    assert crew.heard() == []


def test_haste_ends_every_grace():
    crew, member = crew_of_one()
    crew.members.let_go(member, 0.0)
    crew.heard()
    crew.members.hasten(1.0)
    crew.members.time_passed(1.0)
    assert crew.heard() == [Kill(100), "kill"]


def test_haste_does_not_touch_who_stays():
    crew, member = crew_of_one()
    crew.members.hasten(1.0)
    assert not crew.members.time_passed(1.0)
    assert member.phase is Child.RUNNING


def test_shortened_graces_last_no_longer_than_the_watcher_s_own():
    crew, member = crew_of_one()
    crew.members.let_go(member, 0.0, grace=500.0)
    crew.members.shorten_graces(20.0)
    assert crew.members.crowd.next_kill() == 30.0


# --- the end --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "signal", "stopped"), [(0, None, False), (3, None, True), (-11, 11, False)]
)
def test_an_end_is_announced_with_how_it_came(code, signal, stopped):
    crew, member = crew_of_one()
    if stopped:
        crew.members.let_go(member, 0.0)
    crew.exits(100, code)
    (reap,) = (one for one in crew.spoke(Announce) if one.event == "reap")
    assert reap.fields == {
        "process_pid": 100,
        "exit_code": code,
        "signal": signal,
        "asked": stopped,
        "wid": 1,
    }
    assert len(crew.members.crowd) == 0


def test_a_strange_pid_is_nobody_s_end():
    crew, _ = crew_of_one()
    crew.exits(999)
    crew.members.emptied(999)
    assert crew.heard() == []
    assert len(crew.members.crowd) == 1


def test_a_place_is_not_used_again_before_its_reap_hooks_have_answered():
    crew, _ = crew_of_one("before_reap", "after_reap")
    crew.exits(100, 7)
    assert crew.heard() == [
        Ask(1, "before_reap", {"process_pid": 100}),
        "reap",
        Ask(2, "after_reap", {"process_pid": 100, "exit_code": 7, "process_status": 1}),
    ]
    assert crew.add().wid == 2
    crew.answer(1, yes=True)
    assert crew.add().wid == 3
    crew.answer(2, yes=False)
    assert crew.members.crowd.add(0, Child.ASKING).wid == 1


def test_what_it_left_in_its_session_gets_the_signal_and_is_killed_again_and_again():
    crew, member = crew_of_one()
    crew.exits(100, now=50.0, left=True)
    assert crew.heard() == ["reap", SignalFamily(100, TERM)]
    assert member.phase is Child.LEFTOVERS
    crew.members.time_passed(60.0)
    assert crew.heard() == [SignalFamily(100, KILL)]
    crew.members.time_passed(61.0)
    assert crew.heard() == [SignalFamily(100, KILL)]
    crew.members.emptied(100)
    assert len(crew.members.crowd) == 0
    assert not crew.members.time_passed(99.0)


def test_what_a_stopped_one_left_has_the_rest_of_its_grace():
    crew, member = crew_of_one()
    crew.members.let_go(member, 0.0, INT)
    crew.heard()
    crew.exits(100, -INT, now=4.0, left=True)
    assert crew.heard() == ["reap", SignalFamily(100, INT)]
    assert crew.members.crowd.next_kill() == 10.0


def test_what_a_killed_one_left_is_killed_at_once():
    crew, member = crew_of_one()
    crew.members.let_go(member, 0.0)
    crew.members.time_passed(10.0)
    crew.heard()
    crew.exits(100, -KILL, now=10.0, left=True)
    assert crew.heard() == ["reap", SignalFamily(100, KILL)]


def test_an_end_is_announced_once_even_when_it_is_reported_twice():
    crew, _ = crew_of_one()
    crew.exits(100, left=True)
    crew.heard()
    crew.exits(100, left=True)
    assert crew.heard() == []
