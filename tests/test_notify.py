from __future__ import annotations

import asyncio
import os
import time

import pytest

from circus import notify
from circus.notify import Notifier, Service
from tests.helpers.manager import Manager, states


@pytest.fixture
def manager(tmp_path):
    made = Manager(tmp_path / "notify")
    yield made
    made.close()


class Clock:
    """Timers that go off when the test says so, in the order of their times."""

    def __init__(self):
        self.now = 100.0
        self.timers = []

    def time(self):
        return self.now

    def call_later(self, seconds, act):
        timer = Timer(self.now + seconds, act, self)
        self.timers.append(timer)
        return timer

    def run(self, seconds):
        end = self.now + seconds
        while due := [one for one in self.timers if one.at <= end]:
            timer = min(due, key=lambda one: one.at)
            self.timers.remove(timer)
            self.now = timer.at
            timer.act()
        self.now = end


class Timer:
    def __init__(self, at, act, clock):
        self.at, self.act, self.clock = at, act, clock

    def cancel(self):
        if self in self.clock.timers:
            self.clock.timers.remove(self)


class Done:
    """A future that is done when the test says so."""

    def __init__(self):
        self.callbacks = []

    def add_done_callback(self, act):
        self.callbacks.append(act)

    def finish(self):
        for act in self.callbacks:
            act(self)


class Told:
    """A service, and what it told."""

    def __init__(self, manager, **more):
        self.manager, self.clock = manager, Clock()
        self.statuses = {"one": "active", "two": "stopped"}
        self.service = Service(Notifier(manager.place, **more))
        self.service.open(self.clock, lambda: self.statuses)

    def heard(self):
        """Return what was told since the last look."""
        found = []
        while message := self.manager.next(0):
            found.append(message)
        return found

    def begin(self):
        first = Done()
        self.service.starting(first)
        first.finish()
        return self.heard()

    def move(self, verb):
        done = Done()
        self.service.moving(verb, done)
        return done


@pytest.fixture
def told(manager):
    return Told(manager)


# --- where to -------------------------------------------------------------------------------------


def test_where_to_tell_is_taken_out_of_the_environment():
    given = {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "3000000", "PATH": "/bin"}
    found = Notifier.received(given)
    assert (found.place, found.watchdog) == ("/run/x", 3.0)
    assert given == {"PATH": "/bin"}


@pytest.mark.parametrize(
    ("more", "seconds"),
    [
        ({"WATCHDOG_PID": str(os.getpid()), "WATCHDOG_USEC": "500000"}, 0.5),
        ({"WATCHDOG_PID": "1", "WATCHDOG_USEC": "500000"}, 0.0),
        ({"WATCHDOG_USEC": "soon"}, 0.0),
        ({}, 0.0),
    ],
)
def test_a_watchdog_is_ours_if_it_means_us(more, seconds):
    assert Notifier.received({"NOTIFY_SOCKET": "/run/x", **more}).watchdog == seconds


def test_without_a_manager_nothing_is_said_and_no_timer_runs():
    clock = Clock()
    service = Service(Notifier.received({"WATCHDOG_USEC": "500000"}))
    service.open(clock, dict)
    done = Done()
    assert service.starting(done) is done
    assert service.moving("reload", done) is done
    service.news()
    assert (clock.timers, done.callbacks) == ([], [])


def test_a_place_that_is_no_path_is_told_and_not_used(caplog):
    assert Notifier("vsock:2:1234").place == ""
    assert "cannot tell the service manager at 'vsock:2:1234' anything" in caplog.text


def test_an_abstract_name_is_reached():
    manager = Manager(f"@circus-test-{os.getpid()}-{time.monotonic_ns()}")
    try:
        Notifier(manager.place).say(READY=1, STATUS="fine")
        assert manager.next() == {"READY": "1", "STATUS": "fine"}
    finally:
        manager.close()


def test_what_cannot_be_told_is_logged_once_and_lost(tmp_path, caplog):
    notifier = Notifier(f"{tmp_path}/nobody")
    notifier.say(READY=1)
    notifier.say(READY=1)
    assert [record.getMessage() for record in caplog.records] == [
        "cannot tell the service manager: No such file or directory"
    ]


# --- what -----------------------------------------------------------------------------------------


def test_it_is_ready_when_the_first_start_of_all_is_over(told):
    first = Done()
    told.service.starting(first)
    assert states(told.heard()) == []
    first.finish()
    assert told.heard() == [{"READY": "1", "STATUS": "1 of 2 watchers are up"}]


def test_a_reload_is_told_with_its_time_and_then_that_it_is_over(told):
    told.begin()
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    done = told.move("reload")
    (said,) = told.heard()
    assert said["RELOADING"] == "1"
    assert before <= int(said["MONOTONIC_USEC"]) <= time.clock_gettime_ns(1) // 1000
    done.finish()
    assert states(told.heard()) == ["READY"]


def test_of_several_reloads_at_once_the_last_one_ends_it(told):
    told.begin()
    first, second = told.move("reload"), told.move("reloadconfig")
    assert states(told.heard()) == ["RELOADING", "RELOADING"]
    second.finish()
    assert told.heard() == []
    first.finish()
    assert states(told.heard()) == ["READY"]


def test_before_it_is_ready_a_reload_is_not_told(told):
    told.move("reload").finish()
    assert told.heard() == []


def test_an_end_is_told_once_and_nothing_after_it_makes_it_ready_again(told):
    told.begin()
    reload = told.move("reload")
    told.heard()
    told.move("quit")
    told.move("quit")
    reload.finish()
    assert {*states(told.heard())} == {"STOPPING"}


def test_an_end_during_the_first_start_is_never_ready(told):
    first = Done()
    told.service.starting(first)
    told.move("quit")
    first.finish()
    assert states(told.heard()) == ["STOPPING"]


def test_a_restart_of_everything_is_a_reload_that_the_next_life_ends(told):
    told.begin()
    told.move("restart").finish()
    told.service.close()
    assert told.clock.timers == []
    told.service.open(told.clock, lambda: told.statuses)
    assert states(told.heard()) == ["RELOADING"]
    assert states(told.begin()) == ["READY"]


def test_an_end_for_good_is_told_after_a_restart_was(told):
    told.begin()
    told.move("restart")
    told.move("quit")
    assert states(told.heard()) == ["RELOADING", "STOPPING"]


def test_what_ends_after_the_life_is_not_told(told):
    told.begin()
    done = told.move("reload")
    told.service.close()
    told.heard()
    done.finish()
    assert told.heard() == []


# --- the number of those that are up --------------------------------------------------------------


def test_how_many_are_up_is_told_when_it_changes_and_once_a_second_at_most(told):
    told.begin()
    told.statuses["two"] = "active"
    for _ in range(5):
        told.service.news()
    told.clock.run(notify.PACE / 2)
    assert told.heard() == []
    told.clock.run(notify.PACE / 2)
    assert told.heard() == [{"STATUS": "2 of 2 watchers are up"}]
    told.service.news()
    told.clock.run(notify.PACE)
    assert told.heard() == []


# --- time -----------------------------------------------------------------------------------------


def test_a_watchdog_hears_of_it_twice_as_often_as_it_asks(manager):
    told = Told(manager, watchdog=4.0)
    told.begin()
    told.clock.run(10.0)
    assert told.heard() == [{"WATCHDOG": "1"}] * 5


def test_a_start_that_takes_long_asks_for_time_until_it_is_over(told):
    told.clock.run(notify.LONG * 2.5)
    asked = {"EXTEND_TIMEOUT_USEC": "30000000"}
    assert told.heard() == [asked, asked]
    told.begin()
    told.clock.run(notify.LONG * 2)
    assert told.heard() == []
    told.move("quit")
    told.clock.run(notify.LONG)
    assert told.heard() == [{"STOPPING": "1"}, asked]


def test_when_nothing_is_asked_for_no_timer_is_left(told):
    told.begin()
    assert told.clock.timers == []


def test_the_pid_is_told_where_it_is_not_the_one_that_was_started(manager):
    async def scene():
        service = Service(Notifier(manager.place), detached=True)
        service.open(asyncio.get_running_loop(), dict)
        service.close()

    asyncio.run(scene())
    assert manager.next() == {"MAINPID": str(os.getpid())}
