"""Watchers that the first connection starts (spec §6.10), in a daemon of their own."""

from __future__ import annotations

import os
import signal
import socket
import sys

import pytest

from tests.helpers.daemon import PATIENCE, gone

SERVER = """
import os, socket, sys
with socket.socket(fileno=int(sys.argv[1])) as listening:
    listening.setblocking(True)
    while True:
        who, _ = listening.accept()
        who.sendall(b"%d" % os.getpid())
        who.close()
"""
DATAGRAMS = """
import os, socket, sys
with socket.socket(fileno=int(sys.argv[1])) as receiving:
    receiving.setblocking(True)
    while True:
        _, sender = receiving.recvfrom(64)
        receiving.sendto(b"%d" % os.getpid(), sender)
"""
WATCHER = """
[watcher:{name}]
cmd = {python} -I -S {script} $(circus.sockets.{name})
use_sockets = True
on_demand = True
{more}
[socket:{name}]
{place}
"""


class Place:
    """Daemons with on-demand watchers on UNIX sockets of their names, and who connects to them."""

    def __init__(self, circusd, folder):
        self.folder = folder
        self._circusd = circusd
        (folder / "server.py").write_text(SERVER)
        (folder / "datagrams.py").write_text(DATAGRAMS)

    def section(self, name, script="server.py", place="path = {folder}/{name}", more=""):
        place = place.format(folder=self.folder, name=name)
        known = {"name": name, "script": script, "place": place, "more": more}
        return WATCHER.format(**known, python=sys.executable)

    def daemon(self, *sections, **more):
        daemon = self._circusd("".join(sections), **more)
        daemon.log.until("Arbiter now waiting for commands")
        daemon.call("status")
        return daemon

    def connect(self, name):
        who = socket.socket(socket.AF_UNIX)
        who.settimeout(PATIENCE)
        try:
            who.connect(str(self.folder / name))
        except OSError:
            who.close()
            raise
        return who

    def served_by(self, name):
        with self.connect(name) as who:
            return int(who.recv(64))


@pytest.fixture
def place(circusd, tmp_path):
    return Place(circusd, tmp_path)


def end(daemon, name):
    """Kill the processes of a watcher and wait until it waits for a connection again."""
    events = daemon.events()
    pids = daemon.pids(name)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    events.until(name, "reap", len(pids))
    assert gone(pids)


def test_two_of_them_behind_another_wake_each_at_its_own_socket(place):
    other = "[watcher:other]\ncmd = sleep 600\npriority = 9\n"
    daemon = place.daemon(other, place.section("one"), place.section("two", more="priority = 5"))
    assert daemon.ctl("start", "--waiting") == "ok"
    states = ["one: stopped (waits for a connection)", "other: active"]
    waits = "two: stopped (waits for a connection)"
    assert daemon.ctl("status").splitlines() == [*states, waits]
    assert place.served_by("two") in daemon.pids("two")
    assert daemon.ctl("status").splitlines() == [*states, "two: active"]
    assert place.served_by("one") in daemon.pids("one")


def test_it_comes_back_with_the_next_connection_only(place):
    daemon = place.daemon(place.section("web"))
    first = place.served_by("web")
    end(daemon, "web")
    assert daemon.ctl("status", "web") == "stopped (waits for a connection)"
    assert daemon.pids("web") == []
    second = place.served_by("web")
    assert second != first
    assert daemon.pids("web") == [second]


def test_one_that_was_stopped_is_not_started_by_a_connection(place):
    daemon = place.daemon(place.section("web"))
    place.served_by("web")
    daemon.ctl("stop", "web", "--waiting")
    with place.connect("web") as waiting:
        for _ in range(3):
            assert daemon.ctl("status", "web") == "stopped"
        assert daemon.ctl("start", "web", "--waiting") == "ok"
        assert int(waiting.recv(64)) in daemon.pids("web")


def test_commands_about_one_that_is_held_leave_it_held(place):
    daemon = place.daemon(place.section("web"))
    for words in ("start", "restart", "reload", "reload --sequential", "reload --terminate"):
        verb, *more = words.split()
        assert daemon.ctl(verb, "web", *more, "--waiting") == "ok"
        assert daemon.ctl("status", "web") == "stopped (waits for a connection)"
    assert daemon.ctl("incr", "web", "--waiting") == "2"
    assert daemon.ctl("kill", "web", "--waiting") == "ok"
    place.served_by("web")
    assert len(daemon.pids("web")) == 2


def test_a_datagram_wakes_as_well(place):
    section = place.section("web", "datagrams.py", "port = 0\ntype = SOCK_DGRAM\nhost = 127.0.0.1")
    daemon = place.daemon(section)
    (port,) = [one["port"] for one in daemon.call("listsockets")["sockets"]]
    with socket.socket(type=socket.SOCK_DGRAM) as who:
        who.settimeout(PATIENCE)
        who.sendto(b"hello", ("127.0.0.1", port))
        assert int(who.recv(64)) in daemon.pids("web")


def test_a_program_that_does_not_accept_is_held_back(place):
    (place.folder / "leaves.py").write_text("")
    daemon = place.daemon(place.section("web", "leaves.py"))
    with place.connect("web"):
        daemon.log.until("place 1 waits 1 s")
        status = daemon.call("status", name="web")
        assert status["reason"] == "its processes die at once"
        assert 0 < status["next_try"] <= 1
        daemon.ctl("stop", "web", "--waiting")


def test_a_socket_that_moves_wakes_at_its_new_place(place):
    daemon = place.daemon(place.section("web"))
    text = daemon.file.read_text()
    daemon.file.write_text(text.replace(f"{place.folder}/web", f"{place.folder}/elsewhere"))
    assert daemon.ctl("reloadconfig", "--waiting") == "ok"
    with pytest.raises((FileNotFoundError, ConnectionRefusedError)):
        place.connect("web")
    assert place.served_by("elsewhere") in daemon.pids("web")


def test_a_start_that_fails_is_tried_with_pauses_and_then_given_up(place):
    section = place.section("web", more="max_retry = 2\nuid = nobody-of-this-name")
    daemon = place.daemon(section)
    with place.connect("web"):
        daemon.log.until("'web' is stopped: cannot find the user")
        assert "(2 failed launches)" in daemon.ctl("status", "web")
