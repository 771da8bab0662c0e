from __future__ import annotations

import io
import os
import sys

import pytest

from circus.stream import FancyStdoutStream, StdoutStream
from circus.stream.fault import written
from circus.stream.stdout import emit
from tests.helpers.chunks import chunk, feed, full


def textual(monkeypatch):
    """Make a stdout that takes text only."""
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    return out


def test_bytes_go_to_stdout_as_they_are(capfdbinary):
    StdoutStream()(chunk(b"caf\xc3\xa9\xff\n"))
    assert capfdbinary.readouterr().out == b"caf\xc3\xa9\xff\n"


def test_what_was_printed_before_comes_before(capfdbinary):
    sys.stdout.write("first ")
    StdoutStream()(chunk(b"second"))
    assert capfdbinary.readouterr().out == b"first second"


def test_a_stdout_without_a_descriptor_gets_bytes(capsysbinary):
    StdoutStream()(chunk(b"caf\xc3"))
    assert capsysbinary.readouterr().out == b"caf\xc3"


def test_a_stdout_without_bytes_gets_text(monkeypatch):
    out = textual(monkeypatch)
    StdoutStream(foo="ignored")(chunk(b"caf\xc3\xa9 \xff\n"))
    assert out.getvalue() == "café �\n"


def test_a_character_that_was_cut_is_put_together_for_each_process(monkeypatch):
    out = textual(monkeypatch)
    feed(StdoutStream(), (b"\xc3", 1), (b"\xc3", 2), (b"\xa9", 1), (b"\xa4", 2))
    assert out.getvalue() == "éä"


def test_close_leaves_stdout_open(monkeypatch):
    out = textual(monkeypatch)
    stream = StdoutStream()
    stream(chunk(b"\xc3"))
    stream.close()
    stream(chunk(b"x"))
    assert out.getvalue() == "x"


def test_a_full_disk_behind_stdout_takes_nothing_twice(tmp_path, monkeypatch):
    path = tmp_path / "out"
    with open(path, "w") as file:
        disk = full(monkeypatch, 3)
        with pytest.raises(OSError, match="No space left") as caught:
            emit(file, b"abcdef")
        disk["left"] = None
        emit(file, b"abcdef"[written(caught.value) :])
        assert path.read_bytes() == b"abcdef"


def test_a_pipe_that_nobody_reads_any_more_is_an_error():
    read, write = os.pipe()
    os.close(read)
    with open(write, "w") as file, pytest.raises(BrokenPipeError):
        emit(file, b"x")


def test_all_streams_to_stdout_are_called_in_one_thread():
    assert StdoutStream().writer == FancyStdoutStream().writer
