from __future__ import annotations

import json

import pytest
import zmq

from circus.publisher import Publisher

PATIENCE = 10_000
"""Milliseconds after which a test gives up waiting for what must come."""


@pytest.fixture
def context():
    context = zmq.Context()
    yield context
    context.destroy(0)


@pytest.fixture
def publisher(context, tmp_path):
    publisher = Publisher(f"ipc://{tmp_path}/pub", context)
    publisher.bind()
    yield publisher
    publisher.close()


@pytest.fixture
def listener(context, publisher):
    """A subscriber to everything, whose subscription has arrived."""
    listener = context.socket(zmq.SUB)
    listener.rcvhwm = 0  # what a full listener has not taken when the other end closes, ZMQ drops
    listener.connect(publisher.endpoint)
    listener.subscribe(b"")
    while not listener.poll(10):
        publisher.publish(b"hello", b"")
    publisher.publish(b"now", b"")
    while listener.recv_multipart() != [b"now", b""]:
        pass
    yield listener
    listener.close(0)


def heard(listener):
    assert listener.poll(PATIENCE)
    topic, payload = listener.recv_multipart()
    return topic, json.loads(payload)


def test_an_event_is_heard_with_its_time_and_its_number(publisher, listener):
    publisher.announce("My Web", "spawn", {"process_pid": 5}, when=2.5)
    publisher.announce("My Web", "start", {})
    topic, payload = heard(listener)
    assert topic == b"watcher.my_web.spawn"
    assert payload == {"process_pid": 5, "time": 2.5, "watcher": "My Web", "seq": 1}
    topic, payload = heard(listener)
    assert (topic, payload["seq"]) == (b"watcher.my_web.start", 2)
    assert payload["time"] > 1e9


def test_events_published_before_the_close_are_delivered(publisher, listener):
    for _ in range(1000):
        publisher.announce("web", "start", {})
    publisher.close()
    assert [heard(listener)[1]["seq"] for _ in range(1000)] == list(range(1, 1001))


def test_a_publisher_that_is_not_bound_is_silent_and_counts_nothing(context, tmp_path):
    for endpoint in (None, f"ipc://{tmp_path}/pub"):
        publisher = Publisher(endpoint, context)
        publisher.announce("web", "start", {})
        publisher.publish(b"topic", b"payload")
        assert (publisher.seq, publisher.socket) == (0, None)
        publisher.close()


def test_without_an_endpoint_nothing_is_bound(context):
    publisher = Publisher(None, context)
    publisher.bind()
    assert publisher.socket is None


def test_a_listener_that_never_reads_delays_nobody(context, publisher):
    deaf = context.socket(zmq.SUB)
    deaf.rcvhwm = 1
    deaf.connect(publisher.endpoint)
    deaf.subscribe(b"")
    for _ in range(30_000):
        publisher.publish(b"topic", b"x" * 100)
    deaf.close(0)


def test_two_publishers_cannot_have_one_endpoint(context, publisher):
    second = Publisher(publisher.endpoint, context)
    with pytest.raises(OSError, match=f"cannot bind {publisher.endpoint}: another daemon"):
        second.bind()
    publisher.close()
    second.bind()
    second.close()
