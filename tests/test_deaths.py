from __future__ import annotations

import asyncio
import os
import signal

import pytest

from circus import deaths as module
from circus.core.messages import Exited, SessionEmptied
from circus.deaths import LOST, Deaths
from circus.output import Channel
from tests.helpers.floor import Talk, play, until_zombie
from tests.helpers.launching import PATIENCE, python, readable, shell


class Owner:
    """A watcher that notes what it hears; each call of feed is one batch."""

    def __init__(self, asked=()):
        self.batches = []
        self.asked = {*asked}
        self._news = asyncio.Event()

    def asked_to_end(self, pid):
        return pid in self.asked

    def feed(self, *events):
        self.batches.append(list(events))
        self._news.set()

    def events(self):
        return [event for batch in self.batches for event in batch]

    async def until(self, count=1):
        while len(self.events()) < count:
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), PATIENCE)
        return self.events()


def launch(floor, text, owner, **more):
    pid = floor.crew.children.spawn(shell(text, **more))
    floor.crew.deaths.own(pid, owner)
    return pid


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


def test_what_a_child_leaves_in_its_session_is_found_and_its_end_is_told():
    async def scene(floor):
        owner = Owner()
        told, tell = os.pipe()
        pid = launch(floor, "sleep 600 >&- & echo $!", owner, stdout=tell)
        os.close(tell)
        assert await owner.until() == [Exited(pid, 0, left=True)]
        with os.fdopen(told) as pipe:
            left = int(pipe.readline())
        assert floor.crew.sessions.members([pid]) == {pid: [left]}
        os.kill(left, signal.SIGKILL)
        assert (await owner.until(2))[1] == SessionEmptied(pid)

    play(scene)


OTHER_GROUP = """
import os, signal
pid = os.fork()
if not pid:
    os.setpgid(0, 0)
    print(os.getpid(), flush=True)
    os.close(1)
signal.pause()
"""


def test_of_a_child_that_was_asked_to_end_even_another_group_of_its_session_is_found():
    async def scene(floor):
        owner = Owner()
        told, tell = os.pipe()
        pid = floor.crew.children.spawn(python(OTHER_GROUP, stdout=tell))
        floor.crew.deaths.own(pid, owner)
        os.close(tell)
        with os.fdopen(told) as pipe:
            left = int(pipe.readline())
            owner.asked.add(pid)
            floor.crew.children.signal(pid, signal.SIGKILL)
            assert await owner.until() == [Exited(pid, -9, left=True)]
            os.kill(left, signal.SIGKILL)
            assert (await owner.until(2))[1] == SessionEmptied(pid)

    play(scene)


def test_a_child_that_was_asked_to_end_and_leaves_nobody_is_told_so():
    async def scene(floor):
        owner = Owner()
        pids = [launch(floor, "exec sleep 600", owner) for _ in range(3)]
        owner.asked.update(pids)
        for pid in pids:
            floor.crew.children.signal(pid, signal.SIGTERM)
        until_zombie(*pids)
        assert {*await owner.until(3)} == {Exited(pid, -15, left=False) for pid in pids}
        assert len(owner.batches) == 1

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


class Host:
    """Children and sessions that have no descriptor to wait on, and whose passes are counted."""

    def __init__(self):
        self.zombies, self.passes, self.emptied, self.left = [], 0, [], {}
        self.refusal = None

    def fileno(self):
        return None

    def ended(self):
        zombies, self.zombies = self.zombies, []
        return zombies

    def reap(self, pid):
        return -15

    def answers(self, sid):
        return True

    def members(self, sids):
        self.passes += 1
        return {sid: self.left.get(sid, []) for sid in sids}

    def watch(self, sid):
        if self.refusal:
            raise self.refusal
        return sid in self.left

    def gone(self):
        emptied, self.emptied = self.emptied, []
        return emptied


def watched(host):
    return Deaths(asyncio.get_running_loop(), host, host, lambda _: None)


def test_what_the_kernel_cannot_tell_is_looked_for_from_time_to_time():
    async def scene():
        host, owner = Host(), Owner()
        host.left[100] = [101]
        deaths = watched(host)
        deaths.own(100, owner)
        deaths.start(0.001)
        host.zombies.append(100)
        assert await owner.until() == [Exited(100, -15, left=True)]
        host.emptied.append(100)
        assert (await owner.until(2))[1] == SessionEmptied(100)
        deaths.stop()

    asyncio.run(scene())


def test_in_a_storm_of_exits_the_passes_over_the_process_table_rest_in_between(monkeypatch):
    class Clock:
        now = 0.0

        def monotonic(self):
            self.now += 0.001  # a look takes a millisecond
            return self.now

    monkeypatch.setattr(module, "time", Clock())

    async def scene():
        host, owner = Host(), Owner(asked={100, 200, 201})
        deaths = watched(host)
        for pid in owner.asked:
            deaths.own(pid, owner)
        host.zombies = [100]
        deaths.collect()
        host.zombies = [200]
        deaths.collect()
        host.zombies = [201]
        deaths.collect()
        assert (host.passes, len(owner.events())) == (1, 1)
        await owner.until(3)
        assert host.passes == 2
        deaths.stop()

    asyncio.run(scene())


def test_a_session_that_cannot_be_watched_is_told_as_empty_and_the_log_says_why(caplog):
    async def scene():
        host, owner = Host(), Owner()
        host.refusal = OSError(24, "Too many open files")
        deaths = watched(host)
        deaths.own(100, owner)
        host.zombies = [100]
        deaths.collect()
        assert owner.events() == [Exited(100, -15, left=False)]

    asyncio.run(scene())
    assert "cannot watch the session of process 100: [Errno 24]" in caplog.text


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
