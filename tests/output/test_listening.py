from __future__ import annotations

import asyncio
import os

import pytest

from circus.output import listening
from circus.output.listening import BATCH, Listening
from tests.helpers.launching import PATIENCE


@pytest.fixture
def ends():
    """Twice as many pipes as are named at a time."""
    made = [os.pipe() for _ in range(2 * BATCH)]
    yield made
    for pair in made:
        for fd in pair:
            os.close(fd)


def play(scene):
    """Run a scene, an async function of a Listening, what it was called with, and when."""

    async def run():
        heard, news = [], asyncio.Event()

        def read(fd):
            heard.append(fd)
            os.read(fd, 1)
            news.set()

        ears = Listening(asyncio.get_running_loop(), read)
        try:
            await scene(ears, heard, news)
        finally:
            ears.close()

    asyncio.run(run())


def test_who_can_be_read_is_told_and_who_cannot_is_not(ends):
    async def scene(ears, heard, news):
        for read, _ in ends:
            ears.add(read)
        os.write(ends[3][1], b"x")
        await asyncio.wait_for(news.wait(), PATIENCE)
        assert heard == [ends[3][0]]

    play(scene)


def test_who_is_removed_is_not_told_any_more(ends):
    async def scene(ears, heard, news):
        for read, write in ends[:2]:
            ears.add(read)
            os.write(write, b"x")
        ears.remove(ends[0][0])
        await asyncio.wait_for(news.wait(), PATIENCE)
        await asyncio.sleep(0)
        assert heard == [ends[1][0]]

    play(scene)


def test_one_turn_reads_no_longer_than_its_time_and_everybody_gets_a_turn(ends, monkeypatch):
    # each look at the clock is a turn later: one chunk a turn
    clock = iter(range(10**6))
    monkeypatch.setattr(listening.time, "monotonic", lambda: next(clock))

    async def scene(ears, heard, news):
        for read, write in ends:
            ears.add(read)
            os.write(write, b"xx")
        ears._turn()
        assert len(heard) == 1
        for _ in range(len(ends) - 1):
            ears._turn()
        assert len({*heard}) == len(ends)

    play(scene)


def test_closing_twice_is_closing_once():
    async def scene(ears, heard, news):
        ears.close()

    play(scene)
