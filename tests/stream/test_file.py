import errno
import os

import pytest

from circus.stream import FileStream


def chunk(data):
    return {"data": data, "pid": 1, "name": "stdout"}


def test_bytes_are_appended_as_they_are(tmp_path):
    path = tmp_path / "out.log"
    path.write_bytes(b"old\n")
    stream = FileStream(str(path))
    for data in (b"caf\xc3", b"\xa9\n", b"\xff\x00", b""):
        stream(chunk(data))
    stream.close()
    assert path.read_bytes() == b"old\ncaf\xc3\xa9\n\xff\x00"


def test_a_chunk_is_in_the_file_when_the_call_returns(tmp_path):
    path = tmp_path / "out.log"
    stream = FileStream(filename=str(path))
    stream(chunk(b"x" * 300_000))
    assert path.stat().st_size == 300_000
    stream.close()


def test_a_closed_stream_can_be_opened_again(tmp_path):
    path = tmp_path / "out.log"
    stream = FileStream(str(path))
    stream(chunk(b"one "))
    stream.close()
    stream.close()
    with pytest.raises(ValueError, match="closed file"):
        stream(chunk(b"lost"))
    stream.open()
    stream.open()
    stream(chunk(b"two"))
    stream.close()
    assert path.read_bytes() == b"one two"


def test_a_relative_name_stays_where_it_was_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stream = FileStream("out.log")
    stream.close()
    monkeypatch.chdir("/")
    stream.open()
    stream(chunk(b"x"))
    stream.close()
    assert (tmp_path / "out.log").read_bytes() == b"x"


def test_without_a_name_there_is_a_temporary_file(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    stream = FileStream()
    stream(chunk(b"x"))
    stream.close()
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"x"]


def test_options_that_are_not_known_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"^cannot use max_bytes, time_format: FileStream takes"):
        FileStream(str(tmp_path / "out.log"), time_format="%H", max_bytes="1")
    assert not list(tmp_path.iterdir())


def test_a_directory_that_is_missing_is_told(tmp_path):
    with pytest.raises(FileNotFoundError):
        FileStream(str(tmp_path / "no" / "out.log"))


def test_the_file_is_not_inherited(tmp_path):
    stream = FileStream(str(tmp_path / "out.log"))
    assert not os.get_inheritable(stream._file.fileno())
    stream.close()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux's /dev/full")
def test_a_full_disk_is_an_error():
    stream = FileStream("/dev/full")
    with pytest.raises(OSError, match="No space left") as caught:
        stream(chunk(b"x"))
    assert caught.value.errno == errno.ENOSPC
    stream.close()
