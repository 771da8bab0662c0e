"""Who outlives SIGKILL: nobody waits for him, and his place is not used again until he is gone."""

from __future__ import annotations

import pytest

from circus.core import messages as m
from circus.core.lifecycle import Child
from circus.core.members import RETRY, SURVIVES
from circus.core.messages import FamilyGone, Kill, Signal, SignalFamily, Spawn, Warn
from tests.helpers.members import Crew, crew_of_one
from tests.helpers.play import KILL, TERM, after, announce, exited, nothing, spawned, start, up

# --- one member -----------------------------------------------------------------------------------


def test_who_outlives_sigkill_is_a_survivor_and_is_killed_once_more_from_time_to_time():
    crew, member = crew_of_one()
    crew.members.let_go(member, 50.0)
    crew.members.time_passed(60.0)
    crew.heard()
    assert crew.members.time_passed(65.0)
    assert member.phase is Child.SURVIVING
    (warning,) = crew.spoke(Warn)
    assert warning.text == "cannot kill process 100 of 'web': it does not end"
    assert crew.heard() == [Kill(100)]
    assert not crew.members.time_passed(124.9)
    assert crew.members.time_passed(125.0)
    assert crew.heard() == [Kill(100)]
    crew.exits(100, -9, now=130.0)
    assert crew.heard() == ["reap"]
    assert len(crew.members.crowd) == 0


def test_what_is_left_of_a_survivor_is_killed_and_survives_until_it_is_gone():
    crew, member = crew_of_one()
    crew.members.let_go(member, 50.0)
    crew.members.time_passed(60.0)
    crew.members.time_passed(65.0)
    crew.heard()
    crew.exits(100, -9, now=70.0, left=True)
    assert member.phase is Child.REMNANT
    assert crew.heard() == ["reap", SignalFamily(100, KILL)]
    assert not crew.members.time_passed(129.9)
    assert crew.members.time_passed(130.0)
    assert crew.heard() == [SignalFamily(100, KILL)]
    crew.exits(100, now=131.0)
    assert crew.heard() == [], "it has ended already"
    crew.members.emptied(100)
    assert len(crew.members.crowd) == 0


def test_what_is_left_is_killed_again_and_again_and_survives_if_that_is_in_vain():
    crew, member = crew_of_one()
    crew.members.let_go(member, 0.0)
    crew.exits(100, now=1.0, left=True)
    crew.heard()
    for now in (10.0, 11.0, 12.0, 13.0, 14.0):
        assert crew.members.time_passed(now)
        assert crew.heard() == [SignalFamily(100, KILL)]
        assert member.phase is Child.LEFTOVERS
    assert crew.members.time_passed(15.0)
    assert member.phase is Child.REMNANT
    (warning,) = crew.spoke(Warn)
    assert warning.text == "cannot kill what process 100 left of 'web': it does not end"
    assert crew.heard() == [SignalFamily(100, KILL)]


def test_a_process_that_was_refused_and_outlives_sigkill_is_a_survivor_too():
    crew = Crew("after_spawn")
    member = crew.add(100)
    crew.answer(1, yes=False, now=10.0)
    assert not crew.members.time_passed(14.9)
    assert crew.members.time_passed(15.0)
    assert member.phase is Child.SURVIVING


# --- a watcher ------------------------------------------------------------------------------------


def survived(*events, pids=(100,), **options):
    """A watcher that was asked something, and whose processes outlived SIGKILL."""
    talk = up(pids=pids, graceful_timeout=10, **options)
    for event in events:
        talk = talk >> event
    return talk >> after(10) >> after(SURVIVES)


def answer(talk, ticket):
    """Return the outcome of a ticket; it was answered exactly once."""
    (found,) = [x.outcome for x in talk.heard if isinstance(x, m.Reply) and x.ticket == ticket]
    return found


@pytest.mark.parametrize("verb", ["stop", "rm", "quit"])
def test_a_stop_is_answered_although_somebody_cannot_be_killed_and_names_him(verb):
    talk = up(pids=(100, 101), graceful_timeout=10) >> m.StopAsked(1, verb) >> exited(100)
    talk = talk >> after(10) << Kill(101) << nothing
    talk >> after(SURVIVES)
    assert answer(talk, 1).survivors == (101,)
    assert talk.status == "stopped"


def test_a_stop_that_ends_everybody_names_nobody():
    talk = up() >> m.StopAsked(1) >> exited(100)
    assert answer(talk, 1) == m.Outcome(stopped=(100,))


def test_a_second_stop_is_answered_at_once_and_names_him_again():
    talk = survived(m.StopAsked(1)) >> m.StopAsked(2)
    assert answer(talk, 2).survivors == (100,)


def test_the_place_of_a_survivor_is_not_filled_by_a_start_but_when_he_is_gone():
    talk = survived(m.StopAsked(1), pids=(100, 101)) >> exited(101, -KILL)
    talk.heard = []
    talk >> m.StartAsked(2) << Spawn(2) << nothing >> spawned(200, 2)
    assert talk.status == "active"
    assert (answer(talk, 2).started, answer(talk, 2).survivors) == ((200,), (100,))
    talk >> exited(100, -KILL) << announce("reap", 100) << Spawn(1)


def test_a_watcher_whose_only_process_survives_can_be_started_and_waits_for_its_end():
    talk = survived(m.StopAsked(1))
    talk.heard = []
    talk >> m.StartAsked(2)
    assert (talk.status, answer(talk, 2).survivors) == ("active", (100,))
    talk << announce("start") >> exited(100, -KILL) << Spawn(1)


def test_what_a_process_left_and_cannot_be_killed_keeps_its_place_as_well():
    talk = up(graceful_timeout=10) >> m.StopAsked(1) >> exited(100, left=True)
    talk = talk << SignalFamily(100, TERM) >> after(10)
    for _ in range(int(SURVIVES)):
        talk = talk << SignalFamily(100, KILL) >> after(1)
    assert answer(talk, 1).survivors == (100,)
    talk.heard = []
    talk >> start << announce("start") << nothing >> FamilyGone(100) << Spawn(1)


def test_a_restart_goes_on_without_him_and_names_him():
    talk = up(pids=(100, 101), graceful_timeout=10) >> m.RestartAsked(1) >> exited(101)
    talk = talk >> after(10) << Kill(100) >> after(SURVIVES) << Spawn(2) << nothing
    talk >> spawned(200, 2)
    assert (answer(talk, 1).started, answer(talk, 1).survivors) == ((200,), (100,))


def test_a_kill_is_answered_and_names_him_and_his_place_stays_empty():
    talk = up(pids=(100, 101), graceful_timeout=10) >> m.KillAsked((100,), ticket=1)
    talk = talk >> after(10) << Kill(100) >> after(SURVIVES)
    assert answer(talk, 1).survivors == (100,)
    assert talk.status == "active"
    assert not [effect for effect in talk.heard if isinstance(effect, Spawn)]
    talk >> exited(100, -KILL) << Spawn(1)


def test_a_reload_is_done_although_an_old_one_cannot_be_killed():
    talk = up(graceful_timeout=10) >> m.ReloadAsked(1) << Spawn(2) >> spawned(101, 2)
    talk = talk << Signal(100, TERM) >> after(10) >> after(SURVIVES)
    assert answer(talk, 1).survivors == (100,)
    assert talk.machine.crowd.pids() == (101,)


def test_one_too_many_that_cannot_be_killed_takes_nobodys_place():
    talk = up(pids=(100, 101), graceful_timeout=10) >> m.CountAsked(1, 1, "decr")
    talk = talk >> after(10) >> after(SURVIVES)
    assert answer(talk, 1).survivors == ()
    talk.heard = []
    talk >> after(5) >> exited(101, 1) << Spawn(2)


def test_of_a_singleton_there_is_no_second_whatever_the_count_was_meanwhile():
    talk = survived(m.StopAsked(1), singleton=True) >> start
    talk.heard = []
    talk >> m.CountAsked(0) >> m.CountAsked(1, ticket=2)
    assert answer(talk, 2) == m.Outcome()
    assert not [effect for effect in talk.heard if isinstance(effect, Spawn)]
    talk >> exited(100, -KILL) << Spawn(1)


def test_a_survivor_is_killed_once_more_from_time_to_time_even_when_the_watcher_is_down():
    talk = survived(m.StopAsked(1))
    talk.heard = []
    talk >> after(RETRY) << Kill(100) << nothing >> exited(100, -KILL)
    assert len(talk.machine.crowd) == 0


# --- a second stop --------------------------------------------------------------------------------


def test_a_second_stop_brings_the_end_of_a_grace_nearer_if_the_watchers_is_shorter_by_now():
    talk = up(graceful_timeout=30) >> m.StopAsked(1) << Signal(100, TERM)
    spec = talk.machine.spec
    talk >> after(5) >> m.SpecChanged(type(spec)(spec.name, spec.cmd, graceful_timeout=3))
    talk << nothing >> m.StopAsked(2) >> after(2.9) << nothing >> after(0.1) << Kill(100)


def test_a_second_stop_never_puts_the_end_of_a_grace_off():
    talk = up(graceful_timeout=10) >> m.StopAsked(1) << Signal(100, TERM)
    talk >> after(6) >> m.StopAsked(2) >> after(4) << Kill(100)


def test_a_stop_after_a_kill_with_a_long_grace_brings_its_end_nearer():
    talk = up(graceful_timeout=10) >> m.KillAsked((100,), None, 600.0) << Signal(100, TERM)
    talk >> m.StopAsked(1) >> after(10) << Kill(100)
