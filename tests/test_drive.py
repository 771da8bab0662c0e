from __future__ import annotations

import asyncio
from math import inf

import pytest

from circus import drive as module
from circus.core import messages as m
from circus.drive import Drive
from circus.exc import StartError, Superseded
from tests.helpers.floor import STUBBORN, Talk, play
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
        await asyncio.sleep(0.005)
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
