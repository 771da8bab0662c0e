from __future__ import annotations

import gzip
import os
import threading

import pytest

from circus.stream import press as module
from circus.stream.backups import Numbered
from circus.stream.logfile import Permissions, give_back, share
from circus.stream.press import press
from tests.helpers.chunks import PATIENCE, settle, texts


@pytest.fixture
def log(tmp_path):
    log = share(str(tmp_path / "log"), Permissions())
    log.look()
    yield log
    if log.shares:
        give_back(log)


@pytest.fixture
def backups(log):
    return Numbered(log.path, 5)


def start(log, backups):
    with log.lock:
        press(log, backups)


def unpacked(directory):
    return {
        name: gzip.decompress(text) if name.endswith(".gz") else text
        for name, text in texts(directory).items()
    }


def test_every_backup_is_compressed_with_its_permissions_and_times(tmp_path, log, backups):
    for number in (1, 2):
        (tmp_path / f"log.{number}").write_bytes(b"%d" % number * 300_000)
    (tmp_path / "log.1").chmod(0o640)
    os.utime(tmp_path / "log.1", (1000, 2000))
    start(log, backups)
    settle(log.path)
    assert unpacked(tmp_path) == {
        "log": b"", "log.1.gz": b"1" * 300_000, "log.2.gz": b"2" * 300_000,
    }  # fmt: skip
    found = os.stat(tmp_path / "log.1.gz")
    assert (found.st_mode & 0o777, found.st_mtime) == (0o640, 2000)
    assert log.presser is None


def test_a_backup_that_moves_on_meanwhile_is_found_where_it_is(tmp_path, log, backups, monkeypatch):
    begun, go = threading.Event(), threading.Event()
    (tmp_path / "log.1").write_bytes(b"first")
    hold(monkeypatch, begun, go)
    start(log, backups)
    assert begun.wait(PATIENCE)
    log.write(b"second")
    with log.lock:
        backups.add("")
        log.fresh()
        press(log, backups)
    go.set()
    settle(log.path)
    assert unpacked(tmp_path) == {"log": b"", "log.1.gz": b"second", "log.2.gz": b"first"}


def test_a_backup_that_was_deleted_meanwhile_does_not_come_back(
    tmp_path, log, backups, monkeypatch
):
    begun, go = threading.Event(), threading.Event()
    (tmp_path / "log.1").write_bytes(b"first")
    hold(monkeypatch, begun, go)
    start(log, backups)
    assert begun.wait(PATIENCE)
    os.unlink(tmp_path / "log.1")
    go.set()
    settle(log.path)
    assert unpacked(tmp_path) == {"log": b""}


def test_a_stream_that_is_closed_and_opened_meanwhile_has_the_same_file(
    tmp_path, log, backups, monkeypatch
):
    begun, go = threading.Event(), threading.Event()
    (tmp_path / "log.1").write_bytes(b"first")
    hold(monkeypatch, begun, go)
    start(log, backups)
    assert begun.wait(PATIENCE)
    give_back(log)
    assert share(log.path, Permissions()) is log
    go.set()
    settle(log.path)
    assert "log.1.gz" in texts(tmp_path)


def hold(monkeypatch, begun, go):
    """Stop whoever compresses in the midst of it, until *go*."""
    real = module._deflated

    def slow(source):
        begun.set()
        assert go.wait(PATIENCE)
        yield from real(source)

    monkeypatch.setattr(module, "_deflated", slow)


def test_a_link_in_the_place_of_the_part_leads_nowhere(tmp_path, log, backups):
    (tmp_path / "log.1").write_bytes(b"text")
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / "log.gz.part").symlink_to("precious")
    start(log, backups)
    settle(log.path)
    assert unpacked(tmp_path) == {"log": b"", "log.1.gz": b"text", "precious": b"precious"}


def test_what_an_interruption_left_in_both_forms_is_one_again(tmp_path, log, backups):
    (tmp_path / "log.1").write_bytes(b"text")
    (tmp_path / "log.1.gz").write_bytes(gzip.compress(b"text"))
    (tmp_path / "log.gz.part").write_bytes(b"half of some")
    (tmp_path / "log.2").write_bytes(b"more")
    start(log, backups)
    settle(log.path)
    assert unpacked(tmp_path) == {"log": b"", "log.1.gz": b"text", "log.2.gz": b"more"}


def test_a_disk_that_is_full_leaves_the_backup_as_it_is(
    tmp_path, log, backups, monkeypatch, caplog
):
    def refuse(source):
        yield b"begun"
        raise OSError(28, "No space left on device")

    (tmp_path / "log.1").write_bytes(b"first")
    with monkeypatch.context() as patch:
        patch.setattr(module, "_deflated", refuse)
        start(log, backups)
        settle(log.path)
    assert texts(tmp_path) == {"log": b"", "log.1": b"first"}
    assert "cannot compress what was rotated from" in caplog.text
    start(log, backups)
    settle(log.path)
    assert unpacked(tmp_path) == {"log": b"", "log.1.gz": b"first"}


def test_an_interpreter_that_starts_no_threads_leaves_the_work_for_later(
    tmp_path, log, backups, monkeypatch
):
    def refuse(thread):
        raise RuntimeError("can't create new thread at interpreter shutdown")

    (tmp_path / "log.1").write_bytes(b"first")
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        start(log, backups)
    assert (log.shares, log.presser) == (1, None)
    start(log, backups)
    settle(log.path)
    assert "log.1.gz" in texts(tmp_path)
