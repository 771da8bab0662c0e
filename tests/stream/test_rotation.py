from __future__ import annotations

import gzip
import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circus.stream import FileStream
from circus.stream.fault import written
from tests.helpers.chunks import chunk, feed, full, numbered, open_stream, settle, texts


def test_a_file_is_filled_to_the_last_byte_and_then_rotated(make, tmp_path):
    stream = make(max_bytes=8, backup_count=2)
    feed(stream, b"1234567\n", b"a\n", b"bcdef\n", b"x")
    assert texts(tmp_path) == {"log.2": b"1234567\n", "log.1": b"a\nbcdef\n", "log": b"x"}


def test_a_chunk_is_cut_between_lines_where_the_file_is_full(make, tmp_path):
    lines = numbered(10)
    feed(make(max_bytes=35, backup_count=9), b"".join(lines))
    assert texts(tmp_path) == {
        "log.3": b"".join(lines[:3]),
        "log.2": b"".join(lines[3:6]),
        "log.1": b"".join(lines[6:9]),
        "log": lines[9],
    }


def test_a_line_that_is_longer_than_the_bound_has_a_file_to_itself(make, tmp_path):
    feed(make(max_bytes=5, backup_count=9), b"a\n", b"longer than that\nb\n", b"c\n")
    assert texts(tmp_path) == {"log.2": b"a\n", "log.1": b"longer than that\n", "log": b"b\nc\n"}


def test_without_backups_the_file_is_emptied(make, tmp_path):
    stream = make(max_bytes=4)
    with open(tmp_path / "log", "rb") as tail:
        feed(stream, b"123\n", b"456\n")
        assert tail.read() == b"456\n"
    assert texts(tmp_path) == {"log": b"456\n"}


def test_no_file_begins_without_a_prefix(make, tmp_path):
    stream = make(max_bytes=13, backup_count=2, time_format="%H")
    feed(stream, b"a", b"b", b"cd\n", b"e\n")
    assert texts(tmp_path) == {
        "log.2": b"12 [1] | ab", "log.1": b"12 [1] | cd\n", "log": b"12 [1] | e\n",
    }  # fmt: skip


def test_no_file_begins_with_the_end_of_somebody_elses_line(make, tmp_path):
    feed(make(max_bytes=4, backup_count=2), (b"abc", 1), (b"de\n", 2))
    assert texts(tmp_path) == {"log.1": b"abc", "log": b"de\n"}


def test_two_streams_of_a_file_rotate_it_once_and_write_to_no_backup(make, tmp_path):
    out, err = (make(max_bytes=40, backup_count=50) for _ in range(2))
    lines = numbered(60)
    for number, line in enumerate(lines):
        (out, err)[number % 2](chunk(line, number % 2))
    found = texts(tmp_path)
    order = sorted(found, key=lambda name: -int(name.partition(".")[2] or 0))
    assert b"".join(found[name] for name in order) == b"".join(lines)
    assert {len(text) for text in found.values()} == {40}


def test_streams_of_a_file_may_be_called_from_several_threads_at_once(make, tmp_path):
    def write(stream, letter):
        for number in range(300):
            stream(chunk(b"%b%08d\n" % (letter, number), letter))

    threads = [
        threading.Thread(target=write, args=(make(max_bytes=1000, backup_count=99), letter))
        for letter in (b"a", b"b", b"c", b"d")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = texts(tmp_path)
    assert {len(found.pop("log")), *map(len, found.values())} == {1000}
    assert len(found) == 4 * 300 // 100 - 1


def test_a_file_that_somebody_else_renamed_is_left_to_him(make, tmp_path):
    stream = make(max_bytes=4, backup_count=3)
    feed(stream, b"123\n")
    os.rename(tmp_path / "log", tmp_path / "theirs")
    (tmp_path / "log").write_bytes(b"4\n")
    feed(stream, b"5\n", b"6\n")
    assert texts(tmp_path) == {"theirs": b"123\n", "log.1": b"4\n5\n", "log": b"6\n"}


def test_an_error_between_two_files_says_how_much_was_written(make, tmp_path, monkeypatch):
    stream = make(max_bytes=24, backup_count=3, time_format="%H")
    data = b"a\nb\nc\nd\n"
    disk = full(monkeypatch, 24)
    with pytest.raises(OSError, match="No space left") as caught:
        feed(stream, data)
    done = written(caught.value)
    assert done == 4
    disk["left"] = None
    feed(stream, data[done:])
    lines = [b"12 [1] | " + letter for letter in (b"a\n", b"b\n", b"c\n", b"d\n")]
    assert texts(tmp_path) == {"log.1": b"".join(lines[:2]), "log": b"".join(lines[2:])}


@pytest.mark.parametrize("step", ["rename", "open"])
def test_a_rotation_that_fails_loses_nothing_and_is_done_later(make, tmp_path, monkeypatch, step):
    def refuse(*args):
        raise PermissionError(13, "refused")

    stream = make(max_bytes=4, backup_count=2)
    feed(stream, b"123\n")
    with monkeypatch.context() as patch:
        patch.setattr(os, step, refuse)
        for _ in range(2):
            with pytest.raises(PermissionError):
                feed(stream, b"456\n")
    feed(stream, b"456\n")
    assert texts(tmp_path) == {"log.1": b"123\n", "log": b"456\n"}


def test_backups_are_compressed(make, tmp_path):
    stream = make(max_bytes=20, backup_count=3, compress="yes")
    for line in numbered(8):
        feed(stream, line)
        settle(tmp_path / "log")
    found = texts(tmp_path)
    assert found.keys() == {"log", "log.1.gz", "log.2.gz", "log.3.gz"}
    assert gzip.decompress(found["log.3.gz"]) == b"".join(numbered(8)[:2])
    assert found["log"] == b"".join(numbered(8)[6:])


def test_all_files_together_keep_within_their_bound(make, tmp_path):
    stream = make(max_bytes=30, backup_count=9, max_total_bytes=75)
    for line in numbered(40):
        feed(stream, line)
        assert sum(map(len, texts(tmp_path).values())) <= 75
    assert texts(tmp_path) == {
        "log.1": b"".join(numbered(40)[36:39]),
        "log": numbered(40)[39],
        "log.2": b"".join(numbered(40)[33:36]),
    }


def test_a_bound_of_the_whole_alone_empties_the_file(make, tmp_path):
    stream = make(max_total_bytes=25)
    feed(stream, *numbered(3))
    assert texts(tmp_path) == {"log": numbered(3)[2]}
    feed(stream, b"".join(numbered(9)))
    assert texts(tmp_path) == {"log": numbered(9)[8]}
    feed(stream, b"x" * 40 + b"\n")
    assert texts(tmp_path) == {"log": b"x" * 40 + b"\n"}


def test_a_device_is_never_rotated():
    with open_stream(FileStream, "/dev/null", max_bytes=4, backup_count=2) as stream:
        feed(stream, *numbered(9), b"".join(numbered(9)))


@given(
    texts_of=st.lists(
        st.tuples(
            st.sampled_from([b"", b"\n", b"a\n", b"bc", b"d\nef", b"g" * 9 + b"\n"]),
            st.integers(1, 3),
        ),
        max_size=30,
    ),
    most=st.integers(1, 30),
    marked=st.booleans(),
)
def test_whatever_is_written_is_there_in_order(tmp_path_factory, texts_of, most, marked):
    place = tmp_path_factory.mktemp("all")
    options = {"time_format": ""} if marked else {}
    with open_stream(FileStream, str(place / "log"), most, 999, **options) as stream:
        feed(stream, *texts_of)
    found = texts(place)
    order = sorted(found, key=lambda name: -int(name.partition(".")[2] or 0))
    whole = b"".join(found[name] for name in order)
    marks = [b" [%d] | " % pid for pid in (1, 2, 3)]
    for mark in marks:
        whole = whole.replace(mark, b"")
    said = b"".join(data for data, _ in texts_of)
    assert whole.replace(b"\n", b"") == said.replace(b"\n", b"")
    for text in found.values():
        assert len(text) <= most or text.count(b"\n", 0, -1) == 0
        if marked:
            assert all(line.startswith(tuple(marks)) for line in text.splitlines())
