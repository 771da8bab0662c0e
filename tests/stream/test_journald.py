from __future__ import annotations

import os
import struct

import pytest

from circus.stream import JournaldStream
from circus.stream import journald as module
from circus.stream.fault import written
from circus.stream.journald import field
from tests.helpers.chunks import chunk, open_stream
from tests.helpers.listening import datagram, unix
from tests.helpers.refusal import refused


def said(data, pid=7, name="stdout", **more):
    return chunk(data, pid, name, **{"watcher": "web", "wid": 2, **more})


@pytest.fixture
def journal(tmp_path):
    with unix(tmp_path / "socket") as listener:
        yield listener


def at(tmp_path, **options):
    return open_stream(JournaldStream, address=str(tmp_path / "socket"), **options)


def fields(listener):
    """Return the fields of one entry, read as journald reads them."""
    data, found = datagram(listener), {}
    while data:
        head, _, data = data.partition(b"\n")
        name, equals, value = head.partition(b"=")
        if not equals:
            (size,) = struct.unpack("<Q", data[:8])
            value, data = data[8 : 8 + size], data[8 + size + 1 :]
        found[name.decode()] = value
    return found


def test_each_line_is_an_entry_that_says_whose_it_is(journal, tmp_path):
    with at(tmp_path) as stream:
        stream(said(b"one\n\ntwo\n"))
        assert fields(journal) == {
            "MESSAGE": b"one",
            "PRIORITY": b"6",
            "SYSLOG_IDENTIFIER": b"web",
            "SYSLOG_PID": b"7",
            "OBJECT_PID": b"7",
            "CIRCUS_WATCHER": b"web",
            "CIRCUS_WID": b"2",
            "CIRCUS_STREAM": b"stdout",
        }
        assert fields(journal)["MESSAGE"] == b"two"


def test_stderr_is_an_error_unless_something_else_was_chosen(journal, tmp_path):
    for options, priority in (({}, b"3"), ({"severity": "debug"}, b"7")):
        with at(tmp_path, **options) as stream:
            stream(said(b"x", name="stderr"))
            assert fields(journal)["PRIORITY"] == priority


def test_more_fields_and_a_tag_go_with_each_line(journal, tmp_path):
    with at(tmp_path, tag="shop", fields="SERVICE=web,TIER = 2") as stream:
        stream(said(b"x"))
        found = fields(journal)
    assert (found["SYSLOG_IDENTIFIER"], found["SERVICE"], found["TIER"]) == (b"shop", b"web", b"2")


def test_what_is_not_known_is_left_out(journal, tmp_path):
    with at(tmp_path) as stream:
        stream({"data": "by hand"})
        assert fields(journal) == {
            "MESSAGE": b"by hand", "PRIORITY": b"6", "SYSLOG_IDENTIFIER": b"circus",
        }  # fmt: skip


def test_bytes_that_are_no_text_travel_as_they_are(journal, tmp_path):
    with at(tmp_path) as stream:
        stream(said(b"\xff=\0\n"))
        assert fields(journal)["MESSAGE"] == b"\xff=\0"


def test_a_value_with_a_newline_travels_with_its_length():
    assert field("A", b"b") == b"A=b\n"
    assert field("A", b"b\nc") == b"A\n\x03\0\0\0\0\0\0\0b\nc\n"


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="needs Linux's memfd_create")
def test_a_line_that_is_too_long_for_a_datagram_travels_in_a_sealed_file(journal, tmp_path):
    line = b"x" * 3_000_000
    with at(tmp_path) as stream:
        stream(said(line + b"\nshort\n"))
        assert fields(journal)["MESSAGE"] == line
        assert fields(journal)["MESSAGE"] == b"short"


def test_without_such_files_a_line_that_is_too_long_is_an_error(journal, tmp_path, monkeypatch):
    monkeypatch.delattr(module.os, "memfd_create", raising=False)
    with at(tmp_path) as stream:
        with pytest.raises(OSError, match="too long") as caught:
            stream(said(b"short\n" + b"x" * 3_000_000))
        assert written(caught.value) == len(b"short\n")


def test_the_journal_may_come_and_go(tmp_path):
    with at(tmp_path) as stream:
        with pytest.raises(FileNotFoundError):
            stream(said(b"nobody is there\n"))
        for _ in range(2):
            with unix(tmp_path / "socket") as listener:
                stream(said(b"x\n"))
                assert fields(listener)["MESSAGE"] == b"x"


def test_a_journal_that_does_not_read_is_given_up_in_time(journal, tmp_path):
    with at(tmp_path, timeout=0.2) as stream, pytest.raises(TimeoutError) as caught:
        stream(said(b"x\n" * 9999))
    assert 0 < written(caught.value) < 2 * 9999


def test_a_field_that_the_journal_would_drop_is_refused():
    assert refused(lambda: JournaldStream(fields="_PID=1")).startswith("'fields': found '_PID=1'")
