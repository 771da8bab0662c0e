"""Sockets handed over as a service manager does it: at 3, 4 and so on."""

from __future__ import annotations

import socket

import pytest

from tests.helpers.reports import CHILD

TWO = "[socket:door]\npath = {folder}/door\n[socket:web]\npath = {folder}/web\n"


def told(report):
    """Return what a child was told, and that it was told its own pid."""
    env = report["env"]
    assert env.get("LISTEN_PID") in {None, str(report["pid"])}
    return env.get("LISTEN_FDS"), env.get("LISTEN_FDNAMES")


def sockets(report):
    """Return the numbers of the sockets that a child has, and the names of their paths."""
    found = {number: what.rpartition("/")[2] for number, what in report["fds"].items()}
    return {n: found[n] for n, what in report["fds"].items() if what.startswith("socket ")}


@pytest.mark.parametrize(
    ("options", "env", "numbers"),
    [
        ("listen_fds = yes", ("2", "door:web"), {"3": "door", "4": "web"}),
        ("listen_fds = web", ("1", "web"), {"3": "web"}),
        ("listen_fds = web door", ("2", "web:door"), {"3": "web", "4": "door"}),
        ("listen_fds = yes\nstdin_socket = web", ("1", "web"), {"0": "web", "3": "web"}),
        ("use_sockets = no", (None, None), {}),
    ],
)
def test_a_child_has_the_sockets_and_is_told_of_them(
    circusd, reports, tmp_path, options, env, numbers
):
    text = f"{TWO}[watcher:web]\ncmd = {CHILD}\n{options}\n".replace("{folder}", str(tmp_path))
    circusd(reports.fill(text, "web"))
    report = reports.next("web")
    assert told(report) == env
    assert sockets(report) == numbers


def test_each_worker_gets_its_own_socket_of_a_shared_address(circusd, reports):
    text = (
        "[socket:web]\nhost = 127.0.0.1\nport = 0\nso_reuseport = yes\n"
        f"[watcher:web]\ncmd = {CHILD}\nlisten_fds = yes\nnumprocesses = 2\n"
    )
    circusd(reports.fill(text, "both"))
    one, two = reports.next("both"), reports.next("both")
    assert told(one) == told(two) == ("1", "web")
    assert one["fds"]["3"] == two["fds"]["3"]
    assert one["inodes"]["3"] != two["inodes"]["3"]


def test_a_socket_that_gets_another_address_is_handed_over_anew(circusd, reports, tmp_path):
    text = f"{TWO}[watcher:web]\ncmd = {CHILD}\nlisten_fds = yes\ngraceful_timeout = 0\n"
    daemon = circusd(reports.fill(text.replace("{folder}", str(tmp_path)), "moved"))
    assert sockets(reports.next("moved")) == {"3": "door", "4": "web"}
    daemon.file.write_text(daemon.file.read_text().replace(f"{tmp_path}/web", f"{tmp_path}/new"))
    daemon.ctl("reloadconfig", "--waiting")
    assert sockets(reports.next("moved")) == {"3": "door", "4": "new"}
    daemon.file.write_text(f"{daemon.file.read_text()}[socket:more]\npath = {tmp_path}/more\n")
    daemon.ctl("reloadconfig", "--waiting")
    assert sockets(reports.next("moved")) == {"3": "door", "4": "more", "5": "new"}


def test_a_connection_to_a_socket_that_is_handed_over_is_what_starts_a_watcher(
    circusd, reports, tmp_path
):
    text = f"{TWO}[watcher:web]\ncmd = {CHILD}\nlisten_fds = web\non_demand = yes\n"
    daemon = circusd(reports.fill(text.replace("{folder}", str(tmp_path)), "asked"))
    daemon.log.until("Arbiter now waiting for commands")
    for name, status in (("door", "stopped (waits for a connection)"), ("web", "active")):
        with socket.socket(socket.AF_UNIX) as who:
            who.connect(str(tmp_path / name))
            if status == "active":
                assert sockets(reports.next("asked")) == {"3": "web"}
            assert daemon.ctl("status", "web").split()[0] == status
