from __future__ import annotations

import signal
import subprocess
import sys

import pytest
import zmq

from tests.helpers.desk import PATIENCE


@pytest.fixture
def source(tmp_path):
    """A daemon's PUB socket, that tells of its subscribers."""
    context = zmq.Context()
    socket = context.socket(zmq.XPUB)
    socket.bind(f"ipc://{tmp_path}/pub")
    yield socket
    context.destroy(0)


def listening(tmp_path, *topics):
    line = ["--endpoint", f"ipc://{tmp_path}/pub", "listen", *topics]
    return subprocess.Popen(
        [sys.executable, "-m", "circus.circusctl", *line],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def subscribed(source, *topics):
    assert source.poll(PATIENCE * 1000)
    assert {source.recv() for _ in topics} == {b"\x01" + topic for topic in topics}


def test_each_event_is_a_line_until_ctrl_c(source, tmp_path):
    with listening(tmp_path) as program:
        subscribed(source, b"")
        source.send_multipart([b"watcher.web.start", b'{"time": 1}'])
        assert program.stdout.readline() == 'watcher.web.start: {"time": 1}\n'
        source.send_multipart([b"watcher.\xff.stop", b"{}"])
        assert program.stdout.readline() == "watcher.\ufffd.stop: {}\n"
        program.send_signal(signal.SIGINT)
        assert program.communicate(timeout=PATIENCE) == ("", "")
        assert program.returncode == 1


def test_only_what_was_asked_for_is_heard(source, tmp_path):
    with listening(tmp_path, "watcher.web", "watcher.db") as program:
        subscribed(source, b"watcher.web", b"watcher.db")
        for topic in (b"watcher.other.start", b"watcher.db.start"):
            source.send_multipart([topic, b"{}"])
        assert program.stdout.readline() == "watcher.db.start: {}\n"
        program.kill()
