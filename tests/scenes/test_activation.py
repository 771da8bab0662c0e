"""circusd is started with sockets that somebody else bound."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys

from circus.client import CircusClient
from tests.helpers.daemon import PATIENCE, ROOT, gone
from tests.helpers.servers import free_ports

SERVER = """
import json, os, socket, sys
listening = socket.socket(fileno=int(sys.argv[1]))
while True:
    who, _ = listening.accept()
    said = [name for name in os.environ if name.startswith("LISTEN")]
    who.sendall(json.dumps([os.getpid(), said]).encode())
    who.close()
"""
WEB = f"""
[socket:web]
path = {{folder}}/web
blocking = True

[socket:api]
host = 127.0.0.1
port = {{port}}
blocking = True

[watcher:web]
cmd = {sys.executable} -I -S server.py $(circus.sockets.web)
use_sockets = True
copy_env = True

[watcher:alone]
cmd = sleep 600
"""


def activator(*named):
    return (sys.executable, "-m", "tests.helpers.activator", *named, "--")


def asked(place):
    """Return what the server says: its pid, and the variables that it has."""
    with socket.socket(socket.AF_UNIX) as who:
        who.settimeout(PATIENCE)
        who.connect(place)
        with who.makefile() as said:
            return json.load(said)


def web(circusd, tmp_path, *more):
    (tmp_path / "server.py").write_text(SERVER)
    (port,) = free_ports(1)
    named = f"first.socket={tmp_path}/web", f"api=127.0.0.1:{port}", *more
    text = WEB.format(folder=tmp_path, port=port)
    return circusd(text, around=activator(*named)), port


def test_it_serves_on_them_and_hands_nothing_else_on(circusd, tmp_path):
    daemon, port = web(circusd, tmp_path, f"stranger={tmp_path}/stranger")
    daemon.log.until(
        "closed what circusd was given and no [socket:NAME] asks for: 'stranger'",
        "socket 'web' at",
        "web started",
    )
    assert asked(f"{tmp_path}/web") == [daemon.pids("web")[0], []]
    shown = {one["name"]: one for one in daemon.call("listsockets")["sockets"]}
    assert sorted(shown) == ["api", "web"]
    assert shown["api"]["port"] == port
    (alone,) = daemon.pids("alone")
    assert sorted(os.listdir(f"/proc/{alone}/fd")) == ["0", "1", "2"]
    socket.create_connection(("127.0.0.1", port)).close()
    daemon.ctl("quit")
    assert daemon.ended() == 0
    assert (tmp_path / "web").exists()


def test_they_outlive_a_restart_in_the_same_process(circusd, tmp_path):
    daemon, _ = web(circusd, tmp_path)
    daemon.log.until("web started")
    before = daemon.pids("web")
    assert daemon.call("restart")["status"] == "ok"
    daemon.log.until("web started")
    assert gone(before)
    assert asked(f"{tmp_path}/web")[0] in daemon.pids("web")


def test_one_that_the_file_forgets_is_closed_but_not_shut(circusd, tmp_path):
    daemon, port = web(circusd, tmp_path)
    daemon.log.until("web started")
    text = daemon.file.read_text()
    cut = text.index("[socket:api]"), text.index("[watcher:web]")
    daemon.file.write_text(text[: cut[0]] + text[cut[1] :])
    assert daemon.call("reloadconfig", waiting=True)["status"] == "ok"
    # the process that has inherited it goes on having it
    socket.create_connection(("127.0.0.1", port)).close()
    assert [one["name"] for one in daemon.call("listsockets")["sockets"]] == ["web"]


def test_a_daemon_keeps_them(tmp_path):
    (tmp_path / "server.py").write_text(SERVER)
    ends = f"endpoint = ipc://{tmp_path}/ctl\npubsub_endpoint = ipc://{tmp_path}/pub"
    text = WEB.format(folder=tmp_path, port=0)
    (tmp_path / "circus.ini").write_text(f"[circus]\n{ends}\n{text}")
    words = activator(f"web={tmp_path}/web")
    circusd = (sys.executable, "-m", "circus.circusd", "--daemon", "circus.ini")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([*words, *circusd], cwd=tmp_path, env=env, check=True, timeout=PATIENCE)
    client = CircusClient(endpoint=f"ipc://{tmp_path}/ctl", timeout=PATIENCE)
    try:
        pid, variables = asked(f"{tmp_path}/web")
        assert client.send_message("list", name="web")["pids"] == [pid]
        assert variables == []
    finally:
        client.send_message("quit", waiting=True)
        client.stop()
