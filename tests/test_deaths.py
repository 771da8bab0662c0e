from __future__ import annotations

import asyncio
import os

import pytest

from circus.core.messages import Exited
from circus.deaths import LOST, Deaths
from circus.output import Channel
from tests.helpers.endings import Owner, launch
from tests.helpers.floor import Talk, play, until_zombie
from tests.helpers.launching import readable


def reap_behind_our_back(pid):
    os.waitpid(pid, 0)


@pytest.mark.parametrize(("text", "code"), [("exit 3", 3), ("kill -9 $$", -9), ("exit 0", 0)])
def test_a_child_that_ends_is_reaped_and_told_with_how_it_ended(text, code):
    async def scene(floor):
        owner = Owner()
        pid = launch(floor, text, owner)
        assert await owner.until() == [Exited(pid, code, left=False)]
        assert not floor.crew.children.owns(pid)

    play(scene)


def test_all_that_ended_by_then_are_told_in_one_batch_to_each_owner():
    async def scene(floor):
        one, two = Owner(), Owner()
        ones = [launch(floor, f"exit {code}", one) for code in (1, 2, 3)]
        twos = [launch(floor, "exit 4", two)]
        until_zombie(*ones, *twos)
        await one.until(3)
        assert [len(one.batches), len(two.batches)] == [1, 1]
        assert {(event.pid, event.code) for event in one.events()} == {
            *zip(ones, (1, 2, 3), strict=True)
        }

    play(scene)


def test_the_last_output_is_read_before_the_end_is_told():
    async def scene(floor):
        talk, heard = Talk(), []

        class Listener(Owner):
            def feed(self, *events):
                heard.extend(talk.words())
                super().feed(*events)

        read, write = floor.crew.output.pipe()
        owner = Listener()
        pid = launch(floor, "echo famous last words", owner, stdout=write)
        os.close(write)
        floor.crew.output.add(read, pid, Channel("web", "stdout", talk))
        until_zombie(pid)
        await owner.until()
        assert heard == ["famous", "last", "words"]

    play(scene)


def test_a_child_that_was_disowned_is_reaped_and_nobody_hears_of_it():
    async def scene(floor):
        owner = Owner()
        quiet, told = launch(floor, "exit 1", owner), launch(floor, "exit 2", owner)
        floor.crew.deaths.disown(quiet)
        until_zombie(quiet, told)
        assert await owner.until() == [Exited(told, 2)]
        assert not floor.crew.children.owns(quiet)

    play(scene)


def test_a_child_that_somebody_else_reaped_is_told_with_a_status_nobody_knows(caplog):
    async def scene(floor):
        owner = Owner()
        pid = launch(floor, "exit 3", owner)
        reap_behind_our_back(pid)
        assert await owner.until() == [Exited(pid, LOST)]

    play(scene)
    assert "was reaped by somebody else: its status is lost" in caplog.text


class Children:
    """Children that have no descriptor to wait on."""

    def __init__(self):
        self.zombies = []

    def fileno(self):
        return None

    def ended(self):
        zombies, self.zombies = self.zombies, []
        return zombies

    def reap(self, pid):
        return -15


class Remains:
    """Nobody leaves anything, but it is noted who is asked about."""

    def __init__(self):
        self.heard = []

    def pace(self, seconds):
        self.heard.append(("pace", seconds))

    def stop(self):
        self.heard.append(("stop",))

    def crashed(self, _owner, pid):
        self.heard.append(("crashed", pid))
        return False

    def obeyed(self, ended):
        self.heard += [("obeyed", pid, code) for _, pid, code in ended]

    def disowned(self, pid):
        self.heard.append(("disowned", pid))


def test_what_the_kernel_cannot_tell_is_looked_for_from_time_to_time():
    async def scene():
        children, remains, owner = Children(), Remains(), Owner(asked={200})
        deaths = Deaths(asyncio.get_running_loop(), children, remains, lambda _: None)
        for pid in (100, 200, 300):
            deaths.own(pid, owner)
        deaths.disown(300)
        deaths.start(0.001)
        children.zombies += [100, 200, 300]
        assert await owner.until() == [Exited(100, -15)]
        deaths.stop()
        assert remains.heard == [
            ("pace", 0.001), ("crashed", 100), ("disowned", 300), ("obeyed", 200, -15), ("stop",)
        ]  # fmt: skip

    asyncio.run(scene())


def test_after_stop_nobody_is_reaped():
    async def scene(floor):
        owner = Owner()
        floor.crew.deaths.stop()
        pid = launch(floor, "exit 1", owner)
        assert readable(floor.crew.children.fileno())
        await asyncio.sleep(0)
        assert owner.events() == []
        floor.crew.deaths.collect()
        assert owner.events() == [Exited(pid, 1)]

    play(scene)
