from __future__ import annotations

import asyncio
import gc

import pytest
from tornado.ioloop import IOLoop

from circus.exc import CircusError
from circus.loop import Tasks, asyncio_loop, quiet


def test_the_asyncio_loop_of_a_tornado_loop_is_found():
    loop = IOLoop(make_current=False)
    try:
        assert asyncio_loop(loop) is loop.asyncio_loop
    finally:
        loop.close(all_fds=True)


def test_an_asyncio_loop_is_its_own():
    async def scene():
        loop = asyncio.get_running_loop()
        assert asyncio_loop(loop) is loop

    asyncio.run(scene())


@pytest.mark.parametrize(("wrap", "complaints"), [(quiet, 0), (lambda future: future, 1)])
def test_a_quiet_future_may_fail_unseen(wrap, complaints):
    heard = []

    async def scene():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: heard.append(context))
        wrap(loop.create_future()).set_exception(ValueError("nobody looks"))
        await asyncio.wait([loop.create_task(asyncio.sleep(0))])
        gc.collect()

    asyncio.run(scene())
    assert len(heard) == complaints


def test_a_quiet_future_still_raises_where_it_is_awaited():
    async def scene():
        future = quiet(asyncio.get_running_loop().create_future())
        future.set_exception(ValueError("somebody looks"))
        with pytest.raises(ValueError, match="somebody looks"):
            await future

    asyncio.run(scene())


def test_a_quiet_future_may_be_cancelled():
    async def scene():
        future = quiet(asyncio.get_running_loop().create_future())
        future.cancel()
        with pytest.raises(asyncio.CancelledError):
            await future

    asyncio.run(scene())


def test_a_task_that_crashes_is_logged_by_its_name(caplog):
    async def crash():
        raise ValueError("oh no")

    async def scene():
        task = Tasks(asyncio.get_running_loop()).start("the accountant", crash())
        await asyncio.wait([task])

    asyncio.run(scene())
    (record,) = caplog.records
    assert "'the accountant' crashed" in record.getMessage()
    assert "oh no" in str(record.exc_info[1])


def test_a_task_that_ends_with_a_refusal_is_logged_in_one_line(caplog):
    async def refuse():
        raise CircusError("not today")

    async def scene():
        await asyncio.wait([Tasks(asyncio.get_running_loop()).start("the accountant", refuse())])

    asyncio.run(scene())
    (record,) = caplog.records
    assert (record.getMessage(), record.exc_info) == ("the accountant: not today", None)


def test_a_task_can_be_awaited_for_its_result(caplog):
    async def work():
        return 42

    async def scene():
        assert await Tasks(asyncio.get_running_loop()).start("work", work()) == 42

    asyncio.run(scene())
    assert not caplog.records


def test_tasks_that_still_run_are_cancelled_quietly_at_the_end(caplog):
    async def scene():
        tasks = Tasks(asyncio.get_running_loop())
        task = tasks.start("for ever", asyncio.Event().wait())
        tasks.close()
        await asyncio.wait([task])
        assert task.cancelled()

    asyncio.run(scene())
    assert not caplog.records
