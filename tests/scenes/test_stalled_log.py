"""What circusd's log is written to does not go on: nothing stalls, and what is lost is told."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import signal
import socket
import subprocess
import termios
import time

import pytest

from benchmarks import proc
from circus import scribe
from circus.client import CircusClient
from tests.helpers.daemon import PATIENCE, kill, refused, spawn_circusd

COUNT = scribe.LINES + 3000
SHOUT = f"""
import logging
def shout(**about):
    for number in range({COUNT}):
        logging.getLogger("circus").info("line %d.", number)
    return True
"""
TEXT = """
[circus]
endpoint = ipc://{folder}/ctl
pubsub_endpoint = ipc://{folder}/pub
{setting}
[watcher:web]
cmd = sleep 600
hooks.before_start = hooks.shout
"""
LOST = re.compile(r"(\d+) lines? (?:was|were) lost here")


class Place:
    """Somewhere to log to that takes nothing until it is read.

    :param setting: the option of it, or nothing for stderr
    :param stderr: the descriptor that circusd gets as its stderr
    :param read: returns what comes, some bytes at a time
    :param go_on: is called before it is read
    """

    def __init__(self, read, setting="", stderr=None, go_on=lambda: None):
        self.setting, self.stderr, self.go_on, self._read = setting, stderr, go_on, read

    def read_until(self, text):
        """Return what comes, up to a text."""
        found, end = "", time.monotonic() + PATIENCE
        while text not in found:
            assert time.monotonic() < end, found[-1000:]
            found += self._read(65536).decode()
        return found


def a_pipe(folder, stack):
    read, write = os.pipe()
    stack.callback(os.close, read)
    stack.callback(os.close, write)
    return Place(lambda size: os.read(read, size), stderr=write)


def a_terminal_after_ctrl_s(folder, stack):
    ours, theirs = pty.openpty()
    stack.callback(os.close, ours)
    stack.callback(os.close, theirs)
    termios.tcflow(theirs, termios.TCOOFF)
    go_on = lambda: termios.tcflow(theirs, termios.TCOON)  # noqa: E731 - one line
    return Place(lambda size: os.read(ours, size), stderr=theirs, go_on=go_on)


def a_file_that_hangs(folder, stack):
    os.mkfifo(folder / "log")
    read = os.open(folder / "log", os.O_RDONLY | os.O_NONBLOCK)
    stack.callback(os.close, read)
    go_on = lambda: os.set_blocking(read, True)  # noqa: E731 - one line
    return Place(lambda size: os.read(read, size), f"logoutput = {folder}/log", go_on=go_on)


def a_syslog_daemon(folder, stack):
    daemon = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
    daemon.bind(str(folder / "log.sock"))
    daemon.settimeout(PATIENCE)
    return Place(daemon.recv, f"logoutput = syslog://{folder}/log.sock")


@pytest.fixture
def circusd(tmp_path):
    """Return a function that starts a circusd with a place, which it fills before web starts."""
    with contextlib.ExitStack() as stack:

        def start(make):
            place = make(tmp_path, stack)
            (tmp_path / "hooks.py").write_text(SHOUT)
            file = tmp_path / "circus.ini"
            file.write_text(TEXT.format(folder=tmp_path, setting=place.setting))
            stderr = subprocess.DEVNULL if place.stderr is None else place.stderr
            daemon = spawn_circusd(file, cwd=tmp_path, stderr=stderr)
            stack.callback(daemon.communicate)
            stack.callback(lambda: kill(proc.family(daemon.pid)))
            client = CircusClient(endpoint=f"ipc://{tmp_path}/ctl", timeout=PATIENCE)
            stack.callback(client.stop)
            client.send_message("start", name="web", waiting=True)
            return daemon, client, place

        yield start


PLACES = [a_pipe, a_terminal_after_ctrl_s, a_file_that_hangs, a_syslog_daemon]


@pytest.mark.parametrize("make", PLACES)
def test_circusd_goes_on_and_tells_in_its_place_what_is_lost(circusd, make):
    daemon, client, place = circusd(make)
    assert client.send_message("status", name="web")["status"] == "active"
    place.go_on()
    said = place.read_until("what the log is written to did not keep up")
    numbers = [int(number) for number in re.findall(r"line (\d+)\.", said)]
    assert numbers == list(range(len(numbers)))
    lost = [int(found[1]) for found in LOST.finditer(said)]
    assert sum(lost) > 0
    assert len(numbers) + sum(lost) >= COUNT
    daemon.send_signal(signal.SIGTERM)
    place.read_until("Arbiter exiting")
    assert daemon.wait(PATIENCE) == 0


def test_at_the_end_the_rest_has_a_little_while_and_no_more(circusd):
    daemon, _, _ = circusd(a_pipe)
    began = time.monotonic()
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(PATIENCE) == 0
    assert time.monotonic() - began >= scribe.LAST


def test_why_a_start_fails_is_in_the_log(tmp_path):
    file = tmp_path / "circus.ini"
    places = "endpoint = ipc://no/ctl\npubsub_endpoint = ipc://pub"
    file.write_text(f"[circus]\n{places}\nlogoutput = log")
    code, said = refused(file, cwd=tmp_path)
    assert code == 1
    sentence = "cannot bind ipc://no/ctl: No such file or directory"
    assert f"circusd: {sentence}\n" in said
    assert sentence in (tmp_path / "log").read_text()
