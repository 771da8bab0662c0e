"""Conversations about hooks and waiting requests: what an open question holds back, who answers."""

from __future__ import annotations

import pytest

from circus.core import messages as m
from circus.core.messages import Kill, Signal, Spawn
from tests.helpers.play import (
    KILL,
    TERM,
    after,
    announce,
    ask,
    exited,
    no,
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

# --- hooks ----------------------------------------------------------------------------------------


def test_before_start_holds_back_the_start():
    talk = play("before_start") >> start << ask("before_start") << nothing >> yes << Spawn(1)
    assert talk.status == "starting"


def test_a_no_of_before_start_is_an_answer_and_not_an_error():
    talk = play("before_start") >> m.StartAsked(1) << ask("before_start") >> no << reply(1)
    assert (talk.status, talk.machine.reason) == ("stopped", "before_start said no")


def test_a_stop_does_not_wait_for_before_start():
    talk = play("before_start") >> start << ask("before_start") >> m.StopAsked(1) << reply(1)
    talk >> yes << nothing
    assert talk.status == "stopped"


def test_a_no_of_after_start_takes_the_watcher_down():
    talk = play("after_start") >> start >> spawned(100) << ask("after_start") >> no
    talk << Signal(100, TERM) >> exited(100) << announce("stop")


def test_a_no_of_before_spawn_stops_the_watcher():
    talk = play("before_spawn") >> start << ask("before_spawn") >> no << announce("stop") << nothing
    assert talk.machine.reason == "before_spawn said no"


def test_a_no_of_before_spawn_in_a_reload_keeps_an_old_one():
    talk = play("before_spawn") >> start << ask("before_spawn") >> yes >> spawned(100)
    talk >> reload << ask("before_spawn") >> no << nothing
    assert (talk.status, talk.machine.crowd.pids()) == ("active", (100,))


def test_a_no_of_after_spawn_kills_that_process_and_stops_the_watcher():
    talk = play("after_spawn") >> start << Spawn(1) >> spawned(100) << ask("after_spawn") >> no
    talk << Kill(100) >> exited(100, -KILL) << announce("stop")


def test_before_signal_holds_back_the_signal_but_not_the_kill():
    talk = up("before_signal", graceful_timeout=5) >> stop << ask("before_signal") << nothing
    talk >> after(5.1) << Kill(100) >> exited(100, -KILL) << announce("stop")


def test_a_no_of_before_signal_spares_the_signal_but_is_announced():
    talk = up("before_signal") >> stop << ask("before_signal") >> no << announce("kill", 100)
    assert not [effect for effect in talk.heard if isinstance(effect, Signal)]


def test_a_before_stop_that_does_not_answer_is_limited_by_the_grace():
    talk = up("before_stop", graceful_timeout=5) >> stop << ask("before_stop") << nothing
    talk >> after(5.1) << Signal(100, TERM)


def test_an_after_stop_that_does_not_answer_does_not_hold_back_a_new_start():
    talk = up("after_stop") >> stop >> exited(100) << announce("stop") << ask("after_stop")
    talk >> start << Spawn(1)


def test_a_wid_is_not_used_again_before_its_reap_hooks_have_answered():
    talk = up("before_reap", "after_reap") >> after(5) >> exited(100, 1) << ask("before_reap")
    first = talk.question
    talk << announce("reap", 100) << ask("after_reap") << Spawn(2) >> spawned(101, 2)
    talk >> yes >> m.Answered(first, yes=True) >> after(5) >> exited(101, 1) << Spawn(1)


def test_a_no_on_the_way_down_of_a_restart_does_not_keep_it_down():
    talk = up("before_stop", "after_stop") >> restart << ask("before_stop") >> no
    talk << Signal(100, TERM) >> exited(100) << ask("after_stop") << Spawn(1)
    assert talk.machine.goal.up


def test_a_stop_is_over_once_the_hooks_about_the_ends_have_answered():
    talk = up("after_reap") >> m.StopAsked(1) << Signal(100, TERM) >> exited(100)
    talk << ask("after_reap") << nothing >> yes << reply(1)


@pytest.mark.parametrize("hook", ["before_reap", "after_reap", "after_signal"])
def test_it_does_not_wait_for_them_longer_than_the_grace(hook):
    talk = up(hook, graceful_timeout=5) >> m.StopAsked(1) << Signal(100, TERM) >> exited(100)
    talk << ask(hook) << nothing >> after(4.9) << nothing >> after(0.1) << reply(1)
    assert talk.status == "stopped"


def test_a_hook_that_hung_before_the_stop_is_dropped_when_the_grace_is_over():
    talk = up("after_reap", graceful_timeout=5) >> after(60) >> exited(100) << ask("after_reap")
    hung = talk.question
    talk << Spawn(2) >> spawned(101, 2) >> after(3600) >> stop << Signal(101, TERM) << nothing
    talk >> after(5) << m.Drop(hung)


def test_however_short_the_grace_a_hook_has_a_moment():
    talk = up("before_stop", graceful_timeout=0) >> stop << ask("before_stop") >> after(0.9)
    talk << nothing >> after(0.1) << m.Drop(talk.question) << Kill(100)


def test_haste_waits_for_no_hook():
    talk = up("before_stop", graceful_timeout=60) >> stop << ask("before_stop")
    talk >> m.Hasten() << m.Drop(talk.question) << Kill(100)


def test_after_the_haste_a_hook_has_a_moment_and_no_more():
    talk = up("after_reap", graceful_timeout=60) >> m.StopAsked(1) << Signal(100, TERM)
    talk >> m.Hasten() << Kill(100) >> exited(100, -KILL) << ask("after_reap") << nothing
    talk >> after(1) << m.Drop(talk.question) << reply(1)
    talk >> start << Spawn(1) >> spawned(101) >> stop << Signal(101, TERM) << nothing


def test_a_before_start_that_hangs_is_dropped_a_grace_after_the_stop():
    talk = play("before_start", graceful_timeout=5) >> start << ask("before_start")
    hung = talk.question
    talk >> m.StopAsked(1) << reply(1) >> after(5) << m.Drop(hung) >> start << ask("before_start")


def test_a_signal_that_before_signal_does_not_answer_for_is_killed_in_the_end():
    talk = up("before_signal", graceful_timeout=5) >> m.KillAsked((100,), grace=60)
    talk << ask("before_signal") >> after(5) << m.Drop(talk.question) << Signal(100, TERM)
    talk >> after(55) << Kill(100)


def test_a_program_that_is_told_its_wid_comes_back_to_it_after_the_reap_hooks():
    talk = up("after_reap", told=True) >> after(5) >> exited(100, 1)
    talk << ask("after_reap") << nothing >> yes << Spawn(1)


def test_a_sequential_reload_of_such_a_program_waits_for_them_too():
    talk = up("after_reap", told=True, pids=(100, 101)) >> after(5)
    talk >> m.ReloadAsked(1, sequential=True) << Signal(100, TERM) >> exited(100)
    talk << ask("after_reap") << nothing >> yes << Spawn(1)
    talk >> spawned(102, told=True) << Signal(101, TERM)
    talk >> exited(101) << ask("after_reap") << nothing >> yes << Spawn(2)
    talk >> spawned(103, 2) << announce("reload") << reply(1)


def test_an_answer_that_comes_too_late_is_nobodys():
    talk = play("before_spawn", numprocesses=1) >> start << ask("before_spawn")
    late = talk.question
    (
        talk
        >> restart
        << ask("before_spawn")
        >> m.Answered(late, yes=True)
        << nothing
        >> yes
        << Spawn(1)
    )


# --- tickets --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("older", "newer", "by"),
    [
        (m.StartAsked(1), m.StopAsked(2), "stop"),
        (m.StartAsked(1), m.RestartAsked(2), "restart"),
        (m.StartAsked(1), m.ReloadAsked(2), "reload"),
        (m.ReloadAsked(1), m.StopAsked(2), "stop"),
        (m.ReloadAsked(1), m.RestartAsked(2), "restart"),
        (m.CountAsked(5, 1, "incr"), m.StopAsked(2, "rm"), "rm"),
        (m.CountAsked(5, 1, "incr"), m.StopAsked(2, "quit"), "quit"),
    ],
)
def test_a_newer_goal_takes_over_the_older_request(older, newer, by):
    talk = play() >> start >> spawned(100)
    if isinstance(older, m.StartAsked):
        talk = play() >> older
    else:
        talk >> older
    talk >> newer << reply(1, error=f"superseded by {by}")


def test_a_start_of_a_full_watcher_keeps_everybody():
    up() >> m.StartAsked(1) << reply(1, kept=(100,), started=()) << nothing


def test_streams_are_opened_at_the_start_and_closed_by_a_stop_but_not_by_a_restart():
    talk = play() >> start << m.OpenStreams() >> spawned(100) >> restart >> exited(100)
    assert m.CloseStreams() not in talk.heard
    talk << m.OpenStreams() >> spawned(101) >> stop >> exited(101) << m.CloseStreams()
