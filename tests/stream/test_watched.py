from __future__ import annotations

import os

import pytest

from circus.stream import FileStream, WatchedFileStream
from tests.helpers.chunks import feed, open_stream, texts


@pytest.fixture
def stream(tmp_path):
    with open_stream(WatchedFileStream, str(tmp_path / "log")) as one:
        yield one


def test_a_file_that_is_moved_is_made_anew_at_once(stream, tmp_path):
    feed(stream, b"one\n")
    os.rename(tmp_path / "log", tmp_path / "old")
    feed(stream, b"two\n")
    assert texts(tmp_path) == {"old": b"one\n", "log": b"two\n"}


def test_a_file_that_is_deleted_is_made_anew_at_once(stream, tmp_path):
    feed(stream, b"one\n")
    os.unlink(tmp_path / "log")
    feed(stream, b"two\n")
    assert texts(tmp_path) == {"log": b"two\n"}


def test_a_link_that_is_turned_is_followed(tmp_path):
    (tmp_path / "link").symlink_to("first")
    with open_stream(WatchedFileStream, str(tmp_path / "link"), "") as stream:
        feed(stream, b"one\n")
        (tmp_path / "link").unlink()
        (tmp_path / "link").symlink_to("second")
        feed(stream, b"two\n")
        (tmp_path / "link").unlink()
    assert texts(tmp_path) == {"first": b" [1] | one\n", "second": b" [1] | two\n"}


def test_it_takes_permissions_and_ignores_a_size(tmp_path):
    options = {"mode": "600", "max_bytes": "1", "backup_count": "1"}
    with open_stream(WatchedFileStream, str(tmp_path / "log"), **options) as stream:
        feed(stream, b"one\n", b"two\n")
    assert texts(tmp_path) == {"log": b"one\ntwo\n"}
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


def test_it_shares_the_file_with_others(stream, tmp_path):
    with open_stream(FileStream, str(tmp_path / "log")) as other:
        assert other._file is stream._file


def test_without_a_name_there_is_a_temporary_file(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with open_stream(WatchedFileStream) as stream:
        feed(stream, b"x")
    assert list(texts(tmp_path).values()) == [b"x"]
