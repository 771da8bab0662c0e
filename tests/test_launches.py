from __future__ import annotations

import asyncio

import pytest

from circus import launches
from circus.core.messages import Spawned
from circus.launches import Launches


class Clock:
    """A clock that goes on only when something is launched."""

    now = 0.0

    def monotonic(self):
        return self.now


class Owner:
    """A watcher whose every launch takes a while."""

    def __init__(self, name, office, cost=0.001):
        self.name = name
        self.office = office
        self.cost = cost
        self.told = []

    def launch(self, wid):
        self.office.diary.append((self.name, wid))
        self.office.clock.now += self.cost
        return Spawned(wid, 1000 + wid)

    def feed(self, *events):
        self.told.append([event.wid for event in events])


class Office:
    """A queue of launches in the running loop, and the diary of what was launched."""

    def __init__(self, clock):
        self.clock = clock
        self.diary = []
        self.launches = Launches(asyncio.get_running_loop())

    def owner(self, name, *wids, **how):
        owner = Owner(name, self, **how)
        for wid in wids:
            self.launches.put(owner, wid)
        return owner

    async def turn(self):
        """Let the loop run what is ready now, once."""
        await asyncio.sleep(0)


@pytest.fixture
def play(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(launches, "time", clock)

    def run(scene):
        async def go():
            await scene(Office(clock))

        asyncio.run(go())

    return run


def test_nothing_is_launched_before_the_loop_has_its_turn(play):
    async def scene(office):
        office.owner("web", 1)
        assert office.diary == []
        await office.turn()
        assert office.diary == [("web", 1)]

    play(scene)


def test_watchers_take_turns(play):
    async def scene(office):
        office.owner("many", 1, 2, 3)
        office.owner("few", 1)
        await office.turn()
        assert office.diary == [("many", 1), ("few", 1), ("many", 2), ("many", 3)]

    play(scene)


def test_the_loop_has_its_turn_between_two_turns_of_launches(play):
    async def scene(office):
        office.owner("many", *range(1, 12))
        asyncio.get_running_loop().call_soon(office.diary.append, "the loop")
        await office.turn()
        await office.turn()
        assert [office.diary.index("the loop"), len(office.diary)] == [5, 11]
        await office.turn()
        assert len(office.diary) == 12

    play(scene)


def test_a_slow_launch_ends_the_turn_in_the_middle_of_a_round(play):
    async def scene(office):
        slow, next_ = office.owner("slow", 1, 2, cost=1.0), office.owner("next", 1)
        await office.turn()
        assert (slow.told, next_.told) == ([[1]], [])
        await office.turn()
        assert office.diary == [("slow", 1), ("next", 1), ("slow", 2)]

    play(scene)


def test_what_was_launched_in_a_turn_is_told_as_one_batch(play):
    async def scene(office):
        web = office.owner("web", 1, 2, 3)
        await office.turn()
        assert web.told == [[1, 2, 3]]

    play(scene)


def test_a_launch_that_is_called_off_in_time_is_not_tried(play):
    async def scene(office):
        web = office.owner("web", 1, 2)
        assert office.launches.take_back(web, 2)
        await office.turn()
        assert web.told == [[1]]

    play(scene)


def test_a_launch_that_was_tried_cannot_be_called_off(play):
    async def scene(office):
        web = office.owner("web", 1)
        await office.turn()
        assert not office.launches.take_back(web, 1)
        assert not office.launches.take_back(Owner("stranger", office), 1)

    play(scene)


def test_the_launches_of_a_watcher_that_leaves_are_forgotten(play):
    async def scene(office):
        web, other = office.owner("web", 1), office.owner("other", 1)
        office.launches.drop(web)
        office.launches.drop(web)
        await office.turn()
        assert (web.told, other.told) == ([], [[1]])

    play(scene)
