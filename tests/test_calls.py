from __future__ import annotations

import asyncio
import threading

from circus import calls as module
from tests.helpers.hooks import Desk, failure, play, returns
from tests.helpers.launching import PATIENCE


def test_a_hook_that_blocks_delays_no_other_watcher_and_not_the_loop():
    go = threading.Event()

    async def scene():
        slow = Desk(before_start=lambda **_: go.wait(PATIENCE))
        quick = Desk(before_start=returns(True))
        waiting = asyncio.ensure_future(slow.ask("before_start"))
        assert await quick.ask("before_start")
        assert not waiting.done()
        go.set()
        assert await waiting
        slow.hooks.close()
        quick.hooks.close()

    play(scene)


def test_a_hook_that_overruns_its_limit_is_abandoned_with_its_thread(caplog):
    go, threads = threading.Event(), []

    def stuck(**_):
        threads.append(threading.current_thread())
        return go.wait(PATIENCE)

    def quick(**_):
        threads.append(threading.current_thread())
        return True

    async def scene():
        desk = Desk(before_start=stuck, after_start=quick)
        assert not await desk.ask("before_start", limit=0.01)
        assert desk.owner.heard == [failure("before_start", "no answer in 0.01 s", abandoned=True)]
        assert "no answer in 0.01 s; it goes on in thread 'hooks of web'" in caplog.text
        assert await desk.ask("after_start")
        assert threads[0] is not threads[1]
        go.set()
        desk.hooks.close()
        for thread in threads:
            thread.join(PATIENCE)
        await asyncio.sleep(0)  # the late answer arrives, and is nobody's any more
        assert len(desk.owner.heard) == 2

    play(scene)


def test_an_async_hook_that_overruns_its_limit_is_cancelled_and_has_failed(caplog):
    ended = []

    async def stuck(**_):
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def scene():
        desk = Desk(before_start=stuck)
        assert not await desk.ask("before_start", limit=0.01)
        await asyncio.sleep(0)
        assert ended == [True]
        assert desk.owner.heard == [failure("before_start", "no answer in 0.01 s", abandoned=True)]

    play(scene)
    assert "it is cancelled" in caplog.text


def test_a_hook_that_is_dropped_has_failed_and_the_one_before_it_is_stuck():
    go = threading.Event()

    async def scene():
        desk = Desk(after_spawn=lambda **_: go.wait(PATIENCE), before_stop=returns(True))
        verdicts = []
        desk.hooks.ask(desk.tasks, "after_spawn", {}, 0.0, verdicts.append)
        waiting = desk.hooks.ask(desk.tasks, "before_stop", {}, 0.0, verdicts.append)
        waiting.drop()
        waiting.drop()
        assert [verdict.yes for verdict in verdicts] == [False, True]
        (stuck, dropped) = [fields for _, fields in desk.owner.heard]
        assert (stuck["name"], stuck["abandoned"]) == ("after_spawn", True)
        assert (dropped["name"], dropped["abandoned"]) == ("before_stop", False)
        assert "those before it did not answer" in dropped["error"]
        go.set()
        assert await desk.ask("before_stop")
        desk.hooks.close()

    play(scene)


def test_an_async_hook_is_cancelled_when_the_watcher_is_gone(caplog):
    ended = []

    async def stuck(**_):
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def scene():
        desk = Desk(before_start=stuck)
        waiting = asyncio.ensure_future(desk.ask("before_start"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        desk.hooks.close()
        assert await waiting
        assert (ended, desk.owner.heard) == ([True], [])

    play(scene)
    assert not caplog.records


def test_who_waits_for_a_hook_goes_on_when_the_watcher_is_gone():
    go = threading.Event()

    async def scene():
        desk = Desk(before_start=lambda **_: go.wait(PATIENCE), after_start=returns(False))
        waiting = [desk.ask("before_start"), desk.ask("after_start")]
        desk.hooks.close()
        assert await asyncio.gather(*waiting) == [True, True]
        assert desk.owner.heard == []
        go.set()

    play(scene)


def test_a_hook_that_answers_in_time_is_heard():
    async def scene():
        desk = Desk(before_start=returns(True))
        assert await desk.ask("before_start", limit=PATIENCE)
        desk.hooks.close()

    play(scene)


def test_without_a_limit_a_warning_comes_from_time_to_time(monkeypatch, caplog):
    go = threading.Event()
    monkeypatch.setattr(module, "PATIENCE", 0.001)

    class Twice:
        """A handler that lets the hook go on when it was warned of twice."""

        level = warnings = 0

        def __call__(self, record):
            self.warnings += "has not answered yet" in record.getMessage()
            if self.warnings == 2:
                go.set()
            return True

    caplog.handler.addFilter(twice := Twice())

    async def scene():
        desk = Desk(before_start=lambda **_: go.wait(PATIENCE))
        assert await desk.ask("before_start")
        desk.hooks.close()

    play(scene)
    assert twice.warnings >= 2


def test_an_answer_after_the_loop_has_ended_hurts_nobody(caplog):
    go, threads = threading.Event(), []

    def late(**_):
        threads.append(threading.current_thread())
        started.set()
        return go.wait(PATIENCE)

    started = threading.Event()

    async def scene():
        desk = Desk(before_start=late)
        desk.hooks.ask(desk.tasks, "before_start", {}, 0.0, lambda _: None)
        desk.hooks.close()
        assert await asyncio.to_thread(started.wait, PATIENCE)

    play(scene)
    go.set()
    threads[0].join(PATIENCE)
    assert not caplog.records
