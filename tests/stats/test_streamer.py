import asyncio
import contextlib
import json
import os

import pytest
import zmq

from circus.endpoint import Mailbox
from circus.exc import CallError
from circus.stats.client import read
from circus.stats.streamer import StatsStreamer
from tests.helpers.house import watcher
from tests.helpers.launching import PATIENCE


class Room:
    """A streamer beside an arbiter in one loop, and what it publishes."""

    def __init__(self, folder, **options):
        here = f"ipc://{folder}"
        self.streamer = StatsStreamer(
            f"{here}/ctl",
            f"{here}/pub",
            f"{here}/stats",
            loop=asyncio.get_running_loop(),
            **options,
        )
        self.task = self.streamer.start()
        self.heard = asyncio.Queue()
        self._mailbox = None

    def listen(self):
        socket = self.streamer.context.socket(zmq.SUB)
        socket.subscribe(b"stat.")
        socket.connect(self.streamer.publisher.stats_endpoint)
        take = lambda frames: self.heard.put_nowait(read(*frames))  # noqa: E731 - one expression
        self._mailbox = Mailbox(socket, asyncio.get_running_loop(), take)

    def deafen(self):
        self._mailbox.close(0)
        self._mailbox = None

    async def until(self, name, wanted):
        """Return the first aggregate of a name that is as wanted."""
        while True:
            said, subtopic, stat = await asyncio.wait_for(self.heard.get(), PATIENCE)
            if said == name and subtopic is None and wanted(stat):
                return stat

    async def settled(self, wanted):
        """Wait until the streamer knows what is wanted."""

        async def look():
            while not wanted(self.streamer):  # noqa: ASYNC110 - nobody tells of it
                await asyncio.sleep(0.001)

        await asyncio.wait_for(look(), PATIENCE)


@contextlib.asynccontextmanager
async def sampling(folder, **options):
    room = Room(folder, **{"delay": 0.01, **options})
    try:
        yield room
    finally:
        if room._mailbox:
            room.deafen()
        room.streamer.stop()
        await asyncio.wait_for(room.task, PATIENCE)


def test_it_follows_the_processes_of_every_watcher(play):
    async def scene(at):
        arbiter = await at.up(watcher("Web One", numprocesses=2), watcher("idle", autostart=False))
        async with sampling(at.folder) as room:
            room.listen()
            web = arbiter.get_watcher("web one")
            await room.until("Web One", lambda stat: stat["pid"] == sorted(web.processes))
            await web.incr()
            await room.until("Web One", lambda stat: len(stat["pid"]) == 3)
            await web.stop()
            await room.settled(lambda streamer: streamer.get_watchers() == [])
            await arbiter.get_watcher("idle").start()
            await room.until("idle", lambda stat: len(stat["pid"]) == 1)

    play(scene)


def test_circusd_and_itself_are_the_group_circus_which_says_where_to_ask(play):
    async def scene(at):
        arbiter = await at.up()
        async with sampling(at.folder) as room:
            room.listen()
            whole = await room.until("circus", lambda stat: stat["pid"])
            assert whole["pid"] == [os.getpid()]  # both live in this process
            assert (whole["endpoint"], whole["pubsub_endpoint"]) == (
                arbiter.endpoint,
                arbiter.pubsub_endpoint,
            )

    play(scene)


def test_nothing_is_read_while_nobody_listens(play):
    async def scene(at):
        await at.up(watcher("web"))
        async with sampling(at.folder) as room:
            await room.settled(lambda streamer: streamer.get_watchers() == ["web"])
            assert room.streamer._timer is None
            room.listen()
            await room.until("web", lambda stat: True)
            room.deafen()
            await room.settled(lambda streamer: streamer._timer is None)

    play(scene)


def test_a_gap_in_the_events_makes_it_ask_anew(play):
    async def scene(at):
        await at.up(watcher("web"))
        async with sampling(at.folder, delay=3600) as room:
            await room.settled(lambda streamer: streamer._listing.done())
            streamer = room.streamer
            event = {"watcher": "web", "process_pid": 999_999_999, "seq": 1000}
            streamer._heard([b"watcher.web.spawn", json.dumps(event).encode()])
            assert streamer._listing.done()  # the first event tells no gap
            assert 999_999_999 in streamer.get_pids("web")
            event["seq"] = 1002
            streamer._heard([b"watcher.web.spawn", json.dumps(event).encode()])
            assert not streamer._listing.done()
            await room.settled(lambda one: 999_999_999 not in one.get_pids("web"))

    play(scene)


def test_a_watcher_that_was_removed_is_forgotten(play):
    async def scene(at):
        arbiter = await at.up(watcher("web"), watcher("other"))
        async with sampling(at.folder) as room:
            room.listen()
            await room.until("web", lambda stat: stat["pid"])
            await arbiter.rm_watcher("web")
            await room.settled(lambda streamer: streamer.get_watchers() == ["other"])
            assert "web" not in room.streamer._callbacks

    play(scene)


def test_a_daemon_that_does_not_answer_is_asked_again(play, caplog):
    async def scene(at):
        async with sampling(at.folder) as room:
            room.streamer.client.timeout = 1
            await room.settled(lambda _: "cannot ask circusd" in caplog.text)
            await at.up(watcher("web"))
            room.streamer.client.timeout = 1000 * PATIENCE
            await room.settled(lambda streamer: streamer.get_watchers() == ["web"])

    play(scene)


def test_an_endpoint_that_makes_no_sense_is_told_and_nothing_is_left(tmp_path):
    with pytest.raises(CallError, match="nonsense"):
        StatsStreamer("nonsense", f"ipc://{tmp_path}/pub", f"ipc://{tmp_path}/stats")
    with zmq.Context() as context, context.socket(zmq.PUB) as socket:
        socket.bind(f"ipc://{tmp_path}/stats")
