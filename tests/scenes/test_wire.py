"""Whatever is put on the endpoint, the daemon answers where it can and goes on."""

from __future__ import annotations

import contextlib
import json
import socket

import pytest
import zmq

from circus.controller import CUT_OFF
from circus.wire.frames import LIMIT
from tests.helpers.daemon import PATIENCE

WEB = "[watcher:web]\ncmd = sleep 600\nnumprocesses = 2"
SOUND = b'{"command": "numwatchers", "id": "sound"}'


@pytest.fixture
def daemon(circusd):
    daemon = circusd(WEB)
    daemon.log.until("web started")
    before = daemon.pids("web")
    yield daemon
    assert daemon.pids("web") == before
    assert daemon.ctl("status") == "web: active"


@pytest.fixture
def connect():
    context = zmq.Context()
    opened = []

    def connect(endpoint, kind=zmq.DEALER):
        raw = context.socket(kind)
        opened.append(raw)
        raw.linger = 0
        raw.rcvtimeo = int(PATIENCE * 1000)
        raw.connect(endpoint)
        return raw

    yield connect
    for raw in opened:
        raw.close(0)
    context.term()


def answers(raw, *frames):
    """Return what is answered to frames, before the answer to a sound request after them."""
    raw.send_multipart(frames)
    raw.send(SOUND)
    found = []
    while not found or found[-1]["id"] != "sound":
        found.append(json.loads(raw.recv()))
    assert found[-1]["numwatchers"] == 1
    return found[:-1]


@pytest.mark.parametrize(
    ("asked", "errno", "reason"),
    [
        (b"", 1, "json invalid"),
        (b"  \n", 1, "json invalid"),
        (b"\xff\xfe\x00", 1, "json invalid"),
        (b'{"command": "sta', 1, "json invalid"),
        (b"[" * 5000, None, ""),
        (b"[1, 2]", 1, ""),
        (b'"status"', 1, ""),
        (b'{"id": 7}', 3, ""),
        (b'{"command": 5, "id": 7}', 2, ""),
        (b'{"command": "nope", "id": 7}', 2, "unknown command: 'nope'"),
        (b'{"command": "incr", "id": 7}', 3, "message invalid 'name' is missing"),
        (b'{"command": "incr", "properties": null}', 3, ""),
        (b'{"command": "stop", "properties": {"name": ["web"]}}', 3, ""),
        (b'{"command": "status", "properties": {"name": "gone"}}', 3, "program gone not found"),
    ],
)
def test_a_request_that_makes_no_sense_gets_an_error(daemon, connect, asked, errno, reason):
    (answer,) = answers(connect(daemon.endpoint), asked)
    assert answer["status"] == "error"
    assert reason in answer["reason"]
    assert errno is None or answer["errno"] == errno
    assert not answer["tb"]


def test_an_oversized_request_gets_an_error(daemon, connect):
    (answer,) = answers(connect(daemon.endpoint), b'{"command": "%s"}' % (b"x" * LIMIT))
    assert answer["status"] == "error"


def test_who_sends_more_than_is_ever_read_is_cut_off(daemon, connect):
    connect(daemon.endpoint).send(b"x" * (CUT_OFF + 1))
    answers(connect(daemon.endpoint), SOUND)


@pytest.mark.parametrize("frames", [(b"", SOUND), (SOUND, SOUND), (b"a", b"b", b"c", b"d")])
def test_more_than_one_frame_is_ignored_with_a_warning(daemon, connect, frames):
    assert answers(connect(daemon.endpoint), *frames) == []
    daemon.log.until("got unexpected message")


def test_a_req_socket_is_ignored_with_a_warning(daemon, connect):
    connect(daemon.endpoint, zmq.REQ).send(SOUND)
    daemon.log.until("got unexpected message")


def test_a_cast_is_never_answered(daemon, connect):
    assert answers(connect(daemon.endpoint), b'{"command": "nope", "msg_type": "cast"}') == []


@pytest.mark.parametrize(
    "said",
    [b"", b"\xff\0\0\0\0\0\0\0\1\x7f\3", b"GET / HTTP/1.1\r\n\r\n", bytes(range(256)) * 500],
    ids=["nothing", "half a greeting", "another protocol", "noise"],
)
def test_who_does_not_speak_zmq_is_no_trouble(daemon, connect, said):
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(daemon.endpoint.removeprefix("ipc://"))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may be cut off
            stranger.sendall(said)
        answers(connect(daemon.endpoint), SOUND)


def test_a_client_that_leaves_before_its_answer_is_no_trouble(daemon, connect):
    for _ in range(50):
        leaver = connect(daemon.endpoint)
        leaver.send(b'{"command": "restart", "properties": {"name": "none", "waiting": true}}')
        leaver.close(0)
    answers(connect(daemon.endpoint), SOUND)
