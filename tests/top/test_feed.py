import asyncio

import pytest

from circus.exc import CallError
from circus.stats.streamer import StatsStreamer
from circus.top.board import Board
from circus.top.feed import NOWHERE, Feed
from tests.helpers import house
from tests.helpers.house import watcher
from tests.helpers.launching import PATIENCE


async def until(wanted):
    """Wait until something is so."""

    async def look():
        while not wanted():  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.001)

    await asyncio.wait_for(look(), PATIENCE)


def test_it_finds_the_daemon_through_the_samples_and_hears_and_asks_it(tmp_path):
    async def scene(at):
        arbiter = await at.up(watcher("web"))
        here = f"ipc://{tmp_path}"
        places = arbiter.endpoint, arbiter.pubsub_endpoint, f"{here}/stats"
        streamer = StatsStreamer(*places, delay=0.01, loop=asyncio.get_running_loop())
        sampling = streamer.start()
        board = Board()
        feed = Feed(board, f"{here}/stats")
        assert (await feed.ask("list"))["reason"] == NOWHERE
        feed.start()
        await until(lambda: "web" in board.lines and board.lines["web"].status == "active")
        changes = []
        feed.changed = lambda: changes.append(board.total)
        # a subscriber is deaf until its wish has arrived: something happens until it hears
        while not board.total:
            await feed.ask("incr", name="web")
            await feed.ask("decr", name="web", waiting=True)
        assert changes
        answer = await feed.ask("incr", name="nobody")
        assert (answer["status"], answer["errno"]) == ("error", 3)
        await feed.stop()
        streamer.stop()
        await asyncio.wait_for(sampling, PATIENCE)

    house.play(tmp_path, scene)


def test_an_endpoint_that_makes_no_sense_is_told():
    with pytest.raises(CallError, match="nonsense"):
        Feed(Board(), "nonsense")
