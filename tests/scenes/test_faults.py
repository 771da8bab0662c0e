"""What is wrong with one watcher's output stops or slows that output, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from tests.helpers.daemon import PATIENCE

LINES, WIDTH = 50_000, 100
"""More than may wait, and than a pipe takes beside that."""
TEXT = b"".join(b"%098d.\n" % number for number in range(LINES))
WELL = "[watcher:well]\ncmd = sh -c 'while read x; do echo $x >&2; done < ask; exec sleep 600'\n"

FUSSY = """
import os, threading

class Fussy:
    def __init__(self, folder, **options):
        self.folder = folder

    def __call__(self, data):
        if os.path.exists(f"{self.folder}/broken"):
            raise KeyError("tea")
        while os.path.exists(f"{self.folder}/asleep"):
            threading.Event().wait(0.01)
        with open(f"{self.folder}/out", "ab") as out:
            out.write(data["data"])
"""


@pytest.fixture
def sick(tmp_path, circusd):
    """Return a function that runs a daemon with a chatty watcher and a well one."""

    def start(*options, **more):
        (tmp_path / "text").write_bytes(TEXT)
        (tmp_path / "fussy.py").write_text(FUSSY)
        os.mkfifo(tmp_path / "ask")
        stream = "".join(f"stdout_stream.{option}\n" for option in options)
        text = f"[watcher:sick]\ncmd = sh -c 'cat text; echo written >&2; exec sleep 600'\n{stream}"
        place = f"working_dir = {tmp_path}\n"
        return circusd(f"{text}{place}{WELL}{place}", **more)

    return start


def is_well(daemon):
    """Hold that another watcher speaks, and that commands are answered."""
    with open(daemon.folder / "ask", "w") as ask:
        ask.write("hello\n")
    daemon.log.until("hello")
    assert daemon.call("numwatchers")["numwatchers"] == 2


def complete(daemon, *files):
    """Hold that all was written, once the watcher is stopped; return what stands in the files."""
    daemon.log.until("written")
    daemon.ctl("stop", "sick", "--waiting")
    found = b"".join(Path(file).read_bytes() for file in files)
    assert found == TEXT


def test_a_fifo_that_nobody_reads_keeps_only_its_own_watcher_waiting(sick, tmp_path):
    fifo, out = tmp_path / "fifo", tmp_path / "out"
    os.mkfifo(fifo)
    daemon = sick(f"filename = {fifo}")
    daemon.log.until("cannot write stdout of 'sick'")
    is_well(daemon)
    with out.open("wb") as into, subprocess.Popen(["cat", fifo], stdout=into):
        daemon.log.until("written")
        daemon.ctl("stop", "sick", "--waiting")
        daemon.ctl("quit", "--waiting")
    assert out.read_bytes() == TEXT


def test_a_fifo_whose_reader_has_stopped_keeps_only_its_own_watcher_waiting(sick, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    daemon = sick(f"filename = {fifo}")
    daemon.log.until("it does not return")
    is_well(daemon)
    os.set_blocking(reader, True)
    found = []

    def read():
        while sum(map(len, found)) < len(TEXT):
            found.append(os.read(reader, 1 << 20))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    daemon.log.until("written")
    thread.join(PATIENCE)
    os.close(reader)
    assert b"".join(found) == TEXT


def test_a_directory_that_was_removed_costs_nothing_once_it_is_back(sick, tmp_path):
    folder = tmp_path / "logs"
    daemon = sick(f"filename = {folder}/log")
    daemon.log.until("cannot write stdout of 'sick'")
    is_well(daemon)
    folder.mkdir()
    complete(daemon, folder / "log")
    daemon.log.until("stdout of 'sick' is written again")
    shutil.rmtree(folder)
    daemon.ctl("start", "sick")
    daemon.log.until("cannot write stdout of 'sick'")
    folder.mkdir()
    complete(daemon, folder / "log")


SMALL = 'mount -t tmpfs -o size=1m none "$0/disk" && exec "$@"'
"""Runs a program that sees a disk of 1 MiB, which nobody else sees."""


def own_mounts():
    """Return the words that run a program with mounts of its own, or None."""
    for how in ("-m", "-rm"):
        words = ("unshare", how, "sh", "-c")
        probe = subprocess.run(
            [*words, "mount -t tmpfs none /mnt"], capture_output=True, check=False
        )
        if probe.returncode == 0:
            return words
    return None


@pytest.fixture
def disk(tmp_path):
    """The words that run a daemon with a small disk."""
    words = own_mounts() if shutil.which("unshare") else None
    if words is None:
        pytest.skip("nobody here may mount a tmpfs")
    (tmp_path / "disk").mkdir()
    return (*words, SMALL, str(tmp_path))


def test_a_full_disk_costs_nothing_once_there_is_room(sick, tmp_path, disk):
    daemon = sick(f"filename = {tmp_path}/disk/log", around=disk)
    daemon.log.until("No space left on device")
    is_well(daemon)
    seen = Path(f"/proc/{daemon.process.pid}/root{tmp_path}/disk")
    found = []
    while len(b"".join(found)) < len(TEXT):
        # as a person would make room: what is there is taken elsewhere, and the file is opened anew
        (seen / "log").rename(seen / "old")
        daemon.ctl("reopenlogs", "sick")
        found.append((seen / "old").read_bytes())
        (seen / "old").unlink()
    assert b"".join(found) == TEXT


def test_a_stream_of_a_user_that_sleeps_keeps_only_its_own_watcher_waiting(sick, tmp_path):
    (tmp_path / "asleep").touch()
    daemon = sick("class = fussy.Fussy", f"folder = {tmp_path}")
    is_well(daemon)
    (tmp_path / "asleep").unlink()
    complete(daemon, tmp_path / "out")


def test_a_stream_of_a_user_that_raises_loses_what_it_was_given_and_says_so(sick, tmp_path):
    (tmp_path / "broken").touch()
    daemon = sick("class = fussy.Fussy", f"folder = {tmp_path}")
    events = daemon.events()
    daemon.log.until("are lost: 'tea'", "written")
    is_well(daemon)
    daemon.ctl("restart", "sick")
    (tmp_path / "broken").unlink()
    lost = events.until("sick", "output_lost")[-1].fields
    assert lost["lines"] > 0
    daemon.log.until("written")
    daemon.ctl("stop", "sick", "--waiting")
    said = (tmp_path / "out").read_bytes()
    assert b" lines lost (" in said
    assert said.endswith(TEXT[-WIDTH:])


def test_what_a_stream_is_too_slow_for_is_dropped_on_demand(sick, tmp_path):
    (tmp_path / "asleep").touch()
    daemon = sick("class = fussy.Fussy", f"folder = {tmp_path}", "on_full = drop")
    daemon.log.until("written", "lines")
    (tmp_path / "asleep").unlink()
    daemon.ctl("stop", "sick", "--waiting")
    lines = (tmp_path / "out").read_bytes().splitlines(keepends=True)
    (told,) = [line for line in lines if b"lost" in line]
    count = int(told.split()[1])
    assert len(lines) - 1 + count == LINES
    assert set(map(len, lines)) - {len(told)} == {WIDTH}
