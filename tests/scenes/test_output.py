"""What a process wrote before it died is in the file, all of it."""

from __future__ import annotations

import pytest

COUNT, SIZE, WIDTH = 50, 20_000, 100


def line_of(wid):
    return b"%02d" % wid * (WIDTH // 2 - 1) + b".\n"


def burst(tmp_path, after):
    """Return a watcher whose processes write 20,000 bytes and end at once, each its own letter."""
    for wid in range(1, COUNT + 1):
        (tmp_path / f"text{wid}").write_bytes(line_of(wid) * (SIZE // WIDTH))
    return (
        f"[watcher:burst]\ncmd = sh -c 'cat text$0; {after}' $(circus.wid)\nrespawn = False\n"
        f"numprocesses = {COUNT}\nstdout_stream.class = FileStream\n"
        f"stdout_stream.filename = {tmp_path}/out\n"
    )


@pytest.mark.parametrize("after", ["exit 1", "kill -9 $$"])
def test_the_output_of_children_that_write_and_die_at_once_is_complete(circusd, tmp_path, after):
    daemon = circusd(burst(tmp_path, after))
    daemon.log.until("burst stopped")
    daemon.ctl("quit")
    assert daemon.ended() == 0
    lines = (tmp_path / "out").read_bytes().splitlines(keepends=True)
    assert sum(map(len, lines)) == COUNT * SIZE
    for wid in range(1, COUNT + 1):
        assert lines.count(line_of(wid)) == SIZE // WIDTH


def test_the_output_of_children_that_are_stopped_is_complete(circusd, tmp_path):
    text = burst(tmp_path, "echo written >&2; exec sleep 600")
    daemon = circusd(text)
    daemon.log.until(*["written"] * COUNT)
    daemon.ctl("stop", "burst", "--waiting")
    assert (tmp_path / "out").stat().st_size == COUNT * SIZE


def test_output_without_a_stream_comes_out_where_the_daemons_does(circusd):
    daemon = circusd("[watcher:web]\ncmd = sh -c 'echo to stdout; echo to stderr >&2; sleep 600'")
    daemon.log.until("to stdout", "to stderr")


def test_stdout_stream_prints_what_the_child_says(circusd):
    daemon = circusd(
        "[watcher:web]\ncmd = sh -c 'echo through a stream; sleep 600'\n"
        "stdout_stream.class = StdoutStream"
    )
    daemon.log.until("through a stream")
