from __future__ import annotations

import asyncio
import json

import pytest
import tornado.ioloop
import zmq

from circus.aclient import AsyncCircusClient
from circus.endpoint import Mailbox
from circus.exc import CallError
from circus.wire.frames import cast_message
from tests.helpers.desk import PATIENCE, desk
from tests.helpers.fleet import FakeFleet, FakeWatcher


@pytest.fixture
def endpoint(tmp_path):
    return f"ipc://{tmp_path}/ctl"


def scene(endpoint, play, **options):
    """Run a coroutine function with (fleet, client) beside a controller."""

    async def run():
        fleet = FakeFleet(FakeWatcher("web", 1))
        with desk(fleet, endpoint):
            client = AsyncCircusClient(endpoint=endpoint, timeout=PATIENCE, **options)
            try:
                return await play(fleet, client)
            finally:
                client.stop()

    return asyncio.run(run())


def test_a_question_is_answered(endpoint):
    answer = scene(endpoint, lambda _, client: client.send_message("list"))
    assert answer["watchers"] == ["web"]


def test_concurrent_questions_each_get_their_own_answer(endpoint):
    async def play(fleet, client):
        fleet.hold = True
        slow = asyncio.ensure_future(client.send_message("incr", name="web", waiting=True))
        names = [client.send_message("list", name=f"x{n}") for n in range(50)]
        reasons = [answer["reason"] for answer in await asyncio.gather(*names)]
        assert reasons == [f"program x{n} not found" for n in range(50)]
        assert not slow.done()
        fleet.held["incr"].set_result(7)
        return (await slow)["numprocesses"]

    assert scene(endpoint, play) == 7


def test_a_cast_is_sent_and_not_waited_for(endpoint):
    async def play(fleet, client):
        assert await client.call(cast_message("incr", name="web")) is None
        await client.send_message("numwatchers")
        return fleet.asked

    assert scene(endpoint, play) == [("incr", "web", 1)]


def test_no_answer_in_time_is_told(endpoint):
    async def run():
        client = AsyncCircusClient(endpoint=endpoint, timeout=0.02)
        with pytest.raises(CallError, match=r"^Timed out\.$"):
            await client.send_message("list")
        client.stop()

    asyncio.run(run())


def test_an_answer_that_comes_too_late_goes_to_nobody(endpoint):
    async def run():
        context = zmq.Context()
        router = context.socket(zmq.ROUTER)
        router.bind(endpoint)
        asked = asyncio.Queue()
        mailbox = Mailbox(router, asyncio.get_running_loop(), asked.put_nowait)
        client = AsyncCircusClient(endpoint=endpoint, timeout=PATIENCE)
        first = asyncio.ensure_future(client.send_message("list"))
        who, late = await asked.get()
        first.cancel()
        second = asyncio.ensure_future(client.send_message("list"))
        _, raw = await asked.get()
        for question in (late, raw):
            mailbox.send((who, question))
        assert (await second)["id"] == json.loads(raw)["id"]
        client.stop()
        mailbox.close(0)
        context.term()

    asyncio.run(run())


def test_stopping_fails_what_is_open(endpoint):
    async def play(fleet, client):
        fleet.hold = True
        call = asyncio.ensure_future(client.send_message("incr", name="web", waiting=True))
        while "incr" not in fleet.held:
            await client.send_message("numwatchers")
        client.stop()
        for doomed in (call, client.send_message("list")):
            with pytest.raises(CallError, match="the client is stopped"):
                await doomed

    scene(endpoint, play)


def test_one_client_may_serve_one_loop_after_another(endpoint):
    context = zmq.Context()
    client = AsyncCircusClient(context, endpoint, timeout=PATIENCE)

    async def run():
        with desk(FakeFleet(), endpoint):
            return (await client.send_message("numwatchers"))["numwatchers"]

    assert [asyncio.run(run()), asyncio.run(run())] == [0, 0]
    client.stop()
    context.term()


def test_it_works_in_tornado_s_loop(endpoint):
    async def run():
        with desk(FakeFleet(), endpoint):
            client = AsyncCircusClient(endpoint=endpoint, timeout=PATIENCE)
            answer = await client.send_message("numwatchers")
            client.stop()
            return answer["numwatchers"]

    loop = tornado.ioloop.IOLoop(make_current=False)
    try:
        assert loop.run_sync(run) == 0
    finally:
        loop.close()
