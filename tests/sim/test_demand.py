"""Conversations about on_demand: what a connection begins, and what holds it back (spec §6.10)."""

from __future__ import annotations

import pytest

from circus.core import messages as m
from circus.core.lifecycle import Phase
from circus.core.messages import Listen, Signal, Spawn
from circus.spec.model import StreamSpec
from tests.helpers.play import (
    HUP,
    TERM,
    after,
    announce,
    ask,
    close_streams,
    exited,
    failed,
    no,
    nothing,
    play,
    reload,
    reply,
    restart,
    spawned,
    start,
    stop,
)

FILE = StreamSpec("FileStream")
connected = m.SocketReady()
still_waiting = m.SocketReady(waited=True)
"""The connection was there already when the sockets began to be watched."""


def held(**options):
    """Return a conversation with a watcher that waits for a connection."""
    hooks = options.pop("hooks", ())
    return play(*hooks, on_demand=True, **options) >> start << Listen(on=True)


def served(**options):
    """Return a conversation with one that was woken, and runs."""
    return held(**options) >> connected << Spawn(1) >> spawned(100) << announce("start")


def crash(talk, pid, again=still_waiting):
    """Let a process die young, and the connection still be there."""
    return talk >> exited(pid, 1) << Listen(on=True) >> again << Listen(on=False)


# --- commands about one that is held --------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        m.StartAsked(1),
        m.RestartAsked(1),
        m.RestartAsked(1, "reload"),
        m.ReloadAsked(1),
        m.ReloadAsked(1, sequential=True),
        m.CountAsked(3, 1, "incr"),
        m.KillAsked((), ticket=1),
    ],
    ids=repr,
)
def test_a_held_watcher_answers_at_once_and_stays_held(asked):
    talk = held() >> asked << reply(1, started=(), stopped=(), kept=())
    assert (talk.machine.phase, talk.status) == (Phase.HELD, "stopped")
    talk >> connected << Spawn(1)


def test_when_the_sockets_are_others_these_are_watched():
    held() >> m.SocketsChanged() << Listen(on=True) << nothing
    served() >> m.SocketsChanged() << nothing


def test_a_reload_by_hup_of_a_held_one_signals_nobody():
    talk = held(send_hup=True) >> reload
    assert not [effect for effect in talk.heard if effect == Signal(100, HUP)]


def test_a_stopped_one_is_not_started_by_a_connection_that_was_under_way():
    talk = held() >> m.StopAsked(1) << Listen(on=False) << reply(1)
    assert talk.machine.phase is Phase.DOWN
    talk >> connected << nothing


def test_a_count_of_none_starts_nothing_until_there_is_one():
    talk = held(numprocesses=0) >> connected << nothing
    talk >> m.CountAsked(1) << Spawn(1)


def test_the_new_count_holds_at_the_next_connection():
    held() >> m.CountAsked(2) << nothing >> connected << Spawn(1) << Spawn(2)


# --- and about one that runs ----------------------------------------------------------------------


def test_the_sockets_are_watched_only_while_nobody_runs():
    talk = held(numprocesses=2) >> connected << Listen(on=False) << Spawn(1) << Spawn(2)
    talk >> spawned(100) >> spawned(101, 2) << announce("start") >> after(5)
    talk >> exited(100) << announce("reap", 100) << nothing
    assert talk.status == "active"
    talk >> exited(101) << announce("reap", 101) << Listen(on=True) << nothing
    assert talk.status == "stopped"


def test_a_restart_waits_for_the_next_connection():
    talk = served() >> restart << Signal(100, TERM) >> exited(100) << announce("stop")
    talk << Listen(on=True) << nothing >> connected << Spawn(1)


def test_a_killed_one_comes_back_with_the_next_connection():
    talk = served() >> m.KillAsked((100,)) << Signal(100, TERM) >> exited(100)
    talk << Listen(on=True) << nothing


def test_a_reload_replaces_those_that_run():
    talk = served() >> reload << Spawn(2) >> spawned(101, 2) << Signal(100, TERM) >> exited(100)
    assert talk.status == "active"


def test_one_that_is_not_to_be_respawned_is_held_again_all_the_same():
    talk = served(respawn=False) >> after(5) >> exited(100) << Listen(on=True)
    talk >> connected << Spawn(1)


def test_the_streams_of_a_held_one_are_closed_when_it_is_stopped():
    talk = held(stdout_stream=FILE) >> connected << m.OpenStreams() << Spawn(1)
    talk >> spawned(100) >> after(5) >> exited(100) << Listen(on=True) >> stop << close_streams()
    talk >> start >> stop
    assert not [effect for effect in talk.heard if isinstance(effect, m.CloseStreams)]


# --- no spin --------------------------------------------------------------------------------------


def test_a_program_that_dies_and_leaves_the_connection_waits_ever_longer():
    talk = served()
    for pid in (101, 102):
        crash(talk, pid - 1) << Spawn(1) >> spawned(pid)
    crash(talk, 102) << nothing
    assert (talk.status, talk.machine.next_try()) == ("starting", talk.now + 1)
    talk >> after(1) << Spawn(1) >> spawned(103)
    crash(talk, 103) << nothing >> after(1.9) << nothing >> after(0.1) << Spawn(1)


def test_a_program_that_serves_each_connection_and_ends_never_waits():
    talk = served()
    for pid in range(100, 120):
        talk >> exited(pid) << Listen(on=True) >> connected << Spawn(1) >> spawned(pid + 1)


def test_a_program_that_dies_of_each_connection_waits_although_each_is_new():
    talk = served()
    for pid in (101, 102):
        crash(talk, pid - 1, connected) << Spawn(1) >> spawned(pid)
    crash(talk, 102, connected) << nothing


def test_without_respawn_a_connection_that_is_left_is_held_back_as_well():
    talk = served(respawn=False)
    for pid in (101, 102):
        crash(talk, pid - 1) << Spawn(1) >> spawned(pid)
    crash(talk, 102) << nothing


def test_a_start_of_the_operators_ends_the_wait():
    talk = served()
    for pid in (101, 102):
        crash(talk, pid - 1) << Spawn(1) >> spawned(pid)
    crash(talk, 102) << nothing >> start << Spawn(1)


def test_a_program_that_cannot_be_started_is_tried_with_pauses_and_then_given_up():
    talk = held(max_retry=2) >> connected << Spawn(1) >> failed() << nothing
    talk >> after(0.1) << Spawn(1) >> failed() << announce("stop") << nothing
    assert "2 failed launches" in talk.machine.reason
    talk >> still_waiting << nothing >> start << Listen(on=True)


def test_a_no_of_before_start_stops_it_until_somebody_starts_it():
    talk = held(hooks=["before_start"]) >> connected << ask("before_start") >> no << nothing
    assert (talk.machine.phase, talk.machine.reason) == (Phase.DOWN, "before_start said no")
