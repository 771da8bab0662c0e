"""The circus.ini at the root does what it promises a newcomer."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import time
import urllib.request

import pytest

from tests.helpers.daemon import PATIENCE, ROOT

PORTS = ("5555", "5556", "8650")


@pytest.fixture
def ports():
    """Return ports that are free: all are held until each is known."""
    holders = [socket.create_server(("localhost", 0)) for _ in PORTS]
    found = [str(holder.getsockname()[1]) for holder in holders]
    for holder in holders:
        holder.close()
    return found


@pytest.fixture
def daemon(circusd, tmp_path, ports):
    logs = shutil.ignore_patterns("*.log")
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=logs)
    text = (ROOT / "circus.ini").read_text()
    for old, new in zip(PORTS, ports, strict=True):
        assert old in text
        text = text.replace(old, new)
    daemon = circusd(text)
    daemon.log.until("moody started", "ticker started", "web started")
    return daemon


def hello(port):
    with urllib.request.urlopen(f"http://localhost:{port}", timeout=PATIENCE) as answer:
        return int(re.fullmatch(r"Hello from process (\d+)\n", answer.read().decode())[1])


def test_it_starts_answers_respawns_and_stops(daemon, ports):
    events = daemon.events()
    assert daemon.ctl("status").splitlines() == ["moody: active", "ticker: active", "web: active"]
    pids = daemon.pids("web")
    assert len(pids) == 3
    server = hello(ports[-1])
    assert server in pids
    os.kill(server, signal.SIGKILL)
    while events.until("web", "spawn")[-1].pid in pids:
        pass
    assert hello(ports[-1]) in daemon.pids("web")
    assert daemon.ctl("incr", "web", "--waiting") == "4"
    assert daemon.ctl("stop", "ticker", "--waiting") == "ok"
    assert daemon.ctl("status", "ticker") == "stopped"
    assert daemon.ctl("quit") == "ok"
    assert daemon.ended() == 0


def test_what_it_says_comes_where_it_should(daemon, tmp_path):
    log = tmp_path / "examples" / "demo" / "ticker.log"
    end = time.monotonic() + PATIENCE
    while not (text := log.read_text()).endswith("\n"):
        assert time.monotonic() < end
        daemon.call("status")
    assert re.fullmatch(r"\d\d:\d\d:\d\d tick", text.splitlines()[0])
