"""The sockets of a changed file: known by their addresses, and nobody is touched without need."""

from __future__ import annotations

import os
import socket
import sys

import pytest

from tests.helpers.daemon import PATIENCE, gone, rewrite

SERVER = """
import os, socket, sys
with socket.socket(fileno=int(sys.argv[1])) as listening:
    listening.setblocking(True)
    while True:
        who, _ = listening.accept()
        who.sendall(b"%d %d" % (os.getpid(), listening.fileno()))
        who.close()
"""
TEXT = f"""
[socket:www]
path = {{folder}}/one
backlog = 5

[watcher:web]
cmd = {sys.executable} -I -S server.py $(circus.sockets.www)
use_sockets = True

[watcher:other]
cmd = sleep 600
"""


@pytest.fixture
def daemon(circusd, tmp_path):
    (tmp_path / "server.py").write_text(SERVER)
    daemon = circusd(TEXT.format(folder=tmp_path))
    daemon.log.until("web started", "other started")
    return daemon


def served(path):
    """Return the process that answers at a path, and the number that the socket has there."""
    with socket.socket(socket.AF_UNIX) as who:
        who.settimeout(PATIENCE)
        who.connect(str(path))
        pid, fd = who.recv(64).split()
        return int(pid), int(fd)


def sockets(daemon):
    return {one["name"]: one for one in daemon.call("listsockets")["sockets"]}


def test_a_plan_tells_what_is_done_to_sockets(daemon):
    rewrite(daemon, ("backlog = 5", "backlog = 9\nmode = 600"))
    planned = daemon.call("reloadconfig", plan=True)["plan"]
    assert planned["sockets"] == [
        {"name": "www", "act": "apply live", "why": ["backlog", "mode"]},
    ]
    said = daemon.ctl("reloadconfig", "--plan").splitlines()
    assert said == ["other: keep", "web: keep", "socket www: apply live (backlog, mode)"]


def test_what_changes_on_an_open_socket_touches_no_process(daemon, tmp_path):
    before = daemon.pids("web"), sockets(daemon)["www"]["fd"]
    rewrite(daemon, ("backlog = 5", "backlog = 9\nmode = 600"))
    daemon.call("reloadconfig", waiting=True)
    assert (daemon.pids("web"), sockets(daemon)["www"]["fd"]) == before
    assert sockets(daemon)["www"]["backlog"] == 9
    assert os.lstat(tmp_path / "one").st_mode & 0o777 == 0o600


def test_another_name_keeps_the_descriptor_and_who_waits_on_it(daemon, tmp_path):
    other, fd = daemon.pids("other"), sockets(daemon)["www"]["fd"]
    daemon.ctl("stop", "web", "--waiting")
    with socket.socket(socket.AF_UNIX) as waiting:
        waiting.settimeout(PATIENCE)
        waiting.connect(str(tmp_path / "one"))
        rewrite(daemon, ("[socket:www]", "[socket:shop]"), ("sockets.www)", "sockets.shop)"))
        daemon.call("reloadconfig", waiting=True)
        daemon.ctl("start", "web", "--waiting")
        assert int(waiting.recv(64).split()[1]) == fd
    assert list(sockets(daemon)) == ["shop"]
    assert daemon.pids("other") == other


def test_a_new_address_reloads_its_watchers_and_then_the_old_one_is_closed(daemon, tmp_path):
    web, other = daemon.pids("web"), daemon.pids("other")
    rewrite(daemon, (f"{tmp_path}/one", f"{tmp_path}/two"))
    said = daemon.ctl("reloadconfig", "--plan").splitlines()
    assert said == ["other: keep", "web: reload (sockets)", "socket www: move (path)"]
    daemon.call("reloadconfig", waiting=True)
    assert gone(web)
    assert served(tmp_path / "two")[0] in daemon.pids("web")
    assert daemon.pids("other") == other
    assert not (tmp_path / "one").exists()


def test_another_socket_on_an_address_has_to_wait_until_its_users_stop(daemon, tmp_path):
    fd = sockets(daemon)["www"]["fd"]
    rewrite(daemon, ("backlog = 5", "type = SOCK_SEQPACKET"))
    text = (
        "[socket:www] cannot be bound anew (type, backlog) while its address is in use: "
        "stop web first"
    )
    for words in ({"waiting": True}, {}, {"plan": True}):
        assert daemon.call("reloadconfig", **words)["reason"] == text
    assert served(tmp_path / "one") == (daemon.pids("web")[0], fd)
    daemon.ctl("stop", "web", "--waiting")
    assert daemon.ctl("reloadconfig", "--plan").splitlines() == [
        "other: keep",
        "web: reload (sockets)",
        "socket www: rebind (type, backlog)",
    ]
    daemon.call("reloadconfig", waiting=True)
    daemon.ctl("start", "web", "--waiting")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as who:
        who.settimeout(PATIENCE)
        who.connect(str(tmp_path / "one"))
        assert int(who.recv(64).split()[0]) in daemon.pids("web")


def test_who_holds_an_address_is_named_and_nothing_changes(daemon, tmp_path):
    web = daemon.pids("web")
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        more = f"\n[socket:new]\nhost = 127.0.0.1\nport = {port}\n"
        rewrite(daemon, ("backlog = 5", "backlog = 9\n" + more), ("[watcher:other]", "[watcher:x]"))
        code, _, said = daemon.try_ctl("reloadconfig", "--waiting")
    assert code == 3
    assert f"[socket:new] cannot bind socket 'new' at 127.0.0.1:{port}: Address already" in said
    assert f"; held by process {os.getpid()} (" in said
    assert set(daemon.call("status")["statuses"]) == {"web", "other"}
    assert daemon.pids("web") == web
    assert sockets(daemon)["www"]["backlog"] == 5


def test_sockets_come_and_go_with_their_watchers(daemon, tmp_path):
    before = daemon.pids("web"), daemon.pids("other")
    more = (
        f"\n[socket:new]\npath = {tmp_path}/new\n\n[watcher:late]\n"
        f"cmd = {sys.executable} -I -S server.py $(circus.sockets.new)\nuse_sockets = on\n"
    )
    rewrite(daemon, ("\n[watcher:other]", f"{more}\n[watcher:other]"))
    daemon.call("reloadconfig", waiting=True)
    assert served(tmp_path / "new")[0] in daemon.pids("late")
    rewrite(daemon, (more, ""))
    daemon.call("reloadconfig", waiting=True)
    assert not (tmp_path / "new").exists()
    assert (daemon.pids("web"), daemon.pids("other")) == before


def test_a_socket_that_a_watcher_of_run_time_uses_stays(daemon, tmp_path):
    more = f"\n[socket:new]\npath = {tmp_path}/new\n"
    rewrite(daemon, ("\n[watcher:other]", f"{more}\n[watcher:other]"))
    daemon.call("reloadconfig", waiting=True)
    daemon.call("add", name="guest", cmd="sleep 600$(circus.sockets.new)")
    rewrite(daemon, (more, ""))
    text = "[socket:new] is used by guest, changed or added at run time"
    assert daemon.call("reloadconfig", waiting=True)["reason"] == text
    assert (tmp_path / "new").exists()


def test_who_waits_for_a_connection_waits_on_the_new_address(circusd, tmp_path):
    (tmp_path / "server.py").write_text(SERVER)
    text = TEXT.replace("use_sockets", "on_demand = True\nuse_sockets")
    daemon = circusd(text.format(folder=tmp_path))
    daemon.log.until("other started")
    rewrite(daemon, (f"{tmp_path}/one", f"{tmp_path}/two"))
    daemon.call("reloadconfig", waiting=True)
    assert daemon.pids("web") == []
    assert served(tmp_path / "two")[0] in daemon.pids("web")
