from __future__ import annotations

import json
import logging
import socket
import sys
import time

import pytest

from circus.plugins.watchdog import WatchDog
from tests.helpers.plugs import PATIENCE, alone

REPORTS = """
import os, signal, socket, sys, time
port, silent_after = int(sys.argv[1]), float(sys.argv[2])
place = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
signal.signal(signal.SIGALRM, lambda *_: place.sendto(b"%d;now" % os.getpid(), ("127.0.0.1", port)))
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
os.write(1, b"reports\\n")
end = time.monotonic() + silent_after
while time.monotonic() < end: signal.pause()
signal.setitimer(signal.ITIMER_REAL, 0)
os.write(1, b"silent\\n")
while True: signal.pause()
"""


NAMES = ["Web App", "other", "plugin:dog", "circusd-stats"]


@pytest.fixture
def dog():
    """Return a function that makes a WatchDog which sees two watchers."""
    made = []

    def make(**config):
        answers = {
            "status": {"status": "ok", "statuses": dict.fromkeys(NAMES, "active")},
            "list": lambda name: {"status": "ok", "pids": [7, 8] if name == "Web App" else [9]},
        }
        made.append(alone(WatchDog, answers, **{"port": 0, "loop_rate": "10", **config}))
        return made[-1].__enter__()

    yield make
    for one in made:
        one.__exit__(None, None, None)


def event(plugin, name, pid, watcher="Web App"):
    message = {"process_pid": pid, "watcher": watcher}
    topic = f"watcher.{watcher.lower().replace(' ', '_')}.{name}"
    plugin.handle_recv([topic.encode(), json.dumps(message).encode()])


def send(plugin, *packets):
    """Send packets to a WatchDog that listens, and let it read them."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as place:
        for packet in packets:
            place.sendto(packet, ("127.0.0.1", plugin.watchdog_port))
    plugin.receive_udp_socket(plugin.sock, 0)


@pytest.fixture
def listening(dog):
    plugin = dog(watchers_regex="web")
    plugin._bind_socket()
    plugin._discover_monitored_pids()
    yield plugin
    plugin.loop.remove_handler(plugin.sock)
    plugin.sock.close()


def test_the_processes_of_watchers_that_match_are_known(dog):
    plugin = dog(watchers_regex="web|Web")
    plugin._discover_monitored_pids()
    assert plugin.pid_status.keys() == {"7", "8"}
    assert {one["watcher"] for one in plugin.pid_status.values()} == {"Web App"}
    for name, pid, watcher in [
        ("spawn", 10, "Web App"),
        ("spawn", 11, "other"),
        ("reap", 7, "Web App"),
        ("reap", 99, "other"),
        ("kill", 8, "Web App"),
    ]:
        event(plugin, name, pid, watcher)
    assert plugin.pid_status.keys() == {"8", "10"}


def test_who_is_silent_for_too_long_is_killed_and_forgotten(dog):
    plugin = dog(max_count="3", watchers_stop_signal="QUIT", watchers_graceful_timeout="2.5")
    plugin._discover_monitored_pids()
    plugin.look_after()
    assert plugin.told == []
    for pid in ("7", "9"):
        plugin.pid_status[pid]["last_activity"] -= 31
    plugin.pid_status["8"]["last_activity"] -= 29
    plugin.look_after()
    more = {"signum": 3, "graceful_timeout": 2.5}
    assert plugin.told == [
        ("kill", {"name": "Web App", "pid": 7, **more}),
        ("kill", {"name": "other", "pid": 9, **more}),
    ]
    assert plugin.pid_status.keys() == {"8"}


def test_whatever_the_wildcard_the_helpers_of_circusd_need_not_report(dog):
    plugin = dog()
    event(plugin, "spawn", 12, "plugin:other")
    plugin._discover_monitored_pids()
    assert plugin.pid_status.keys() == {"7", "8", "9"}


def test_without_a_signal_of_its_own_the_watchers_counts(dog):
    plugin = dog()
    plugin._discover_monitored_pids()
    plugin.pid_status["7"]["last_activity"] = 0
    plugin.look_after()
    assert plugin.told == [("kill", {"name": "Web App", "pid": 7})]


def test_a_report_counts_and_nonsense_does_not(listening, caplog):
    for known in listening.pid_status.values():
        known["last_activity"] = 0
    send(listening, b"7;12.5", b"nonsense", b"\xff\xfe;1", b"99;1", b"")
    assert listening.pid_status["7"]["last_activity"] > time.time() - PATIENCE
    assert listening.pid_status["8"]["last_activity"] == 0
    warnings = [one for one in caplog.records if one.levelno == logging.WARNING]
    assert len(warnings) == 4
    assert "received watchdog message from unknown pid '99'" in caplog.text


def test_reports_that_lie_there_are_read_before_anybody_is_killed(listening):
    for known in listening.pid_status.values():
        known["last_activity"] = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as place:
        place.sendto(b"7;now", ("127.0.0.1", listening.watchdog_port))
    listening.look_after()
    assert [about["pid"] for _, about in listening.told] == [8]


def test_a_port_that_is_taken_is_told_and_the_plugin_runs_on(dog, caplog):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        plugin = dog(port=port)
        plugin.handle_init()
        assert f"cannot listen for reports on 127.0.0.1:{port}" in caplog.text
        plugin.handle_stop()


def test_a_process_that_falls_silent_is_replaced(circusd, tmp_path):
    (tmp_path / "report.py").write_text(REPORTS)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = f"copy_env = True\ncmd = {sys.executable} report.py {port}"
    daemon = circusd(
        f"[watcher:good]\n{command} 600\n[watcher:bad]\n{command} 0.2\nautostart = False\n"
        "[plugin:dog]\nuse = circus.plugins.watchdog.WatchDog\n"
        f"port = {port}\nloop_rate = 0.1\nmax_count = 20\nwatchers_stop_signal = KILL\n"
    )
    daemon.log.until("reports", "Starting")
    events, good = daemon.events(), daemon.pids("good")
    daemon.call("start", name="bad", waiting=True)
    daemon.log.until("silent")
    reap = events.until("bad", "reap")[-1]
    assert (reap.fields["exit_code"], reap.fields["asked"]) == (-9, True)
    events.until("bad", "spawn")
    assert daemon.pids("good") == good
    assert "of plugin:dog did not report" not in daemon.log.so_far()
