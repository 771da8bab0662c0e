"""Conversations with one watcher's machine (design.md §10)."""

from __future__ import annotations

from math import inf

import pytest

from circus.core import messages as m
from circus.core.lifecycle import Phase
from circus.core.messages import Kill, Signal, SignalFamily, Spawn
from tests.helpers.play import (
    HUP,
    KILL,
    TERM,
    after,
    announce,
    exited,
    failed,
    nothing,
    play,
    reload,
    reply,
    spawned,
    start,
    stop,
    up,
)

# --- starting and stopping ------------------------------------------------------------------------


def test_a_watcher_starts_and_stops_with_its_events_in_order():
    talk = (
        play()
        >> start
        << Spawn(1)
        >> spawned(100)
        << announce("spawn", 100)
        << announce("start")
        >> stop
        << Signal(100, TERM)
        << announce("kill", 100)
        >> exited(100, -TERM)
        << announce("reap", 100)
        << announce("stop")
        << nothing
    )
    assert talk.status == "stopped"
    assert talk.machine.deadline() == inf


def test_a_stubborn_child_is_killed_when_its_grace_is_over():
    (
        play(graceful_timeout=7)
        >> start
        << Spawn(1)
        >> spawned(100)
        << announce("spawn", 100)
        >> stop
        << Signal(100, TERM)
        >> after(6.9)
        << nothing
        >> after(0.2)
        << Kill(100)
        << announce("kill", 100)
        >> exited(100, -KILL)
        << announce("stop")
    )


def test_without_a_grace_the_child_is_killed_at_once():
    up(graceful_timeout=0) >> stop << Kill(100) >> exited(100, -KILL) << announce("stop")


def test_a_second_stop_only_brings_the_deadline_nearer():
    talk = up(graceful_timeout=10) >> m.KillAsked((100,), None, 100.0) << Signal(100, TERM)
    talk >> after(1) >> stop << nothing >> after(10) << Kill(100)


def test_haste_ends_every_grace():
    up(graceful_timeout=60) >> stop << Signal(100, TERM) >> m.Hasten() << Kill(100)


def test_a_launch_that_was_ordered_when_the_stop_came_is_called_off():
    talk = play(numprocesses=2) >> start >> spawned(100, 1) >> stop << m.CallOff(2)
    talk >> m.SpawnCancelled(2) << Signal(100, TERM) >> exited(100) << announce("stop") << nothing


def test_a_process_that_was_launched_in_the_very_moment_of_the_stop_is_stopped():
    talk = play() >> start << Spawn(1) >> stop << m.CallOff(1)
    talk >> spawned(100) << Signal(100, TERM) >> exited(100) << announce("stop")


def test_a_stopped_watcher_that_is_stopped_answers_at_once():
    play() >> m.StopAsked(1) << reply(1) << nothing


def test_a_restart_goes_down_with_the_events_of_both():
    talk = up() >> m.RestartAsked(1) << Signal(100, TERM) >> exited(100) << announce("stop")
    (
        talk
        << Spawn(1)
        >> spawned(101)
        << announce("start")
        << reply(1, stopped=(100,), started=(101,))
    )


def test_a_start_in_the_middle_of_a_stop_lets_it_end_first():
    talk = up() >> m.StopAsked(1) << Signal(100, TERM) >> m.StartAsked(2)
    talk << reply(1, error="superseded by start") << nothing
    talk >> exited(100) << announce("stop") << Spawn(1) >> spawned(101) << reply(2, started=(101,))


def test_a_stop_in_the_middle_of_a_restart_wins():
    talk = up() >> m.RestartAsked(1) >> m.StopAsked(2) << reply(1, error="superseded by stop")
    talk >> exited(100) << announce("stop") << reply(2) << nothing
    assert talk.status == "stopped"


# --- replacing ------------------------------------------------------------------------------------


def test_a_dead_worker_is_replaced_at_its_place_while_the_status_stays_active():
    talk = up(pids=(100, 101)) >> after(5) >> exited(100, -KILL) << announce("reap", 100)
    talk << Spawn(1) << nothing
    assert talk.status == "active"


def test_a_reap_says_how_it_ended_and_whether_it_was_asked_for():
    talk = up() >> after(5) >> exited(100, -11)
    reaps = [e.fields for e in talk.heard if isinstance(e, m.Announce) and e.event == "reap"]
    assert reaps == [{"process_pid": 100, "exit_code": -11, "signal": 11, "asked": False, "wid": 1}]


def test_without_respawn_the_watcher_goes_down_when_all_have_finished():
    talk = up(pids=(100, 101), respawn=False) >> exited(100) << announce("reap", 100) << nothing
    assert talk.status == "active"
    talk >> exited(101) << announce("reap", 101) << announce("stop") << nothing
    assert talk.status == "stopped"


def test_a_place_that_dies_three_times_at_once_waits_and_doubles():
    talk = up()
    for pid in (101, 102):
        talk >> exited(pid - 1, 1) << Spawn(1) >> spawned(pid)
    talk.heard = []
    talk >> exited(102, 1) << nothing >> after(0.9) << nothing >> after(0.2) << Spawn(1)
    talk >> spawned(103) >> exited(103, 1) >> after(1.9) << nothing >> after(0.2) << Spawn(1)


def test_a_crash_loop_holds_back_its_own_place_only():
    talk = up(pids=(100, 200))
    for pid in (101, 102):
        talk >> exited(pid - 1, 1) >> spawned(pid)
    talk >> exited(102, 1)
    talk.heard = []
    talk >> exited(200, 1) << Spawn(2)


def test_a_start_tries_waiting_places_at_once():
    talk = up()
    for pid in (101, 102):
        talk >> exited(pid - 1, 1) >> spawned(pid)
    talk >> exited(102, 1)
    talk.heard = []
    talk >> start << Spawn(1)


def test_what_a_crashed_child_left_behind_gets_the_stop_signal_and_then_sigkill():
    talk = up(graceful_timeout=5) >> after(2) >> exited(100, 1, left=True)
    talk << SignalFamily(100, TERM) << Spawn(2) >> spawned(101, 2) >> after(5)
    talk << SignalFamily(100, KILL) >> m.FamilyGone(100) << nothing


def test_a_stop_waits_for_what_a_child_left_behind():
    talk = up(graceful_timeout=5) >> stop >> exited(100, -TERM, left=True)
    talk << SignalFamily(100, TERM)
    assert talk.status == "stopping"
    talk >> m.FamilyGone(100) << announce("stop")


@pytest.mark.parametrize("options", [{"singleton": True}, {"told": True}])
def test_a_place_that_must_not_be_taken_twice_waits_for_leftovers(options):
    talk = up(**options) >> after(2) >> exited(100, 1, left=True) << SignalFamily(100, TERM)
    talk << nothing >> m.FamilyGone(100) << Spawn(1)


# --- failing launches -----------------------------------------------------------------------------


def test_a_launch_that_fails_is_tried_again_later_and_ever_more_slowly():
    talk = play(max_retry=-1) >> start << Spawn(1) >> failed() << nothing
    for delay in (0.1, 0.2, 0.4, 0.8):
        talk >> after(delay * 0.9) << nothing >> after(delay * 0.2) << Spawn(1) >> failed()
    assert talk.status == "starting"


def test_after_max_retry_failures_the_watcher_gives_up_and_says_why():
    talk = play(max_retry=2) >> m.StartAsked(1) >> failed()
    talk << reply(1, error="cannot exec 'foo': No such file or directory") >> after(0.2) >> failed()
    assert talk.status == "stopped"
    assert talk.machine.reason == (
        "cannot exec 'foo': No such file or directory (2 failed launches)"
    )
    stops = [e.fields for e in talk.heard if isinstance(e, m.Announce) and e.event == "stop"]
    assert stops == [{"reason": talk.machine.reason}]


def test_each_place_is_tried_once_before_anything_waits():
    talk = play(numprocesses=3, max_retry=5) >> start << Spawn(1) << Spawn(2) << Spawn(3)
    talk >> failed(1) >> failed(2) >> spawned(100, 3) << announce("start")
    assert talk.status == "active"


def test_max_retry_zero_never_launches():
    talk = play(max_retry=0) >> m.StartAsked(1)
    talk << reply(1, error="max_retry is 0: nothing is ever launched") << nothing
    assert talk.status == "stopped"


def test_a_reload_whose_launches_fail_leaves_the_old_ones_serving():
    talk = up(pids=(100, 101), max_retry=2) >> m.ReloadAsked(1) << Spawn(3) << Spawn(4)
    talk >> failed(3) >> failed(4)
    assert sorted(talk.machine.crowd.pids()) == [100, 101]
    assert talk.status == "active"


# --- reloading ------------------------------------------------------------------------------------


def test_a_graceful_reload_spawns_all_before_it_stops_the_old():
    talk = up(pids=(100, 101)) >> m.ReloadAsked(1) << Spawn(3) << Spawn(4) << nothing
    talk >> spawned(103, 3) << nothing >> spawned(104, 4) << Signal(100, TERM) << Signal(101, TERM)
    talk >> exited(100) << nothing >> exited(101) << announce("reload")
    talk << reply(1, started=(103, 104), stopped=(100, 101))
    assert talk.wids == [3, 4]
    talk >> reload << Spawn(1) << Spawn(2)


def test_a_sequential_reload_stops_one_before_it_spawns_the_next():
    talk = up(pids=(100, 101)) >> m.ReloadAsked(0, sequential=True) << Signal(100, TERM) << nothing
    talk >> exited(100) << announce("reap", 100) << Spawn(1) << nothing
    talk >> spawned(102) << Signal(101, TERM) << nothing
    talk >> exited(101) << Spawn(2) >> spawned(103, 2) << announce("reload") << nothing


def test_a_singleton_never_has_two_side_by_side():
    talk = up(singleton=True) >> reload << Signal(100, TERM) << nothing
    talk >> exited(100) << Spawn(1)


def test_with_send_hup_a_reload_is_a_signal():
    talk = up(send_hup=True) >> m.ReloadAsked(1) << Signal(100, HUP) << announce("reload")
    talk << reply(1, kept=(100,)) << nothing


def test_a_reload_of_a_stopped_watcher_changes_nothing():
    play() >> m.ReloadAsked(1) << reply(1) << nothing


def test_a_new_spec_that_needs_it_is_a_new_generation():
    talk = up()
    spec = talk.machine.spec
    talk >> m.SpecChanged(spec, respawn=True, ticket=1) << Spawn(2) >> spawned(101, 2)
    talk << Signal(100, TERM) >> exited(100) << reply(1, started=(101,), stopped=(100,))


def test_a_second_reload_waits_until_there_is_room_for_it():
    talk = up(pids=(100, 101)) >> reload >> spawned(103, 3) >> spawned(104, 4)
    talk.heard = []
    talk >> reload << nothing >> exited(100) << Spawn(1) << nothing


# --- counting -------------------------------------------------------------------------------------


def test_decr_stops_the_oldest():
    talk = up(pids=(100, 101, 102)) >> m.CountAsked(1, 1, "decr")
    talk << Signal(100, TERM) << Signal(101, TERM) << nothing
    talk >> exited(100) << nothing >> exited(101) << reply(1)
    assert talk.machine.crowd.pids() == (102,)


def test_incr_fills_the_smallest_places():
    talk = up(pids=(100, 101)) >> m.CountAsked(3, 1, "incr") << Spawn(3) << nothing
    talk >> spawned(102, 3) << reply(1, kept=(100, 101), started=(102,))


def test_counts_add_up_and_are_not_superseded_by_each_other():
    talk = up() >> m.CountAsked(2, 1, "incr") >> m.CountAsked(3, 2, "incr")
    talk >> spawned(101, 2) >> spawned(102, 3) << reply(1) << reply(2)


def test_a_count_of_none_leaves_the_watcher_up():
    talk = up() >> m.CountAsked(0) << Signal(100, TERM) >> exited(100) << nothing
    assert talk.status == "active"
    talk >> m.CountAsked(1) << Spawn(1)


def test_a_warm_up_lies_between_two_launches():
    talk = play(numprocesses=2, warmup_delay=3) >> start << Spawn(1) << nothing
    talk >> spawned(100) << nothing >> after(2.9) << nothing >> after(0.2) << Spawn(2)
    talk >> spawned(101, 2) << announce("start")


# --- killing --------------------------------------------------------------------------------------


def test_a_killed_process_keeps_its_place_until_it_is_gone():
    talk = up(pids=(100, 101)) >> m.KillAsked((100,), HUP, 2.0, 1) << Signal(100, HUP) << nothing
    talk >> after(2.1) << Kill(100) >> exited(100, -KILL) << Spawn(1) << reply(1)


def test_a_kill_of_a_stranger_is_answered_at_once():
    up() >> m.KillAsked((999,), None, None, 1) << reply(1, kept=(100,)) << nothing


def test_a_kill_of_one_that_is_being_replaced_does_not_hold_its_place():
    talk = up() >> reload << Spawn(2) >> spawned(101, 2) << Signal(100, TERM)
    talk >> m.KillAsked((100,)) << nothing


def test_a_decr_gives_up_the_place_of_one_that_is_being_killed():
    talk = up(pids=(100, 101)) >> m.KillAsked((100,)) << Signal(100, TERM)
    talk >> m.CountAsked(1) << nothing >> exited(100) << nothing
    assert talk.machine.crowd.pids() == (101,)


# --- ageing ---------------------------------------------------------------------------------------


def test_an_old_member_is_replaced_first_and_only_then_stopped_one_at_a_time():
    talk = up(pids=(100, 101), max_age=60, max_age_variance=0) >> after(61) << Spawn(3) << nothing
    talk >> spawned(102, 3) << Signal(100, TERM) << nothing >> exited(100) << Spawn(1)
    talk >> spawned(103, 1) << Signal(101, TERM)


@pytest.mark.parametrize("options", [{"singleton": True}, {"told": True}])
def test_an_old_member_that_owns_its_place_goes_first(options):
    talk = up(max_age=60, max_age_variance=0, **options) >> after(61) << Signal(100, TERM)
    talk << nothing >> exited(100) << Spawn(1)


def test_the_random_part_of_the_age_is_drawn_once():
    talk = play(max_age=60, max_age_variance=30) >> start >> m.Spawned(1, 100, luck=0.5)
    talk.heard = []
    talk >> after(74.9) << nothing >> after(0.2) << Spawn(2)


# --- on demand ------------------------------------------------------------------------------------


def test_on_demand_waits_for_a_connection_and_again_when_all_have_died():
    talk = play(on_demand=True, numprocesses=2) >> m.StartAsked(1) << m.Listen(on=True) << reply(1)
    assert talk.status == "stopped"
    talk >> m.SocketReady() << m.Listen(on=False) << Spawn(1) << Spawn(2)
    talk >> spawned(100, 1) >> spawned(101, 2) << announce("start")
    talk >> after(5) >> exited(100) << announce("reap", 100) << nothing
    talk >> exited(101) << m.Listen(on=True) << nothing
    assert talk.status == "stopped"
    talk >> m.SocketReady() << Spawn(1)


def test_a_held_watcher_can_be_stopped():
    talk = play(on_demand=True) >> start << m.Listen(on=True) >> stop << m.Listen(on=False)
    assert talk.machine.phase is Phase.DOWN
