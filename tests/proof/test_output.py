"""How much output is carried, how much is written directly, and what the daemon does meanwhile."""

from __future__ import annotations

import hashlib

import pytest

from tests.helpers.carrying import MIB, alone, carried
from tests.helpers.daemon import running
from tests.proof.conftest import ROUNDS

pytestmark = pytest.mark.proof

SIZE = 512
"""MiB that one child prints."""
BOUNDED = ("max_bytes = 67108864", "backup_count = 20")
STAMP = "time_format = %Y-%m-%d %H:%M:%S"
STAMPED = 1.2
"""What a stamped line is at least, to one of 100 bytes."""


@pytest.fixture(scope="module")
def ways():
    """What was measured of each way, a few times."""
    return {
        "plain": [carried(SIZE) for _ in range(ROUNDS)],
        "rotated": [carried(SIZE, *BOUNDED) for _ in range(ROUNDS)],
        "stamped": [carried(SIZE // 2, STAMP, grows=STAMPED) for _ in range(ROUNDS)],
        "dropped": [carried(SIZE, "on_full = drop", grows=0.0) for _ in range(ROUNDS)],
    }


@pytest.mark.parametrize(("way", "speed"), [("plain", 1000), ("rotated", 1000), ("stamped", 300)])
def test_a_gibibyte_is_carried_in_time(ways, figure, way, speed):
    name = f"1 GiB of one child, carried into a file, {way}"
    figure(name, [one["seconds"] for one in ways[way]], 1024 / speed, "s")


@pytest.mark.parametrize("way", ["plain", "rotated", "stamped", "dropped"])
def test_the_daemon_answers_and_keeps_its_memory_meanwhile(ways, figure, way):
    figure(f"an answer meanwhile, {way}, worst", [x["worst"] for x in ways[way]], 50, "ms")
    figure(f"memory meanwhile, {way}", [x["memory"] for x in ways[way]], 60, "MiB")


def test_a_child_that_gets_the_file_itself_is_as_fast_as_without_us(figure):
    ratios = []
    for _ in range(2 * ROUNDS):
        ours = carried(2 * SIZE, "direct = True")["seconds"]
        ratios.append(ours / alone(2 * SIZE))
    figure("time of a child with direct, to the same child alone", ratios, 1 / 0.9, "x")


def test_all_bytes_are_there_and_in_order_over_all_backups(tmp_path):
    source, logs = tmp_path / "source", tmp_path / "logs"
    logs.mkdir()
    with source.open("wb") as file:
        for block in range(256):
            numbers = range(block * 10486, (block + 1) * 10486)
            file.writelines(b"%099d\n" % number for number in numbers)
    options = "".join(f"stdout_stream.{option}\n" for option in BOUNDED)
    text = (
        f"[watcher:web]\ncmd = sh -c 'cat source; echo written >&2; exec sleep 600'\n"
        f"working_dir = {tmp_path}\nstdout_stream.filename = {logs}/log\n{options}"
    )
    with running(tmp_path, text) as daemon:
        daemon.log.until("written")
        daemon.ctl("stop", "web", "--waiting")
    files = sorted(logs.iterdir(), key=lambda path: -int(path.suffix[1:] or 0))
    assert len(files) == 5
    assert all(file.stat().st_size <= 64 * MIB for file in files)
    found = hashlib.sha256()
    for file in files:
        found.update(file.read_bytes())
    assert found.hexdigest() == hashlib.sha256(source.read_bytes()).hexdigest()


def test_a_hundred_children_share_a_file_and_every_line_is_whole(tmp_path):
    count, lines = 100, 10_000
    say = f'seq -f "child $0 line %06g of {lines} in a file that many share" {lines}'
    text = (
        f"[watcher:many]\ncmd = sh -c '{say}; echo written >&2; exec sleep 600' $(circus.wid)\n"
        f"numprocesses = {count}\nstdout_stream.filename = {tmp_path}/log\n"
    )
    with running(tmp_path, text) as daemon:
        daemon.log.until(*["written"] * count)
        daemon.ctl("--timeout", "20", "stop", "many", "--waiting")
    found = (tmp_path / "log").read_bytes().splitlines(keepends=True)
    wanted = {
        b"child %d line %06d of %d in a file that many share\n" % (wid, line, lines)
        for wid in range(1, count + 1)
        for line in range(1, lines + 1)
    }
    assert len(found) == count * lines
    assert set(found) == wanted
