"""What circusd does not begin with: a file full of mistakes, and places that others hold."""

from __future__ import annotations

import os
import socket
import sys

import pytest

from tests.helpers.daemon import refused, spawn_circusd

MISTAKES = """
[circus]
endpoint = nonsense
check_delay = soon

[watcher:marker]
cmd = touch {marker}

[watcher:a]
cmd = sleep 600
numprocesses = many
stop_signal = SIGNOTHING
rlimit_nothing = 5

[watcher:b]
numprocesses = 1

[watcher:c]
cmd = sleep 600
singleton = True
numprocesses = 2
copy_path = True

[watcher:d]
cmd = sleep 600
stdin_socket = missing
graceful_timeout = -1
"""
LINES = {
    "endpoint": 3,
    "check_delay": 4,
    "numprocesses": 11,
    "stop_signal": 12,
    "rlimit_nothing": 13,
    "cmd": 15,
    "singleton": 20,
    "copy_path": 22,
    "stdin_socket": 26,
    "graceful_timeout": 27,
}
"""Which option is wrong, and the line that says so."""


@pytest.mark.parametrize("words", [(), ("--check",)], ids=["run", "check"])
def test_ten_mistakes_are_ten_findings_and_nothing_is_started(tmp_path, words):
    marker = tmp_path / "started"
    file = tmp_path / "circus.ini"
    file.write_text(MISTAKES.format(marker=marker))
    code, said = refused(file, *words, cwd=tmp_path)
    assert code == 1
    findings = [line for line in said.splitlines() if line.startswith(str(file))]
    told = {}
    for finding in findings:
        place, _, text = finding.removeprefix(f"{file}:").partition(" ")
        told[text.split()[1].rstrip(":")] = int(place.rstrip(":"))
    assert told == LINES
    assert len(findings) == len(LINES)
    assert not marker.exists()


def test_a_file_that_is_not_there_is_told(tmp_path):
    code, said = refused("nowhere.ini", cwd=tmp_path)
    assert code == 1
    assert "the configuration file 'nowhere.ini' does not exist" in said
    assert "Traceback" not in said


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as holder:
        yield holder.getsockname()[1]


def fresh(tmp_path, **options):
    """Write a file whose watcher leaves a mark, with these options of ``[circus]``."""
    marker = tmp_path / "started"
    places = {"endpoint": f"ipc://{tmp_path}/ctl", "pubsub_endpoint": f"ipc://{tmp_path}/pub"}
    lines = [f"{name} = {value}\n" for name, value in {**places, **options}.items()]
    file = tmp_path / "circus.ini"
    file.write_text(f"[circus]\n{''.join(lines)}[watcher:web]\ncmd = touch {marker}\n")
    return file, marker


@pytest.mark.parametrize("which", ["endpoint", "pubsub_endpoint"])
def test_an_endpoint_whose_port_is_taken_is_told(tmp_path, taken, which):
    file, marker = fresh(tmp_path, **{which: f"tcp://127.0.0.1:{taken}"})
    code, said = refused(file, cwd=tmp_path)
    assert code == 1
    assert f"cannot bind tcp://127.0.0.1:{taken}: Address already in use" in said
    assert "Traceback" not in said
    assert not marker.exists()


def test_a_socket_whose_port_is_taken_is_told(tmp_path, taken):
    file, marker = fresh(tmp_path)
    with file.open("a") as more:
        more.write(f"[socket:www]\nhost = 127.0.0.1\nport = {taken}\n")
    code, said = refused(file, cwd=tmp_path)
    assert code == 1
    assert f"cannot bind socket 'www' at 127.0.0.1:{taken}: Address already in use" in said
    if sys.platform == "linux":
        assert f"; held by process {os.getpid()} (" in said
    assert "Traceback" not in said
    assert not marker.exists()


def test_every_socket_that_cannot_be_bound_is_told(tmp_path, taken):
    file, marker = fresh(tmp_path)
    (tmp_path / "stale").touch()
    with file.open("a") as more:
        more.write(f"[socket:a]\nhost = 127.0.0.1\nport = {taken}\nso_reuseport = on\n")
        more.write(f"[socket:b]\npath = {tmp_path}/stale\n")
    code, said = refused(file, cwd=tmp_path)
    assert code == 1
    assert "cannot bind socket 'a' at" in said
    assert "cannot bind socket 'b' at" in said
    assert not marker.exists()


def test_a_hook_that_cannot_be_found_is_told(tmp_path):
    file, marker = fresh(tmp_path)
    with file.open("a") as more:
        more.write("hooks.before_start = os.path.nothing\n")
    code, said = refused(file, cwd=tmp_path)
    assert code == 1
    assert "cannot find the hook 'os.path.nothing'" in said
    assert "Traceback" not in said
    assert not marker.exists()


def test_a_second_daemon_on_the_same_file_is_refused_and_the_first_unharmed(circusd):
    first = circusd("[watcher:web]\ncmd = sleep 600")
    first.log.until("web started")
    code, said = refused(first.file, cwd=first.folder)
    assert code == 1
    assert "cannot bind ipc://" in said
    assert "another daemon holds it" in said
    assert first.ctl("status") == "web: active"


def test_after_a_kill_of_the_daemon_its_endpoints_can_be_taken_again(tmp_path):
    file, _ = fresh(tmp_path)
    first = spawn_circusd(file, cwd=tmp_path)
    with first:
        for line in first.stderr:
            if "web started" in line:
                break
        first.kill()
    second = spawn_circusd(file, cwd=tmp_path)
    with second:
        for line in second.stderr:
            if "web started" in line:
                break
        second.terminate()
    assert second.returncode == 0
