from __future__ import annotations

import errno
import io
import os
import subprocess

import pytest

from circus.stream import FileStream
from circus.stream.fault import written
from tests.helpers.chunks import chunk, feed, full, local, numbered, open_stream, texts
from tests.helpers.refusal import refused


@pytest.fixture
def read(tmp_path):
    return (tmp_path / "log").read_bytes


def test_bytes_are_appended_as_they_are(make, read, tmp_path):
    (tmp_path / "log").write_bytes(b"old\n")
    feed(make(), b"caf\xc3", b"\xa9\n", b"\xff\x00", b"")
    assert read() == b"old\ncaf\xc3\xa9\n\xff\x00"


def test_a_chunk_is_in_the_file_when_the_call_returns(make, tmp_path):
    make()(chunk(b"x" * 300_000))
    assert (tmp_path / "log").stat().st_size == 300_000


def test_text_is_taken_like_bytes(make, read):
    feed(make(), "café\n")
    assert read() == "café\n".encode()


def test_a_closed_stream_can_be_opened_again(make, read):
    stream = make()
    stream(chunk(b"one "))
    stream.close()
    stream.close()
    assert "closed file" in refused(stream, chunk(b"lost"))
    stream.open()
    stream.open()
    stream(chunk(b"two"))
    assert read() == b"one two"


def test_a_relative_name_stays_where_it_was_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with open_stream(FileStream, "out.log", max_bytes=4, backup_count=1) as stream:
        stream.close()
        monkeypatch.chdir("/")
        stream.open()
        feed(stream, b"one\n", b"two\n")
    assert texts(tmp_path) == {"out.log": b"two\n", "out.log.1": b"one\n"}


def test_without_a_name_there_is_a_temporary_file(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with open_stream(FileStream) as stream:
        stream(chunk(b"x"))
    assert list(texts(tmp_path).values()) == [b"x"]


def test_the_arguments_are_those_of_circus(tmp_path):
    with open_stream(FileStream, str(tmp_path / "a"), "12", "3", "%H", foo="1") as stream:
        assert (stream._max_bytes, stream._backup_count, stream._time_format) == (12, 3, "%H")


def test_a_value_that_makes_no_sense_is_told_and_no_file_is_made(tmp_path):
    message = refused(FileStream, str(tmp_path / "a"), "many")
    assert message == "'max_bytes': found 'many', expected a whole number of at least 0"
    assert texts(tmp_path) == {}


def test_a_directory_that_is_missing_is_told(tmp_path):
    with pytest.raises(FileNotFoundError):
        FileStream(str(tmp_path / "no" / "log"))


def test_the_file_is_not_inherited(make):
    assert not os.get_inheritable(make()._file.fileno())


@pytest.mark.parametrize(
    ("chunks", "text"),
    [
        ([b"foo\nbar\nbaz\n"], b"12 [1] | foo\n12 [1] | bar\n12 [1] | baz\n"),
        ([b"foo", b"bar\n", b"baz\n"], b"12 [1] | foobar\n12 [1] | baz\n"),
        ([b"caf\xc3", b"\xa9\n"], "12 [1] | café\n".encode()),
        ([b"a\n\nb\n"], b"12 [1] | a\n12 [1] | \n12 [1] | b\n"),
        ([(b"a\n", 1), (b"b\n", 2)], b"12 [1] | a\n12 [2] | b\n"),
        ([(b"a", 1), (b"b\n", 2), (b"c\n", 1)], b"12 [1] | a\n12 [2] | b\n12 [1] | c\n"),
    ],
)
def test_the_time_and_the_pid_stand_before_each_line(make, read, chunks, text):
    feed(make(time_format="%H"), *chunks)
    assert read() == text


def test_the_time_of_a_chunk_is_that_of_its_lines(make, read):
    moment = local(2021, 3, 4, 5, 6, 7).timestamp()
    make(time_format="%Y-%m-%d")(chunk(b"x\n", timestamp=moment))
    assert read() == b"2021-03-04 [1] | x\n"


@pytest.mark.parametrize("data", ["foo\nbar\nbaz", "foo\nbar\nbaz\n"])
def test_a_message_put_together_by_hand_ends_with_its_line(make, read, data):
    make(time_format="%H")({"data": data, "pid": 333})
    assert read().split(b"\n") == [b"12 [333] | " + word for word in (b"foo", b"bar", b"baz")] + [
        b""
    ]


def test_a_line_of_an_earlier_life_is_ended_before_a_prefix(make, read, tmp_path):
    (tmp_path / "log").write_bytes(b"half a line")
    feed(make(time_format="%H"), b"x\n")
    assert read() == b"half a line\n12 [1] | x\n"


def test_who_begins_begins_at_the_beginning_of_a_line(make, read):
    out, err = make(), make()
    out(chunk(b"from stdout", name="stdout"))
    err(chunk(b"from stderr", name="stderr"))
    out(chunk(b" again\n", name="stdout"))
    assert read() == b"from stdout\nfrom stderr\n again\n"


def test_streams_of_one_file_share_it_and_their_thread(make, read, tmp_path):
    (tmp_path / "link").symlink_to("log")
    one, other = make(), make(time_format="%H")
    with open_stream(FileStream, str(tmp_path / "link")) as third:
        assert one._file is other._file is third._file
        assert one.writer == other.writer == third.writer == str(tmp_path / "log")
    one.close()
    feed(other, b"x\n")
    assert read() == b"12 [1] | x\n"


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="needs /dev/fd")
def test_a_pipe_behind_a_name_like_dev_stdout_can_be_written():
    read, write = os.pipe()
    with open_stream(FileStream, f"/dev/fd/{write}", max_bytes=1, backup_count=1) as stream:
        os.close(write)
        feed(stream, b"one\n", b"two\n")
    with open(read, "rb") as file:
        assert file.read() == b"one\ntwo\n"


@pytest.fixture
def small_disk(tmp_path):
    """A directory with room for 64 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(place)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"no file system may be mounted here: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_full_gets_whole_chunks_only_and_works_when_it_has_room(small_disk):
    (small_disk / "ballast").write_bytes(b"x" * 40_000)
    data = b"".join(numbered(1000))
    with open_stream(FileStream, str(small_disk / "log")) as stream:
        stream(chunk(data))
        for _ in range(2):
            with pytest.raises(OSError, match="No space left") as caught:
                stream(chunk(data * 3))
            assert written(caught.value) == 0
        assert (small_disk / "log").read_bytes() == data
        (small_disk / "ballast").unlink()
        stream(chunk(data * 3))
    assert (small_disk / "log").read_bytes() == data * 4


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux's /dev/full")
def test_a_full_disk_is_an_error():
    with open_stream(FileStream, "/dev/full") as stream:
        with pytest.raises(OSError, match="No space left") as caught:
            stream(chunk(b"x"))
        assert (caught.value.errno, written(caught.value)) == (errno.ENOSPC, 0)


def test_what_a_full_disk_refused_can_be_written_again_when_it_has_room(make, read, monkeypatch):
    stream = make(time_format="%H")
    disk = full(monkeypatch, 15)
    with pytest.raises(OSError, match="No space left") as caught:
        feed(stream, b"one\ntwo\n")
    assert (written(caught.value), read()) == (0, b"")
    disk["left"] = None
    feed(stream, b"one\ntwo\n")
    assert read() == b"12 [1] | one\n12 [1] | two\n"


def test_a_directory_that_was_removed_is_an_error_until_it_is_back(tmp_path):
    place = tmp_path / "logs"
    place.mkdir()
    with open_stream(FileStream, str(place / "log")) as stream:
        feed(stream, b"old\n")
        (place / "log").unlink()
        place.rmdir()
        for _ in range(2):
            with pytest.raises(FileNotFoundError):
                feed(stream, b"new\n")
        place.mkdir()
        feed(stream, b"new\n")
    assert texts(place) == {"log": b"new\n"}


def test_a_stream_that_cannot_be_opened_at_a_start_works_when_it_can(tmp_path):
    place = tmp_path / "logs"
    place.mkdir()
    stream = FileStream(str(place / "log"))
    stream.close()
    (place / "log").unlink()
    place.rmdir()
    with pytest.raises(FileNotFoundError):
        stream.open()
    place.mkdir()
    feed(stream, b"new\n")
    stream.close()
    assert texts(place) == {"log": b"new\n"}


def test_a_file_that_was_moved_away_is_written_until_it_is_opened_anew(make, tmp_path):
    stream, other = make(), make()
    feed(stream, b"one\n")
    os.rename(tmp_path / "log", tmp_path / "old")
    feed(stream, b"two\n")
    stream.reopen()
    other.reopen()
    feed(stream, b"three\n")
    feed(other, b"four\n")
    assert texts(tmp_path) == {"old": b"one\ntwo\n", "log": b"three\nfour\n"}


def test_a_closed_stream_is_not_opened_by_reopen(make, tmp_path):
    stream = make()
    stream.close()
    os.unlink(tmp_path / "log")
    stream.reopen()
    assert texts(tmp_path) == {}


@pytest.mark.parametrize(
    ("file", "text"), [(io.StringIO, "café �"), (io.BytesIO, b"caf\xc3\xa9 \xff")]
)
def test_a_file_put_in_its_place_is_written(make, file, text):
    stream = make()
    stream._file.close()
    stream._file = file()
    stream({"data": b"caf\xc3\xa9 \xff", "pid": 1})
    assert stream._file.getvalue() == text


def test_mode_and_owner_are_those_of_the_file(make, tmp_path):
    make(mode="640", owner=str(os.getuid()), max_bytes=2, backup_count=1)
    feed(make(), b"1\n", b"2\n")
    assert {oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()} == {"0o640"}
    assert {path.stat().st_uid for path in tmp_path.iterdir()} == {os.getuid()}


def test_an_owner_who_does_not_exist_is_told(tmp_path):
    message = refused(lambda: FileStream(str(tmp_path / "log"), owner="no_such:root"))
    assert message == "cannot find the user 'no_such'"
