"""Floods and faults of one output: the daemon answers, stays small, and does not spin."""

from __future__ import annotations

import os
import threading
import time

import pytest

from benchmarks import proc
from tests.helpers.carrying import Watch
from tests.helpers.daemon import running

pytestmark = pytest.mark.proof

SECONDS = 3
STREAMS = """
import threading

class Sleeps:
    def __init__(self, **options):
        pass

    def __call__(self, data):
        threading.Event().wait(600)

class Raises(Sleeps):
    def __call__(self, data):
        raise KeyError("tea")

class Counts(Sleeps):
    def __call__(self, data):  # holds the interpreter as long as it can
        sum(data["data"][::16])
"""
LINES, NULS, BAD = "exec yes", "exec cat /dev/zero", "exec yes $(printf '\\303\\050\\n\\377')"
SPINS, RESTS = 1200, 150
"""Milliseconds of CPU in a second: a flood that is carried or dropped may take a whole CPU, who can
only wait has none to take; the questions of this test need some themselves."""

SCENES = {
    "a flood of lines": (LINES, ("filename = /dev/null",), SPINS),
    "a flood of NULs without a newline": (NULS, ("filename = /dev/null",), SPINS),
    "a flood of what is no UTF-8": (BAD, ("filename = /dev/null", "time_format = %S"), SPINS),
    "a stream that sleeps": (LINES, ("class = mine.Sleeps",), RESTS),
    "a stream that sleeps, dropped": (LINES, ("class = mine.Sleeps", "on_full = drop"), SPINS),
    "a stream that raises": (LINES, ("class = mine.Raises",), SPINS),
    "a stream that computes": (LINES, ("class = mine.Counts",), SPINS),
    "a FIFO that nobody reads": (LINES, ("filename = {folder}/fifo",), RESTS),
    "a FIFO whose reader has stopped": (LINES, ("filename = {folder}/read",), RESTS),
    "a full disk": (LINES, ("filename = /dev/full",), RESTS),
    "a directory that is not there": (LINES, ("filename = {folder}/no/log",), RESTS),
    "a child that closes its stdout": ("exec >&-; exec sleep 600", ("filename = x",), RESTS),
}


@pytest.fixture
def folder(tmp_path):
    """A folder with streams, and with FIFOs, one of which has a reader that does not read."""
    (tmp_path / "mine.py").write_text(STREAMS)
    os.mkfifo(tmp_path / "fifo")
    os.mkfifo(tmp_path / "read")
    reader = os.open(tmp_path / "read", os.O_RDONLY | os.O_NONBLOCK)
    yield tmp_path
    os.close(reader)


@pytest.mark.parametrize("name", SCENES)
def test_one_output_in_trouble_costs_the_daemon_little(folder, figure, name):
    child, options, most = SCENES[name]
    stream = "".join(f"stdout_stream.{one.format(folder=folder)}\n" for one in options)
    text = (
        f"[watcher:sick]\ncmd = {child}\nshell = True\nworking_dir = {folder}\n{stream}"
        "[watcher:well]\ncmd = sleep 600\n"
    )
    with running(folder, text) as daemon:
        daemon.log.until("sick started", "well started")
        watches = []
        before, start = proc.cpu_ns([daemon.process.pid]), time.monotonic()
        for _ in range(SECONDS):
            with Watch(daemon.endpoint, daemon.process.pid) as watch:
                threading.Event().wait(1)
            watches.append(watch)
        taken = time.monotonic() - start
        cpu = (proc.cpu_ns([daemon.process.pid]) - before) / 1e6 / taken
        begun = time.monotonic()
        daemon.ctl("--timeout", "20", "quit", "--waiting")
        assert daemon.ended() == 0
        ended = time.monotonic() - begun
    figure(f"an answer in a second of {name}, worst", [x.worst for x in watches], 50, "ms")
    figure(f"memory during {name}", [max(x.memory for x in watches)], 60, "MiB")
    figure(f"CPU of the daemon in a second of {name}", [cpu], most, "ms")
    figure(f"quit after {name}", [ended], 7, "s")
