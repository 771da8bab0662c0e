from __future__ import annotations

import pytest
import zmq

from circus.consumer import CircusConsumer
from circus.exc import CallError


@pytest.fixture
def context():
    context = zmq.Context()
    yield context
    context.destroy(0)


@pytest.fixture
def endpoint(tmp_path):
    return f"ipc://{tmp_path}/pub"


def test_what_was_asked_for_is_heard_and_nothing_else(context, endpoint):
    source = context.socket(zmq.XPUB)
    source.bind(endpoint)
    with CircusConsumer(["watcher.web", b"watcher.x"], endpoint=endpoint, timeout=0.01) as consumer:
        assert {source.recv(), source.recv()} == {b"\x01watcher.web", b"\x01watcher.x"}
        for topic in (b"watcher.web.start", b"watcher.other.start", b"watcher.x.stop"):
            source.send_multipart([topic, b"{}"])
        events = iter(consumer)
        assert next(events) == (b"watcher.web.start", b"{}")
        assert next(events) == (b"watcher.x.stop", b"{}")
    assert consumer.pubsub_socket.closed
    assert list(events) == []
    source.close(0)


def test_a_context_that_was_given_is_left_open(context, endpoint):
    CircusConsumer([""], context=context, endpoint=endpoint).stop()
    assert not context.closed


def test_an_own_context_is_closed(endpoint):
    consumer = CircusConsumer([""], endpoint=endpoint)
    consumer.stop()
    assert consumer.context.closed


def test_an_endpoint_that_makes_no_sense_is_told():
    with pytest.raises(CallError, match="cannot connect to nonsense"):
        CircusConsumer([""], endpoint="nonsense")
