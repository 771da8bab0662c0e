"""Managed sockets stay open whatever happens to who serves on them."""

from __future__ import annotations

import os
import signal
import socket
import sys

import pytest

from tests.helpers.daemon import PATIENCE, argv, gone
from tests.helpers.socketfacts import abstract_names, ipv6

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


def shown(daemon):
    return {one["name"]: one for one in daemon.call("listsockets")["sockets"]}


def test_a_free_port_is_shown_and_substituted(circusd, tmp_path):
    (tmp_path / "server.py").write_text(SERVER)
    cmd = "sh -c 'echo port $0; exec sleep 600' $(circus.sockets.www.port)"
    text = WEB.format(place="host = 127.0.0.1\nport = 0")
    daemon = circusd(f"{text}\n[watcher:client]\ncmd = {cmd}\n")
    port = int(daemon.log.until("port ").split()[-1])
    assert shown(daemon)["www"]["port"] == port != 0
    assert served_by(socket.create_connection(("127.0.0.1", port), PATIENCE)) in daemon.pids("web")


@pytest.mark.parametrize("family", ["INET6", "abstract"])
def test_every_family_is_served(circusd, tmp_path, family):
    if family == "INET6":
        ipv6()
        daemon = web(circusd, tmp_path, "family = INET6\nhost = ::1\nport = 0")
        daemon.log.until("web started")
        who = socket.create_connection(("::1", shown(daemon)["www"]["port"]), PATIENCE)
        assert daemon.ctl("listsockets").endswith(f"at [::1]:{who.getpeername()[1]}")
    else:
        abstract_names()
        daemon = web(circusd, tmp_path, f"path = @{tmp_path}")
        daemon.log.until("web started")
        who = socket.socket(socket.AF_UNIX)
        who.settimeout(PATIENCE)
        who.connect(f"\0{tmp_path}")
        assert daemon.ctl("listsockets").endswith(f"at @{tmp_path}")
    assert served_by(who) in daemon.pids("web")


def test_each_process_binds_a_socket_of_its_own(circusd, tmp_path):
    daemon = web(circusd, tmp_path, "host = 127.0.0.1\nport = 0\nso_reuseport = True")
    daemon.log.until("web started")
    place = "127.0.0.1", shown(daemon)["www"]["port"]
    inodes = {os.readlink(f"/proc/{pid}/fd/{argv(pid)[-1]}") for pid in daemon.pids("web")}
    assert len(inodes) == 2
    missing = set(daemon.pids("web"))
    while missing:  # the kernel draws one of them for each connection
        missing.discard(served_by(socket.create_connection(place, PATIENCE)))


@pytest.mark.parametrize("more", ["", "so_reuseport = on"])
def test_a_socket_as_standard_input(circusd, tmp_path, more):
    code = "import socket, os; listening = socket.socket(fileno=0); who, _ = listening.accept()"
    code += "; who.sendall(b'%d' % os.getpid()); who.close()"
    daemon = circusd(
        f"[socket:www]\nhost = 127.0.0.1\nport = 0\nblocking = on\n{more}\n\n[watcher:web]\n"
        f'cmd = {sys.executable} -I -S -c "{code}"\nstdin_socket = www\n'
    )
    daemon.log.until("web started")
    place = "127.0.0.1", shown(daemon)["www"]["port"]
    events, pids = daemon.events(), daemon.pids("web")
    assert served_by(socket.create_connection(place, PATIENCE)) in pids
    events.until("web", "reap")
