"""Whatever hooks do, the loop goes on: the hook matrix, and the longest gap that it makes."""

from __future__ import annotations

import asyncio
import sys
import threading

import pytest

from circus.circusd import SWITCH_INTERVAL
from tests.helpers.floor import play
from tests.helpers.hookmatrix import play_row, rows
from tests.proof.conftest import ROUNDS

pytestmark = pytest.mark.proof

TICK = 0.002
"""Seconds between two looks at the clock of the loop."""


async def longest_gap(until):
    """Return the longest time (seconds) between two turns of the loop until something is done."""
    loop = asyncio.get_running_loop()
    last, longest = loop.time(), 0.0
    while not until.done():
        await asyncio.sleep(TICK)
        now = loop.time()
        last, longest = now, max(longest, now - last - TICK)
    return longest


@pytest.fixture
def quick_switches():
    """Let threads take turns as they do in circusd."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("quick_switches")
@pytest.mark.parametrize(("hook", "ends"), rows().items(), ids=rows())
def test_no_manner_of_a_hook_keeps_the_loop_longer_than_50_ms(figure, hook, ends):
    gaps, wrong = [], []

    async def scene(floor):
        go = threading.Event()
        story = asyncio.ensure_future(play_row(floor, hook, ends, go))
        try:
            gaps.append(1000 * await longest_gap(story))
            wrong.extend(await story)
        finally:
            go.set()

    for _ in range(ROUNDS):
        play(scene)
    assert wrong == []
    figure(f"{hook} in all manners: longest gap of the loop", gaps, 50, "ms")
