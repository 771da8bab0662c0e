"""Managed sockets stay open whatever happens to who serves on them."""

from __future__ import annotations

import os
import signal
import socket
import sys

from tests.helpers.daemon import PATIENCE, gone

SERVER = """
import os, socket, sys
with socket.socket(fileno=int(sys.argv[1])) as listening:
    while True:
        who, _ = listening.accept()
        who.sendall(b"%d" % os.getpid())
        who.close()
"""
WEB = f"""
[socket:www]
{{place}}
blocking = True

[watcher:web]
cmd = {sys.executable} -I -S server.py $(circus.sockets.www)
use_sockets = True
numprocesses = 2
"""


def web(circusd, tmp_path, place):
    (tmp_path / "server.py").write_text(SERVER)
    return circusd(WEB.format(place=place))


def connect(tmp_path):
    who = socket.socket(socket.AF_UNIX)
    who.settimeout(PATIENCE)
    who.connect(str(tmp_path / "www"))
    return who


def served_by(who):
    """Return the pid of the process that serves a connection."""
    with who:
        return int(who.recv(64))


def test_a_connection_waits_while_nobody_serves(circusd, tmp_path):
    daemon = web(circusd, tmp_path, f"path = {tmp_path}/www")
    daemon.log.until("web started")
    daemon.ctl("stop", "web", "--waiting")
    waiting = connect(tmp_path)
    daemon.ctl("start", "web", "--waiting")
    assert served_by(waiting) in daemon.pids("web")


def test_a_socket_survives_reloads_and_deaths(circusd, tmp_path):
    daemon = web(circusd, tmp_path, f"path = {tmp_path}/www")
    daemon.log.until("web started")
    inode = os.stat(tmp_path / "www").st_ino
    for reload in (["--waiting"], ["--sequential", "--waiting"], ["--terminate", "--waiting"]):
        before = daemon.pids("web")
        daemon.ctl("reload", "web", *reload)
        assert gone(before)
        assert served_by(connect(tmp_path)) in daemon.pids("web")
    events = daemon.events()
    for pid in daemon.pids("web"):
        os.kill(pid, signal.SIGKILL)
    events.until("web", "spawn", 2)
    assert served_by(connect(tmp_path)) in daemon.pids("web")
    assert os.stat(tmp_path / "www").st_ino == inode


def test_an_inet_socket_is_listening_before_its_server_is_ready(circusd, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    daemon = web(circusd, tmp_path, f"host = 127.0.0.1\nport = {port}")
    daemon.log.until("sockets started")
    who = socket.create_connection(("127.0.0.1", port), PATIENCE)
    assert served_by(who) in daemon.pids("web")
    daemon.ctl("quit")
    assert daemon.ended() == 0
    socket.create_server(("127.0.0.1", port)).close()
