"""Conversations about what follows the end of a process: who comes back, when, and who does not."""

from __future__ import annotations

import pytest

from circus.core import messages as m
from circus.core.messages import Signal, Spawn
from circus.core.restart import Ending
from tests.helpers.play import (
    TERM,
    after,
    announce,
    ask,
    exited,
    nothing,
    play,
    reload,
    reply,
    restart,
    spawned,
    start,
    stop,
    up,
    yes,
)

SEGV = 11


def crash(talk, times, pid=100, code=1, wid=1):
    """Let a place's process die at once so often, and come back between."""
    for number in range(times):
        talk >> exited(pid + number, code)
        if number < times - 1:
            talk >> spawned(pid + number + 1, wid)
    talk.heard = []
    return talk


def reason(talk):
    return talk.machine.reason


def warnings(talk):
    return [one.text for one in talk.heard if isinstance(one, m.Warn)]


def test_on_failure_a_process_that_succeeded_counts_against_the_count():
    talk = up(pids=(100, 101, 102), restart="on-failure") >> after(5)
    talk >> exited(100, 0) << announce("reap", 100) << nothing
    talk >> exited(101, 1) << Spawn(2) >> spawned(103, 2) >> exited(102, 0) << nothing
    assert (talk.status, talk.machine.members.finished) == ("active", [1, 3])
    talk >> after(5) >> exited(103, 0) << announce("stop") << nothing
    assert (talk.status, reason(talk)) == ("stopped", None)


@pytest.mark.parametrize("policy", ["on-failure", "never"])
@pytest.mark.parametrize("verb", [start, reload, m.ReloadAsked(sequential=True)])
def test_start_and_reload_fill_the_places_again_that_have_finished(policy, verb):
    talk = up(pids=(100, 101), restart=policy) >> after(5) >> exited(100, 0) << nothing
    talk >> verb << Spawn(1)


@pytest.mark.parametrize("policy", ["on-failure", "never"])
def test_a_sequential_reload_replaces_those_that_run_whatever_the_policy(policy):
    talk = up(pids=(100, 101), restart=policy) >> m.ReloadAsked(1, sequential=True)
    talk << Signal(100, TERM) >> exited(100, 0) << Spawn(1) >> spawned(102)
    talk << Signal(101, TERM) >> exited(101, -TERM) << Spawn(2) >> spawned(103, 2) << reply(1)
    assert talk.machine.crowd.pids() == (102, 103)


@pytest.mark.parametrize("policy", ["on-failure", "never"])
@pytest.mark.parametrize("verb", [reload, m.ReloadAsked(sequential=True)])
def test_one_that_ends_while_it_is_being_replaced_has_not_finished(policy, verb):
    talk = up(pids=(100, 101), restart=policy) >> after(5) >> verb >> exited(101, 0)
    for _ in range(4):  # whoever is asked to end does, and whoever is launched lives
        for wid, member in list(talk.machine.crowd.members.items()):
            if member.pid and member.asked:
                talk >> exited(member.pid, -TERM)
            elif not member.pid:
                talk >> spawned(200 + wid, wid)
    assert (talk.status, talk.machine.members.finished) == ("active", [])
    assert len(talk.machine.crowd.pids()) == 2
    assert talk.machine.crowd.pids()[0] > 200


def test_a_watcher_whose_processes_all_finished_is_started_again_as_a_whole():
    talk = up(pids=(100, 101), restart="on-failure") >> [exited(100), exited(101)]
    assert talk.status == "stopped"
    talk >> start << Spawn(1) << Spawn(2)


def test_more_are_wanted_beside_those_that_finished_and_fewer_are_taken_from_them_first():
    talk = up(pids=(100, 101, 102), restart="on-failure") >> after(5) >> exited(100) >> exited(101)
    talk >> m.CountAsked(4) << Spawn(4) >> spawned(103, 4) >> m.CountAsked(2) << nothing
    assert talk.machine.crowd.pids() == (102, 103)
    talk >> m.CountAsked(1) << Signal(102, TERM)


@pytest.mark.parametrize(
    ("policy", "after_it"), [("always", Spawn(1)), ("on-failure", Spawn(1)), ("never", nothing)]
)
def test_one_that_was_killed_on_request_is_replaced_unless_nothing_is(policy, after_it):
    talk = up(pids=(100, 101), restart=policy) >> after(5) >> m.KillAsked((100,))
    talk << Signal(100, TERM) >> exited(100, 0) << after_it


def test_one_that_reached_its_age_is_not_replaced_where_nothing_is():
    options = {"max_age": 60, "max_age_variance": 0}
    talk = up(pids=(100,), restart="never", **options) >> after(61) << Signal(100, TERM)
    talk >> exited(100, -TERM) << announce("stop") << nothing
    talk = up(pids=(100,), restart="on-failure", **options) >> after(61) << Spawn(2)


def test_a_stop_that_was_asked_for_is_never_a_failure():
    talk = up(restart="on-failure", fatal_exit_codes=(1, -TERM)) >> m.StopAsked(1)
    talk << Signal(100, TERM) >> exited(100, 1) << announce("stop") << reply(1)
    assert reason(talk) is None
    talk = up(restart="always", fatal_exit_codes=(-TERM,)) >> m.KillAsked((100,), ticket=1)
    talk >> exited(100, -TERM) << Spawn(1) << reply(1)


@pytest.mark.parametrize("policy", ["always", "on-failure", "never"])
def test_a_fatal_code_stops_the_watcher_and_everybody_is_told_why(policy):
    talk = up(pids=(100, 101), restart=policy, fatal_exit_codes=(78,)) >> after(5)
    talk >> exited(100, 78) << Signal(101, TERM) >> exited(101, -TERM)
    why = "process 100 ended with a fatal code, exit code 78"
    assert (talk.status, reason(talk)) == ("stopped", why)
    assert warnings(talk) == []
    stops = [one.fields for one in talk.heard if isinstance(one, m.Announce)]
    assert stops[-1] == {"reason": why}


def test_after_a_fatal_code_a_start_and_a_restart_begin_anew_and_nothing_else_starts():
    talk = up(fatal_exit_codes=(78,)) >> exited(100, 78) << announce("stop")
    talk >> reload << nothing >> m.CountAsked(2) << nothing
    assert reason(talk)
    talk >> start << Spawn(1) << Spawn(2) >> spawned(101) >> spawned(102, 2)
    assert (talk.status, reason(talk)) == ("active", None)
    talk >> exited(101, 78) >> exited(102, -TERM) << announce("stop") >> restart << Spawn(1)


def test_a_start_whose_process_ends_with_a_fatal_code_is_an_error():
    talk = play(numprocesses=2, fatal_exit_codes=(78,)) >> m.StartAsked(1) >> spawned(100)
    talk >> exited(100, 78) << m.CallOff(2) >> m.SpawnCancelled(2)
    talk << reply(1, "process 100 ended with a fatal code, exit code 78")


@pytest.mark.parametrize("pid", [100, 103])
def test_a_fatal_code_in_the_middle_of_a_reload_stops_the_watcher_all_the_same(pid):
    talk = up(pids=(100, 101), fatal_exit_codes=(78,)) >> after(5) >> m.ReloadAsked(1) << Spawn(4)
    talk >> spawned(103, 3) >> exited(pid, 78) << m.CallOff(4) << Signal(101, TERM)
    assert reason(talk)


def test_while_a_restart_goes_down_no_code_is_fatal():
    talk = up("before_stop", fatal_exit_codes=(78,)) >> m.RestartAsked(1) << ask("before_stop")
    talk >> exited(100, 78) >> yes << announce("stop") << Spawn(1) >> spawned(101) << reply(1)


def test_a_crash_loop_is_told_once_and_again_only_after_a_healthy_life():
    talk = crash(up(backoff=(1.0, 4.0)), 2) >> spawned(102) >> exited(102, 1)
    assert len(warnings(talk)) == 1
    talk.heard = []
    for pid in (103, 104, 105):
        talk >> after(5) << Spawn(1) >> spawned(pid) >> exited(pid, 1)
    assert warnings(talk) == []
    talk >> after(5) >> spawned(106) >> after(1.0) >> exited(106, 1) << Spawn(1) >> spawned(107)
    crash(talk, 2, pid=107) >> spawned(109) >> exited(109, 1)
    assert len(warnings(talk)) == 1


def test_a_place_waits_as_long_as_backoff_says_and_its_luck_shortens_that():
    talk = crash(up(backoff=(2.0, 10.0)), 3) >> after(1.9) << nothing >> after(0.2) << Spawn(1)
    talk >> spawned(103, luck=0.8) >> exited(103, 1)
    assert talk.machine.deadline() == pytest.approx(talk.now + 4 * 0.8)


def test_what_counts_as_a_crash_is_a_life_shorter_than_healthy_after():
    talk = up(healthy_after=30.0)
    for pid in (100, 101):
        talk >> after(20) >> exited(pid, 0) << Spawn(1) >> spawned(pid + 1)
    talk >> after(20) >> exited(102, 0)
    assert talk.machine.pace.waits
    talk >> after(1) >> spawned(103) >> after(30) >> exited(103) << Spawn(1)
    assert not talk.machine.pace.crashes


def test_a_healthy_life_that_ends_on_request_forgives_crashes_as_well():
    talk = crash(up(), 2) >> spawned(102) >> after(9) >> m.KillAsked((102,)) >> exited(102, -TERM)
    talk << Spawn(1) >> spawned(103) >> exited(103, 1) << Spawn(1)


def test_a_success_that_is_replaced_at_once_again_and_again_is_a_crash_loop_too():
    talk = crash(up(), 3, code=0)
    assert talk.machine.pace.waits


def test_a_place_that_waits_and_is_not_wanted_any_more_holds_back_nobody():
    talk = crash(up(pids=(100, 200)), 3) >> m.CountAsked(1) << nothing
    assert not talk.machine.pace.waits
    talk >> after(5) >> exited(200, 1) << Spawn(1)


def test_an_on_demand_watcher_in_a_crash_loop_waits_although_the_connection_does_not():
    talk = play(on_demand=True) >> start << m.Listen(on=True)
    for pid in (100, 101, 102):
        left = m.SocketReady(waited=True)  # nobody has accepted it
        talk >> left << Spawn(1) >> spawned(pid) >> exited(pid, 1) << m.Listen(on=True)
    talk >> left << m.Listen(on=False) << nothing
    assert talk.status == "starting"
    talk >> after(0.9) << nothing >> after(0.2) << Spawn(1)


def test_an_on_demand_watcher_in_a_crash_loop_that_is_started_by_hand_begins_anew():
    talk = play(on_demand=True) >> start
    for pid in (100, 101, 102):
        talk >> m.SocketReady() >> spawned(pid) >> exited(pid, 1)
    talk.heard = []
    talk >> start << nothing >> m.SocketReady() << Spawn(1)


@pytest.mark.parametrize("policy", ["on-failure", "never"])
def test_an_on_demand_watcher_whose_processes_finished_waits_for_the_next_connection(policy):
    talk = play(on_demand=True, numprocesses=2, restart=policy) >> start >> m.SocketReady()
    talk >> spawned(100) >> spawned(101, 2) >> after(5) >> exited(100, 0) >> exited(101, 0)
    talk << m.Listen(on=True) >> m.SocketReady() << Spawn(1) << Spawn(2)


def test_how_the_last_process_ended_is_kept():
    talk = up(pids=(100, 101)) >> after(5) >> exited(101, -SEGV)
    assert talk.machine.members.last_exit == Ending(101, 2, -SEGV, asked=False, at=talk.now)
    talk >> stop >> exited(100, -TERM)
    assert talk.machine.members.last_exit.asked
