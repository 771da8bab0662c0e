"""A stop command is run instead of the stop signal, and only then."""

from __future__ import annotations

from circus.core.messages import Ask, Kill, Signal, SignalFamily, StopByCommand
from tests.helpers.members import crew_of_one

INT = 2


def test_a_stop_command_is_run_instead_of_the_signal_within_what_is_left_of_the_grace():
    crew, member = crew_of_one("before_signal", stop_command="bye", stop_signal=INT)
    crew.members.let_go(member, 50.0)
    (question,) = crew.spoke(Ask)
    assert (question.hook, question.about) == ("before_signal", {"pid": 100, "signum": INT})
    crew.heard()
    crew.answer(1, yes=True, now=53.0)
    assert crew.heard() == [StopByCommand(100), "kill"]
    assert crew.members.time_passed(60.0)
    assert Kill(100) in crew.heard()


def test_a_no_of_before_signal_withholds_the_stop_command_too():
    crew, member = crew_of_one("before_signal", stop_command="bye")
    crew.members.let_go(member, 50.0)
    crew.heard()
    crew.answer(1, yes=False, now=53.0)
    assert crew.heard() == ["kill"]


def test_who_is_killed_with_a_signal_of_its_own_gets_that_and_no_stop_command():
    crew, member = crew_of_one(stop_command="bye")
    crew.members.let_go(member, 0.0, INT)
    assert crew.heard() == [Signal(100, INT), "kill"]


def test_what_a_stop_command_left_of_a_family_gets_the_stop_signal():
    crew, member = crew_of_one(stop_command="bye", stop_signal=INT)
    crew.members.let_go(member, 0.0)
    crew.heard()
    crew.exits(100, now=1.0, left=True)
    assert crew.heard() == ["reap", SignalFamily(100, INT)]
