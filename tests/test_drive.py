from __future__ import annotations

import asyncio
import os
import signal
import threading
from math import inf

import pytest

from circus import drive as module
from circus.core import messages as m
from circus.drive import Drive
from circus.exc import StartError, Superseded
from tests.helpers.floor import LIFE, STUBBORN, Talk, play, slow, started
from tests.helpers.launching import PATIENCE


class Machine:
    """A machine that decides by a script: what it hears → effects."""

    def __init__(self):
        self.script = {}
        self.heard = []
        self.due = inf
        self.woken = asyncio.Event()

    def feed(self, events, now):
        self.heard.append(list(events))
        if not events:
            self.due = inf
            self.woken.set()
        return [effect for event in events for effect in self.script.get(event, ())]

    def deadline(self):
        return self.due


class Performer:
    """Performs announcements by calling what the test says."""

    def __init__(self):
        self.on = {}

    def announce(self, event, fields):
        self.on[event]()


class Scene:
    def __init__(self):
        self.machine, self.performer = Machine(), Performer()
        loop = asyncio.get_running_loop()
        self.drive = Drive(self.machine, self.performer, loop)

    def ask(self, shape=lambda outcome: outcome.started):
        return self.drive.ask(m.StartAsked, shape)


def run(scene):
    async def go():
        await asyncio.wait_for(scene(Scene()), PATIENCE)

    asyncio.run(go())


def test_what_another_thread_says_is_heard_in_the_loop():
    async def scene(one):
        threads = []
        feed = one.machine.feed
        one.machine.feed = lambda *heard: threads.append(threading.current_thread()) or feed(*heard)
        await asyncio.to_thread(one.drive.feed, m.StartAsked())
        await asyncio.sleep(0)
        assert one.machine.heard == [[m.StartAsked()]]
        assert threads == [threading.main_thread()]

    run(scene)


def test_what_is_said_while_effects_are_performed_is_heard_after_them():
    async def scene(at):
        at.machine.script[m.StartAsked()] = [m.Announce("one"), m.Announce("two")]
        order = []
        at.performer.on["one"] = lambda: (order.append("one"), at.drive.feed(m.StopAsked()))
        at.performer.on["two"] = lambda: order.append(("two", len(at.machine.heard)))
        at.drive.feed(m.StartAsked())
        assert order == ["one", ("two", 1)]
        assert at.machine.heard == [[m.StartAsked()], [m.StopAsked()]]

    run(scene)


def test_an_effect_that_raises_leaves_the_machine_fit_to_hear_more():
    async def scene(at):
        at.machine.script[m.StartAsked()] = [m.Announce("bad")]
        at.performer.on["bad"] = lambda: 1 / 0
        with pytest.raises(ZeroDivisionError):
            at.drive.feed(m.StartAsked())
        at.drive.feed(m.StopAsked())
        assert at.machine.heard[-1] == [m.StopAsked()]

    run(scene)


def test_the_machine_is_woken_when_its_deadline_has_come():
    async def scene(at):
        at.machine.due = module.time.monotonic() + 0.001
        at.drive.feed(m.StartAsked())
        await at.machine.woken.wait()
        assert at.machine.heard == [[m.StartAsked()], []]

    run(scene)


def test_a_deadline_that_moved_away_wakes_nobody():
    async def scene(at):
        at.machine.due = module.time.monotonic() + 0.001
        at.drive.feed(m.StartAsked())
        at.machine.due = inf
        at.drive.feed(m.StopAsked())
        later = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.002, later.set_result, None)
        await later
        assert not at.machine.woken.is_set()

    run(scene)


def test_a_future_holds_what_its_caller_wants_of_the_outcome():
    async def scene(at):
        future = at.ask()
        at.drive.resolve(1, m.Outcome(started=(100,)))
        assert await future == (100,)

    run(scene)


def test_a_future_that_was_superseded_says_by_which_verb():
    async def scene(at):
        future = at.ask()
        at.drive.resolve(1, m.Outcome(error="superseded by stop", by="stop"))
        with pytest.raises(Superseded, match="superseded by stop") as raised:
            await future
        assert raised.value.by == "stop"

    run(scene)


def test_a_future_that_failed_says_why():
    async def scene(at):
        future = at.ask()
        at.drive.resolve(1, m.Outcome(error="cannot exec 'tea'"))
        with pytest.raises(StartError, match="cannot exec 'tea'"):
            await future

    run(scene)


def test_a_future_that_its_caller_cancelled_is_left_alone():
    async def scene(at):
        future = at.ask()
        future.cancel()
        at.drive.resolve(1, m.Outcome(started=(100,)))
        assert future.cancelled()

    run(scene)


def test_who_still_waits_at_the_end_is_told_of_the_end():
    async def scene(at):
        futures = [at.ask(), at.ask()]
        at.machine.due = module.time.monotonic()
        at.drive.feed(m.StopAsked())
        at.drive.stop()
        for future in futures:
            with pytest.raises(Superseded, match="superseded by quit"):
                await future
        assert not at.machine.woken.is_set()

    run(scene)


def test_what_comes_before_a_request_is_heard_in_the_same_breath():
    async def scene(at):
        at.drive.ask(m.StartAsked, lambda _: None, m.CountAsked(3))
        assert at.machine.heard == [[m.CountAsked(3), m.StartAsked(1)]]

    run(scene)


def test_a_waiting_stop_is_superseded_by_a_start_and_the_start_is_met():
    async def scene(floor):
        talk = Talk()
        web = floor.watcher(**STUBBORN, graceful_timeout=600, stdout_stream={"stream": talk})
        await web.start()
        await talk.until()
        (pid,) = web.processes
        stopped = web.stop()
        started = web.start()
        with pytest.raises(Superseded, match="superseded by start"):
            await stopped
        assert web.processes[pid].stopping
        web.feed(m.Hasten())
        done = await started
        assert done["kept"] == []
        assert done["started"] == list(web.processes)
        assert floor.ears.names("reap", "stop", "start") == ["start", "reap", "stop", "start"]

    play(scene)


def test_a_newer_goal_supersedes_the_older_one_that_waits():
    async def scene(floor):
        talk, options = slow()
        web, _ = await started(floor, **options)
        await talk.until()
        restarted = web.restart()
        stopped = web.stop()
        with pytest.raises(Superseded, match="superseded by stop"):
            await restarted
        (pid,) = web.processes
        assert await web.kill([pid], graceful_timeout=0)
        await stopped
        assert floor.ears.names("stop", "start") == ["stop"]

    play(scene)


# --- how many -------------------------------------------------------------------------------------


def test_incr_and_decr_hold_the_new_count_and_decr_stops_the_oldest():
    async def scene(floor):
        web, (oldest,) = await started(floor)
        assert await web.incr(2) == 3
        assert len(web) == 3
        assert await web.decr() == 2
        assert len(web) == 2
        assert oldest not in web.processes

    play(scene)


def test_decr_goes_no_further_than_nobody():
    async def scene(floor):
        web, _ = await started(floor)
        assert await web.decr(5) == 0
        assert (len(web), web.numprocesses, web.status()) == (0, 0, "active")

    play(scene)


def test_a_singleton_is_never_two_even_while_it_is_reloaded():
    async def scene(floor):
        web, _ = await started(floor, singleton=True)
        await web.reload()
        assert floor.ears.names(*LIFE) == ["kill", "reap", "spawn", "reload"]

    play(scene)


# --- kill -----------------------------------------------------------------------------------------


def test_kill_stops_a_process_with_its_own_signal_and_it_is_replaced():
    async def scene(floor):
        web, (one, two) = await started(floor, numprocesses=2)
        assert await web.kill([one], signal.SIGINT) is True
        assert floor.ears.fields("reap")[0]["exit_code"] == -signal.SIGINT
        assert (one in web.processes, two in web.processes) == (False, True)
        await floor.ears.until("spawn")
        assert len(web) == 2

    play(scene)


def test_kill_has_a_grace_of_its_own():
    async def scene(floor):
        talk, options = slow()
        web, (pid,) = await started(floor, **options)
        await talk.until()
        await web.kill_process(web.processes[pid], graceful_timeout=0.01)
        assert floor.ears.fields("reap")[0]["exit_code"] == -9

    play(scene)


def test_a_kill_of_a_stranger_is_done_at_once():
    async def scene(floor):
        web, _ = await started(floor)
        assert await web.kill([os.getpid()]) is True
        assert floor.ears.heard == []

    play(scene)
