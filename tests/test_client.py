from __future__ import annotations

import json
import subprocess
import sys
import threading

import pytest
import zmq

from circus import aclient, client
from circus.client import CircusClient, cast_message, make_json, make_message
from circus.exc import CallError
from tests.helpers.desk import PATIENCE, served
from tests.helpers.fleet import FakeFleet, FakeWatcher


@pytest.fixture
def endpoint(tmp_path):
    return f"ipc://{tmp_path}/ctl"


@pytest.fixture
def asking(endpoint):
    asking = CircusClient(endpoint=endpoint, timeout=PATIENCE)
    yield asking
    asking.stop()


@pytest.fixture
def daemon(endpoint):
    """A ROUTER socket that does what the test says, in a thread."""
    context = zmq.Context()
    router = context.socket(zmq.ROUTER)
    router.bind(endpoint)
    threads = []

    def play(act):
        threads.append(threading.Thread(target=act, args=(router,)))
        threads[-1].start()

    yield play
    for thread in threads:
        thread.join(PATIENCE)
    router.close(0)
    context.term()


def test_a_question_is_answered(asking, endpoint):
    with served(FakeFleet(FakeWatcher("web", 1)), endpoint):
        assert asking.send_message("list")["watchers"] == ["web"]
        assert asking.call(make_message("list", name="WEB"))["pids"] == [1]
        assert asking.call({"command": "nope"})["errno"] == 2


def test_a_cast_is_sent_and_not_waited_for(asking, endpoint):
    fleet = FakeFleet(FakeWatcher("web", 1))
    with served(fleet, endpoint):
        assert asking.call(cast_message("incr", name="web")) is None
        asking.send_message("numwatchers")
        assert fleet.asked == [("incr", "web", 1)]


def test_answers_to_other_questions_are_dropped(asking, daemon):
    def act(router):
        who, asked = router.recv_multipart()
        for name in ("stale", json.loads(asked)["id"]):
            router.send_multipart([who, json.dumps({"id": name}).encode()])

    daemon(act)
    answer = asking.send_message("list")
    assert len(answer["id"]) == 32
    assert int(answer["id"], 16)


def test_an_answer_without_an_id_is_about_a_question_that_could_not_be_read(asking, daemon):
    def act(router):
        who, _ = router.recv_multipart()
        router.send_multipart([who, b'{"id": null, "reason": "json invalid"}'])

    daemon(act)
    assert asking.send_message("list")["reason"] == "json invalid"


@pytest.mark.parametrize("nonsense", [b"", b"[]", b"\xff"])
def test_an_answer_that_is_none_is_told(asking, daemon, nonsense):
    def act(router):
        who, _ = router.recv_multipart()
        router.send_multipart([who, nonsense])

    daemon(act)
    with pytest.raises(CallError, match="cannot read the daemon's answer"):
        asking.send_message("list")


def test_no_answer_in_time_is_told_whatever_else_comes(endpoint, daemon):
    over = threading.Event()

    def act(router):
        who, _ = router.recv_multipart()
        while not over.wait(0.01):
            router.send_multipart([who, b'{"id": "stale"}'])

    daemon(act)
    asking = CircusClient(endpoint=endpoint, timeout=0.05)
    with pytest.raises(CallError, match=r"^Timed out\.$"):
        asking.send_message("list")
    over.set()
    asking.stop()


def test_a_text_is_no_call(asking):
    with pytest.raises(DeprecationWarning, match="takes a mapping"):
        asking.call("list")


def test_a_stopped_client_says_so(asking):
    asking.stop()
    with pytest.raises(CallError):
        asking.send_message("list")
    assert asking.context.closed


def test_a_context_that_was_given_is_left_open(endpoint):
    context = zmq.Context()
    CircusClient(context, endpoint).stop()
    assert not context.closed
    context.term()


def test_an_endpoint_that_makes_no_sense_is_told():
    with pytest.raises(CallError, match="cannot connect to nonsense: Invalid argument"):
        CircusClient(endpoint="nonsense")


def test_messages_are_made_here_too():
    assert json.loads(make_json("incr", nb=2)) == make_message("incr", nb=2)


def test_the_asyncio_client_is_found_here_and_costs_nothing_until_then():
    assert client.AsyncCircusClient is aclient.AsyncCircusClient
    code = "import sys, circus.client; assert not {'asyncio', 'tornado'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_nothing_else_is_found_here():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = client.nothing
