from __future__ import annotations

import asyncio
import functools

import pytest

from circus.core.fleet import FleetMachine, Overtaken
from circus.exc import Superseded
from circus.sweeps import Sweeps
from circus.watcher import Watcher
from tests.helpers import house
from tests.helpers.floor import STUBBORN, Talk, play
from tests.helpers.house import watcher


class Fleet:
    """Watchers of a floor under one machine."""

    def __init__(self, floor, warmup=0.0):
        self.floor = floor
        self.ended = 0
        self.watchers = {}
        loop = asyncio.get_running_loop()
        self.sweeps = Sweeps(loop, FleetMachine(warmup), self.watchers.get, self.end)

    def end(self):
        self.ended += 1

    def add(self, name, **options):
        watcher = self.watchers[name] = self.floor.watcher(name, **options)
        self.sweeps.add(watcher)
        return watcher

    def order(self, event):
        return [name for name, heard, _ in self.floor.ears.heard if heard == event]


def test_watchers_start_by_priority_and_only_those_with_autostart():
    async def scene(floor):
        fleet = Fleet(floor)
        fleet.add("low", priority=1)
        fleet.add("high", priority=5)
        fleet.add("none", autostart=False)
        await fleet.sweeps.ask("start", None)
        assert fleet.order("start") == ["high", "low"]

    play(scene)


def test_with_a_warmup_watchers_start_one_by_one_and_the_loop_is_woken_for_each():
    async def scene(floor):
        fleet = Fleet(floor, warmup=0.002)
        for name in ("one", "two", "three"):
            fleet.add(name)
        await fleet.sweeps.ask("start", None)
        starts = [one for one in floor.ears.heard if one[1] in ("spawn", "start")]
        assert [(name, event) for name, event, _ in starts] == [
            (name, event) for name in ("one", "two", "three") for event in ("spawn", "start")
        ]

    play(scene)


def test_a_restart_stops_all_before_it_starts_the_first():
    async def scene(floor):
        fleet = Fleet(floor)
        fleet.add("one")
        fleet.add("two")
        await fleet.sweeps.ask("start", None)
        floor.ears.forget()
        await fleet.sweeps.ask("restart", ["one", "two"])
        assert floor.ears.names("stop", "start") == ["stop", "stop", "start", "start"]

    play(scene)


def test_a_reload_is_told_how_to_reload():
    async def scene(floor):
        fleet = Fleet(floor)
        fleet.add("one")
        await fleet.sweeps.ask("start", None)
        floor.ears.forget()
        await fleet.sweeps.ask("reload", None, graceful=False, sequential=False)
        assert floor.ears.names("stop", "start", "reload") == ["stop", "start"]

    play(scene)


def test_a_watcher_that_went_in_between_keeps_nobody_waiting():
    async def scene(floor):
        fleet = Fleet(floor)
        fleet.add("one")
        fleet.add("two")
        del fleet.watchers["one"]
        await fleet.sweeps.ask("start", None)
        assert fleet.order("start") == ["two"]

    play(scene)


def test_a_watcher_that_fails_to_start_does_not_hold_up_the_next():
    async def scene(floor):
        fleet = Fleet(floor)
        fleet.add("bad", cmd="no-such-program", max_retry=1, priority=2)
        fleet.add("good")
        await fleet.sweeps.ask("start", None)
        assert fleet.order("start") == ["good"]

    play(scene)


def test_a_sweep_that_lost_a_watcher_to_a_newer_command_says_so():
    async def scene(floor):
        fleet, talk = Fleet(floor), Talk()
        stubborn = fleet.add("stubborn", **STUBBORN, stdout_stream={"stream": talk})
        await fleet.sweeps.ask("start", None)
        await talk.until()
        stopped = fleet.sweeps.ask("stop", None)
        fleet.sweeps.feed(Overtaken(stubborn.name, "start"))
        with pytest.raises(Superseded, match="superseded by start"):
            await stopped

    play(scene)


def test_after_quit_the_end_is_told_once_when_all_are_down():
    async def scene(floor):
        fleet = Fleet(floor)
        watchers = [fleet.add("one"), fleet.add("two")]
        await fleet.sweeps.ask("start", None, first=True)
        await fleet.sweeps.ask("quit", None)
        assert fleet.ended == 1
        assert [watcher.status() for watcher in watchers] == ["stopped", "stopped"]

    play(scene)


def test_it_knows_whether_it_moves_a_watcher_itself():
    async def scene(floor):
        fleet, seen = Fleet(floor), []
        watcher = fleet.add("one")
        watcher._admit = lambda *_: seen.append(fleet.sweeps.moving)
        await fleet.sweeps.ask("start", None)
        await watcher.stop()
        assert seen == [True, False]

    play(scene)


def test_who_still_waits_when_it_stops_is_told_of_the_end():
    async def scene(floor):
        fleet = Fleet(floor, warmup=600)
        fleet.add("one")
        fleet.add("two")
        started = fleet.sweeps.ask("start", None)
        await floor.ears.until("start")
        fleet.sweeps.stop()
        with pytest.raises(Superseded, match="superseded by quit"):
            await started

    play(scene)


def test_a_sweep_that_its_caller_cancelled_goes_on():
    async def scene(floor):
        fleet = Fleet(floor)
        fleet.add("one")
        fleet.sweeps.ask("start", None).cancel()
        await floor.ears.until("start")

    play(scene)


@pytest.fixture
def live(tmp_path):
    """Return a way to play a scene in a house: with whole arbiters."""
    return functools.partial(house.play, tmp_path)


# --- groups ---------------------------------------------------------------------------------------


def test_groups_go_by_priority_and_iter_watchers_too(live):
    async def scene(house):
        watchers = [watcher(name, priority=rank) for name, rank in (("b", 1), ("a", 2), ("c", 0))]
        arbiter = house.arbiter(*watchers)
        await arbiter.start()
        await house.ears.until("start", 3)
        assert [name for name, event, _ in house.ears.heard if event == "start"] == ["a", "b", "c"]
        assert [one.name for one in arbiter.iter_watchers()] == ["a", "b", "c"]
        assert [one.name for one in arbiter.iter_watchers(reverse=False)] == ["c", "b", "a"]

    live(scene)


def test_a_group_starts_only_those_with_autostart_and_stops_all(live):
    async def scene(house):
        arbiter = await house.up(watcher("auto"), watcher("hand", autostart=False))
        hand = arbiter.get_watcher("hand")
        assert hand.is_stopped()
        await hand.start()
        await arbiter.stop_group()
        assert arbiter.numprocesses() == 0
        await arbiter.start_group()
        assert arbiter.statuses() == {"auto": "active", "hand": "stopped"}

    live(scene)


def test_a_command_on_one_watcher_takes_it_out_of_a_group_command_that_waits(live):
    async def scene(house):
        talk = Talk()
        slow = Watcher("slow", **STUBBORN, graceful_timeout=600, stdout_stream={"stream": talk})
        arbiter = await house.up(slow, watcher("quick"))
        await talk.until()
        group = arbiter.stop_group()
        started = slow.start()
        with pytest.raises(Superseded, match="superseded by start"):
            await group
        arbiter.hasten()
        await started
        assert arbiter.statuses() == {"slow": "active", "quick": "stopped"}

    live(scene)


def test_while_one_watcher_dawdles_another_starts_and_stops(live):
    async def scene(house):
        talk = Talk()
        slow = Watcher("slow", **STUBBORN, graceful_timeout=600, stdout_stream={"stream": talk})
        arbiter = await house.up(slow, watcher("quick"))
        await talk.until()
        stopped = slow.stop()
        await arbiter.get_watcher("quick").restart()
        assert (stopped.done(), slow.status()) == (False, "stopping")

    live(scene)


def test_to_end_twice_is_one_wish_and_both_get_it(live):
    async def scene(house):
        complaints = []
        house.loop.set_exception_handler(lambda _, context: complaints.append(context))
        arbiter = await house.up(watcher("web"))
        await asyncio.gather(arbiter.quit(), arbiter.stop())
        await asyncio.sleep(0)
        assert complaints == []

    live(scene)
