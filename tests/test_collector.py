from __future__ import annotations

import asyncio
import gc

import pytest

from circus.collector import Collector


@pytest.fixture
def told(caplog):
    """Return a function: what is logged when an act is done while a collector is watched."""
    caplog.set_level("INFO", "circus")

    def logged(act):
        async def run():
            collector = Collector(asyncio.get_running_loop())
            try:
                act()
                await asyncio.sleep(0)
            finally:
                collector.close()

        asyncio.run(run())
        return caplog.messages

    return logged


def test_a_collection_of_everything_is_told_with_what_it_freed(told):
    def litter():
        gc.collect()
        ring = []
        ring.append(ring)
        del ring
        gc.collect()

    lines = told(litter)
    assert len(lines) >= 2
    assert all(line.startswith("garbage collector: generation 2 took ") for line in lines)
    assert lines[-1].endswith(", could not free 0")
    assert "freed 0" not in lines[-1]


def test_small_collections_are_not_told(told):
    assert told(lambda: gc.collect(0)) == []


def test_what_cannot_be_freed_is_named(told, monkeypatch):
    monkeypatch.setattr(gc, "garbage", [object(), [], []])

    def leak():
        for one in gc.callbacks:
            one("start", {"generation": 0})
            one("stop", {"generation": 0, "collected": 1, "uncollectable": 3})

    first, second = told(leak)
    assert first.endswith("freed 1, could not free 3")
    assert second == "garbage that cannot be freed: 2 list, 1 object"


def test_nothing_is_left_behind():
    before = list(gc.callbacks)
    loop = asyncio.new_event_loop()
    collector = Collector(loop)
    loop.close()
    gc.collect()  # of a loop that is closed nobody is told
    collector.close()
    collector.close()
    assert gc.callbacks == before
