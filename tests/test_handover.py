from __future__ import annotations

import asyncio
import concurrent.futures
import threading

import pytest

from circus.arbiter import Arbiter
from circus.handover import ARBITER_VERBS, WATCHER_VERBS, away, do_there, hand_over
from circus.watcher import Watcher
from tests.helpers.launching import PATIENCE


class Resident:
    """Something that lives in a loop."""

    def __init__(self, home=None):
        self.home = home
        self.threads = []

    def deed(self, value):
        """Do it."""
        self.threads.append(threading.current_thread())
        if isinstance(value, Exception):
            raise value
        return value

    def verb(self, value):
        future = self.home.create_future()
        self.home.call_soon(lambda: future.set_result(self.deed(value)))
        return future

    def late_verb(self, value):
        return self.deed(value)


hand_over(Resident, "verb late_verb", "deed")


def from_a_thread(work, *args):
    """Call something in another thread; return its outcome in the loop of the caller."""
    return asyncio.wait_for(asyncio.to_thread(work, *args), PATIENCE)


def test_a_deed_is_done_in_the_loops_thread_and_has_its_result():
    async def scene():
        one = Resident(asyncio.get_running_loop())
        assert await from_a_thread(one.deed, 7) == 7
        assert one.deed(8) == 8
        assert {*one.threads} == {threading.main_thread()}
        with pytest.raises(ValueError, match="tea"):
            await from_a_thread(one.deed, ValueError("tea"))

    asyncio.run(scene())


def test_a_verb_returns_at_once_a_future_of_what_it_holds():
    async def scene():
        one = Resident(asyncio.get_running_loop())
        future = await from_a_thread(one.verb, 7)
        assert isinstance(future, concurrent.futures.Future)
        assert await asyncio.wrap_future(future) == 7
        assert await one.verb(8) == 8
        future = await from_a_thread(one.late_verb, 9)
        assert await asyncio.wrap_future(future) == 9
        assert {*one.threads} == {threading.main_thread()}

    asyncio.run(scene())


def test_without_a_loop_that_runs_everything_is_done_on_the_spot():
    loop = asyncio.new_event_loop()
    try:
        assert not away(None)
        assert not away(loop)
        assert (Resident().deed(7), Resident(loop).late_verb(8)) == (7, 8)
        assert do_there(loop, divmod, 7, 2) == (3, 1)
    finally:
        loop.close()


def test_another_loop_is_elsewhere():
    async def scene():
        here = asyncio.get_running_loop()
        assert not away(here)

        async def there():
            return away(here)

        assert await from_a_thread(asyncio.run, there())

    asyncio.run(scene())


def test_a_method_keeps_its_name_and_its_prose():
    assert Resident.deed.__doc__ == "Do it."
    assert Watcher.stop.__name__ == "stop"


@pytest.mark.parametrize(("cls", "names"), [(Watcher, WATCHER_VERBS), (Arbiter, ARBITER_VERBS)])
def test_the_verbs_of_watchers_and_arbiters_are_handed_over(cls, names):
    assert all(hasattr(getattr(cls, name), "__wrapped__") for name in names.split())
