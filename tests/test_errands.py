from __future__ import annotations

import asyncio
import threading

from circus import errands as module
from circus.callout import Outcome
from circus.errands import Errands
from tests.helpers.launching import PATIENCE


class Job:
    """An errand, and what was heard of it."""

    def __init__(self, name="job", work=lambda: True):
        self.name = name
        self._do = work
        self.heard = []
        self.over = asyncio.get_running_loop().create_future()
        self.thread = None

    def work(self):
        self.thread = threading.current_thread()
        return self._do()

    def begin(self):
        self.heard.append("begin")

    def end(self, outcome):
        self.heard.append(outcome)
        self.over.set_result(outcome)

    def stuck(self):
        self.heard.append("stuck")


class Gate:
    """What a job waits at until it may go on."""

    def __init__(self):
        self.go, self.reached = threading.Event(), threading.Event()

    def __call__(self):
        self.reached.set()
        return self.go.wait(PATIENCE)


def play(scene):
    """Run a scene, an async function of Errands and of a gate, and hold that no thread is left."""

    async def run():
        errands, gate = Errands("the kitchen"), Gate()
        try:
            await asyncio.wait_for(scene(errands, gate), PATIENCE)
        finally:
            gate.go.set()
            errands.close()
        for thread in threading.enumerate():
            if thread.name.startswith("the kitchen"):
                thread.join(PATIENCE)
                assert not thread.is_alive()

    asyncio.run(run())


def test_errands_are_done_in_order_on_one_daemon_thread():
    async def scene(errands, _):
        order = []
        jobs = [Job(work=lambda n=n: order.append(n)) for n in range(5)]
        for job in jobs:
            errands.put(job)
        for job in jobs:
            assert await job.over == Outcome(None)
        assert order == [0, 1, 2, 3, 4]
        (thread,) = {job.thread for job in jobs}
        assert (thread.name, thread.daemon) == ("the kitchen", True)

    play(scene)


def test_one_is_begun_when_the_one_before_it_is_over():
    async def scene(errands, gate):
        first, second = Job(work=gate), Job()
        errands.put(first)
        errands.put(second)
        assert (first.heard, second.heard) == (["begin"], [])
        gate.go.set()
        await second.over
        assert second.heard == ["begin", Outcome(True)]

    play(scene)


def test_one_that_is_dropped_goes_on_in_its_thread_and_the_next_gets_another():
    async def scene(errands, gate):
        stuck, next_one = Job(work=gate), Job()
        errands.put(stuck)
        errands.put(next_one)
        await asyncio.to_thread(gate.reached.wait, PATIENCE)
        assert errands.drop(stuck) == "the kitchen"
        await next_one.over
        assert next_one.thread.name == "the kitchen 2"
        gate.go.set()
        stuck.thread.join(PATIENCE)
        await asyncio.sleep(0)
        assert stuck.heard == ["begin"]

    play(scene)


def test_one_that_waits_is_never_called_once_it_is_dropped():
    async def scene(errands, gate):
        first, second, third = Job(work=gate), Job(), Job()
        for job in (first, second, third):
            errands.put(job)
        assert errands.drop(second) is None
        gate.go.set()
        await third.over
        assert (second.heard, second.thread) == ([], None)

    play(scene)


def test_the_one_that_another_waited_for_in_vain_is_stuck():
    async def scene(errands, gate):
        holder, waiting = Job(work=gate), Job()
        errands.put(holder)
        errands.put(waiting)
        errands.drop(waiting)
        assert holder.heard == ["begin", "stuck"]

    play(scene)


def test_one_that_was_begun_later_than_the_other_was_put_is_not_stuck():
    async def scene(errands, gate):
        first, holder, waiting = Job(), Job(work=gate), Job()
        for job in (first, holder, waiting):
            errands.put(job)
        await first.over
        errands.drop(waiting)
        assert holder.heard == ["begin"]

    play(scene)


def test_dropping_one_that_is_over_does_nothing():
    async def scene(errands, _):
        job = Job()
        errands.put(job)
        await job.over
        assert errands.drop(job) is None

    play(scene)


def test_when_too_many_threads_are_lost_nothing_more_is_begun_until_one_is_back(monkeypatch):
    monkeypatch.setattr(module, "MOST_LOST", 2)

    async def scene(errands, gate):
        stuck = [Job(work=gate) for _ in range(2)]
        for job in stuck:
            gate.reached.clear()
            errands.put(job)
            await asyncio.to_thread(gate.reached.wait, PATIENCE)
            errands.drop(job)
        refused = Job()
        errands.put(refused)
        reason = "2 threads of hooks that did not answer are busy still"
        assert str((await refused.over).error) == f"cannot call it: {reason}"
        assert refused.thread is None
        gate.go.set()
        for job in stuck:
            job.thread.join(PATIENCE)
        served = Job()
        errands.put(served)
        assert await served.over == Outcome(True)

    play(scene)


def test_after_the_close_nothing_is_begun_and_nobody_hears_of_what_was():
    async def scene(errands, gate):
        begun, waiting = Job(work=gate), Job()
        errands.put(begun)
        errands.put(waiting)
        await asyncio.to_thread(gate.reached.wait, PATIENCE)
        errands.close()
        errands.close()
        gate.go.set()
        begun.thread.join(PATIENCE)
        await asyncio.sleep(0)
        assert (begun.heard, waiting.heard) == (["begin"], [])

    play(scene)


def test_a_coroutine_that_comes_back_too_late_is_closed():
    async def scene(errands, gate):
        async def answer():
            return True

        job = Job(work=lambda: gate() and answer())
        errands.put(job)
        await asyncio.to_thread(gate.reached.wait, PATIENCE)
        errands.drop(job)
        gate.go.set()
        job.thread.join(PATIENCE)
        await asyncio.sleep(0)
        assert job.heard == ["begin"]

    play(scene)
