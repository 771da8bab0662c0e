from __future__ import annotations

import asyncio
import os
import threading

import pytest

from circus import callout
from circus.callout import Outcome, awaited, called, text_of

ERRORS = [ValueError("tea"), SystemExit(3), KeyboardInterrupt(), GeneratorExit()]


def returns(value):
    return lambda: value


def raises(error):
    def work():
        raise error

    return work


async def later(work):
    return await awaited(work, lambda _: None)


class Undecided:
    """What is neither true nor false."""

    def __bool__(self):
        raise ValueError("who knows")


@pytest.mark.parametrize(
    ("value", "yes"), [(True, True), (7, True), (False, False), ("", False), (None, None)]
)
def test_what_is_returned_is_taken_for_its_truth(value, yes):
    async def work():
        return value

    assert called(returns(value)) == Outcome(yes)
    assert asyncio.run(later(work)) == Outcome(yes)


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_whatever_is_raised_is_an_outcome(error):
    async def work():
        raise error

    async def work_later():
        await asyncio.sleep(0)
        raise error

    assert called(raises(error)) == Outcome(error=error)
    assert asyncio.run(later(work)).error is error
    assert asyncio.run(later(work_later)).error is error


def test_a_value_that_has_no_truth_is_a_failure():
    assert str(called(Undecided).error) == "who knows"


def test_an_awaitable_is_handed_back_to_be_awaited():
    async def work():
        return True

    outcome = called(work)
    assert (outcome.yes, outcome.error) == (None, None)
    assert asyncio.run(later(lambda: outcome.later)) == Outcome(True)


def test_what_an_awaitable_returns_may_be_awaited_as_well():
    async def inner():
        return False

    async def work():
        return inner()

    assert asyncio.run(later(work)) == Outcome(False)


def test_a_coroutine_that_nobody_awaits_is_closed():
    async def work():
        return True

    called(work).discard()
    called(lambda: True).discard()


def test_a_future_may_be_awaited_like_a_coroutine():
    async def scene():
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_result, 1)
        return await later(lambda: future)

    assert asyncio.run(scene()) == Outcome(True)


def test_a_coroutine_may_catch_what_it_awaits_and_go_on():
    async def work():
        try:
            await asyncio.wait_for(asyncio.Event().wait(), 0.001)
        except asyncio.TimeoutError:
            return True

    assert asyncio.run(later(work)) == Outcome(True)


def test_one_that_is_cancelled_may_clean_up():
    cleaned = []

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(True)

    async def scene():
        task = asyncio.ensure_future(later(work))
        await asyncio.sleep(0)
        task.cancel()
        return await task

    assert isinstance(asyncio.run(scene()).error, asyncio.CancelledError)
    assert cleaned == [True]


def test_a_step_that_keeps_the_loop_is_told(monkeypatch):
    monkeypatch.setattr(callout, "SLOW", 0.01)
    told = []

    async def work():
        await asyncio.sleep(0)
        threading.Event().wait(0.011)
        await asyncio.sleep(0)
        return True

    assert asyncio.run(awaited(work, told.append)) == Outcome(True)
    assert max(told) >= 0.011


@pytest.mark.parametrize(
    ("error", "text"),
    [(ValueError("tea"), "tea"), (KeyError("tea"), "'tea'"), (SystemExit(), "SystemExit")],
)
def test_the_text_of_an_error_is_never_empty(error, text):
    assert text_of(error) == text


def test_an_error_that_cannot_be_told_is_named():
    class Mute(Exception):  # noqa: N818 - says itself
        def __str__(self):
            raise ValueError("hush")

    assert text_of(Mute()) == "Mute"


# --- forks ----------------------------------------------------------------------------------------


def status_of(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def forking(end, pids):
    """Return a function that forks and lets both come back, the child by *end*."""

    def work():
        pid = os.fork()
        if not pid:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            return end()
        pids.append(pid)
        return True

    return work


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (returns(True), 0),
        (raises(ValueError("tea")), 1),
        (raises(SystemExit(3)), 3),
        (raises(SystemExit()), 0),
        (raises(SystemExit("oh no")), 1),
    ],
)
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_that_comes_back_ends_here(end, status):
    pids = []
    work = forking(end, pids)

    async def work_later():
        await asyncio.sleep(0)
        return work()

    assert called(work) == Outcome(True)
    assert asyncio.run(later(work_later)) == Outcome(True)
    thread = threading.Thread(target=called, args=(work,))
    thread.start()
    thread.join()
    assert [status_of(pid) for pid in pids] == [status] * 3
