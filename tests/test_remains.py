from __future__ import annotations

import asyncio
import os
import signal

from circus import remains as module
from circus.core.messages import Exited, FamilyGone
from circus.remains import Remains
from tests.helpers.endings import Owner, launch
from tests.helpers.floor import play, until_zombie
from tests.helpers.launching import python


def test_what_a_child_leaves_in_its_session_is_found_and_its_end_is_told():
    async def scene(floor):
        owner = Owner()
        told, tell = os.pipe()
        pid = launch(floor, "sleep 600 >&- & echo $!", owner, stdout=tell)
        os.close(tell)
        assert await owner.until() == [Exited(pid, 0, left=True)]
        with os.fdopen(told) as pipe:
            left = int(pipe.readline())
        assert floor.crew.kin.members([pid]) == {pid: [left]}
        os.kill(left, signal.SIGKILL)
        assert (await owner.until(2))[1] == FamilyGone(pid)

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
        pid = launch(floor, python(OTHER_GROUP, stdout=tell), owner)
        os.close(tell)
        with os.fdopen(told) as pipe:
            left = int(pipe.readline())
            owner.asked.add(pid)
            floor.crew.children.signal(pid, signal.SIGKILL)
            assert await owner.until() == [Exited(pid, -9, left=True)]
            os.kill(left, signal.SIGKILL)
            assert (await owner.until(2))[1] == FamilyGone(pid)

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


class Kin:
    """Families that have no descriptor to wait on; looks are counted, signals noted."""

    def __init__(self):
        self.left = {}
        self.looks, self.sent, self.emptied, self.forgotten = [], [], [], []
        self.refusal = None
        self.looked = asyncio.Event()

    def fileno(self, pid):
        return None

    def answers(self, pid):
        return True

    def members(self, pids):
        self.looks.append(sorted(pids))
        self.looked.set()
        return {pid: self.left.get(pid, []) for pid in pids}

    def signal(self, pid, pids, signum):
        self.sent.append((pid, [*pids], signum))
        return len(pids)

    def watch(self, pid):
        if self.refusal:
            raise self.refusal
        return bool(self.left.get(pid))

    def gone(self):
        emptied, self.emptied = self.emptied, []
        return emptied

    def forget(self, pid):
        self.forgotten.append(pid)


def remains_of(kin):
    made = Remains(asyncio.get_running_loop(), kin)
    made.pace(0.001)
    return made


def test_what_the_kernel_cannot_tell_is_looked_for_from_time_to_time():
    async def scene():
        kin, owner = Kin(), Owner()
        kin.left[100] = [101]
        remains = remains_of(kin)
        assert remains.crashed(owner, 100)
        kin.emptied.append(100)
        assert await owner.until() == [FamilyGone(100)]
        remains.stop()

    asyncio.run(scene())


def test_in_a_storm_of_exits_the_passes_over_the_process_table_rest_in_between(monkeypatch):
    class Clock:
        now = 0.0

        def monotonic(self):
            self.now += 0.001  # a look takes a millisecond
            return self.now

    monkeypatch.setattr(module, "time", Clock())

    async def scene():
        kin, owner = Kin(), Owner()
        remains = remains_of(kin)
        for pid in (100, 200, 201):
            remains.obeyed([(owner, pid, -15)])
        assert (kin.looks, owner.events()) == ([[100]], [Exited(100, -15)])
        await owner.until(3)
        assert kin.looks == [[100], [200, 201]]
        remains.stop()

    asyncio.run(scene())


def test_one_look_serves_all_that_are_signalled_in_a_turn():
    async def scene():
        kin = Kin()
        kin.left = {100: [101], 200: [201, 202]}
        remains = remains_of(kin)
        for pid in (100, 200):
            remains.signal(pid, 9)
        assert kin.looks == []
        await kin.looked.wait()
        assert kin.looks == [[100, 200]]
        assert kin.sent == [(100, [101], 9), (200, [201, 202], 9)]
        remains.stop()

    asyncio.run(scene())


def test_what_is_found_and_signalled_at_once_is_not_looked_for_again():
    class Stern(Owner):
        def feed(self, *events):
            super().feed(*events)
            for event in events:
                if event.left:
                    remains.signal(event.pid, 15)

    async def scene():
        nonlocal remains
        kin = Kin()
        kin.left = {100: [101], 200: [201], 300: []}
        remains = remains_of(kin)
        remains.obeyed([(Stern(), pid, 0) for pid in kin.left])
        assert kin.looks == [[100, 200, 300]]
        assert kin.sent == [(100, [101], 15), (200, [201], 15)]
        assert kin.forgotten == [300]
        remains.stop()

    remains = None
    asyncio.run(scene())


def test_a_family_of_which_nobody_is_found_when_it_is_signalled_is_gone():
    async def scene():
        kin, owner = Kin(), Owner()
        kin.left[100] = [101]
        remains = remains_of(kin)
        remains.crashed(owner, 100)
        kin.left[100] = []
        remains.signal(100, 9)
        assert await owner.until() == [FamilyGone(100)]
        assert kin.forgotten == [100]
        remains.stop()

    asyncio.run(scene())


def test_the_family_of_a_process_that_runs_is_not_gone_because_nobody_was_found():
    async def scene():
        kin = Kin()
        remains = remains_of(kin)
        remains.signal(100, 9)
        await kin.looked.wait()
        assert (kin.sent, kin.forgotten) == ([(100, [], 9)], [])
        remains.stop()

    asyncio.run(scene())


def test_a_family_that_cannot_be_watched_is_told_as_gone_and_the_log_says_why(caplog):
    async def scene():
        kin, owner = Kin(), Owner()
        kin.left[100] = [101]
        kin.refusal = OSError(24, "Too many open files")
        remains = remains_of(kin)
        assert not remains.crashed(owner, 100)
        assert kin.forgotten == [100]

    asyncio.run(scene())
    assert "cannot watch what process 100 left: [Errno 24]" in caplog.text


def test_after_stop_nobody_is_looked_at():
    async def scene():
        kin = Kin()
        remains = remains_of(kin)
        remains.stop()
        remains.signal(100, 9)
        remains.obeyed([(Owner(), 200, 0)])
        await asyncio.sleep(0)
        assert kin.looks == []

    asyncio.run(scene())
