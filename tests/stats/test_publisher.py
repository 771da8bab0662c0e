import asyncio
import json

import pytest
import zmq

from circus.stats.publisher import StatsPublisher
from tests.helpers.launching import PATIENCE


@pytest.fixture
def context():
    context = zmq.Context()
    yield context
    context.destroy(0)


@pytest.fixture
def publisher(context, tmp_path):
    made = StatsPublisher(f"ipc://{tmp_path}/stats", context)
    yield made
    if not made.socket.closed:
        made.stop()


def listener(context, publisher, topic=b"stat."):
    socket = context.socket(zmq.SUB)
    socket.subscribe(topic)
    socket.connect(publisher.stats_endpoint)
    return socket


def test_a_sample_is_published_under_its_name_and_subtopic(context, publisher):
    with listener(context, publisher) as ear:
        assert publisher.socket.recv() == b"\1stat."
        publisher.publish("Web One", {"subtopic": 7, "cpu": 1.5})
        publisher.publish("web", {"cpu": 2.5})
        heard = [ear.recv_multipart() for _ in range(2)]
    assert [topic for topic, _ in heard] == [b"stat.web_one.7", b"stat.web"]
    assert [json.loads(text) for _, text in heard] == [{"subtopic": 7, "cpu": 1.5}, {"cpu": 2.5}]


def test_it_knows_whether_anybody_listens(context, publisher):
    async def scene():
        assert publisher.heard  # nobody can tell yet
        news = asyncio.Queue()
        publisher.watch(asyncio.get_running_loop(), lambda: news.put_nowait(publisher.heard))
        assert not publisher.heard
        ear = listener(context, publisher)
        came = await asyncio.wait_for(news.get(), PATIENCE)
        ear.close(0)
        went = await asyncio.wait_for(news.get(), PATIENCE)
        publisher.stop()
        return came, went

    assert asyncio.run(scene()) == (True, False)


def test_an_endpoint_that_is_taken_is_told(context, publisher):
    with pytest.raises(OSError, match="cannot bind ipc://"):
        StatsPublisher(publisher.stats_endpoint, context)


def test_a_listener_that_never_reads_delays_nobody(context, publisher):
    with listener(context, publisher):
        assert publisher.socket.recv() == b"\1stat."
        for number in range(30_000):
            publisher.publish("web", {"subtopic": number})


def test_an_own_context_is_closed_with_it(tmp_path):
    own = StatsPublisher(f"ipc://{tmp_path}/own")
    own.stop()
    assert own.ctx.closed
