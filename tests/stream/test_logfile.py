from __future__ import annotations

import errno
import gc
import os
import threading

import pytest

from circus.stream.logfile import SOMEBODY, LogFile, Permissions, give_back, permissions, share
from tests.helpers.chunks import PATIENCE, full
from tests.helpers.refusal import refused


@pytest.fixture
def log(tmp_path):
    log = share(str(tmp_path / "log"), Permissions())
    log.look()
    yield log
    while log.shares:
        give_back(log)


def test_who_names_the_same_path_gets_the_same_file(log, tmp_path):
    assert share(log.path, Permissions()) is log
    other = share(str(tmp_path / "other"), Permissions())
    assert other is not log
    give_back(other)


def test_the_last_share_closes_the_file(log):
    share(log.path, Permissions())
    give_back(log)
    assert not log.closed
    give_back(log)
    assert log.closed
    again = share(log.path, Permissions())
    assert again is not log
    give_back(again)


def test_a_file_that_nobody_gave_back_is_closed_with_its_last_user(tmp_path):
    log = share(str(tmp_path / "log"), Permissions())
    log.look()
    fd = log.fileno()
    del log
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


def test_a_file_that_was_deleted_is_made_anew(log, tmp_path):
    log.write(b"old")
    os.unlink(log.path)
    log.look()
    log.write(b"new")
    assert (tmp_path / "log").read_bytes() == b"new"


def test_a_file_that_was_cut_by_somebody_else_has_its_new_size(log):
    log.write(b"old")
    os.truncate(log.path, 1)
    log.look()
    assert log.size == 1


def test_a_file_that_was_renamed_has_moved(log, tmp_path):
    assert not log.moved()
    os.rename(log.path, tmp_path / "old")
    assert log.moved()
    (tmp_path / "log").touch()
    assert log.moved()
    log.fresh()
    assert not log.moved()
    log.close()
    assert log.moved()


def test_a_part_is_written_whole_or_not_at_all(log, tmp_path, monkeypatch):
    log.write(b"first\n")
    log.line = "mine"
    disk = full(monkeypatch, 4)
    with pytest.raises(OSError, match="No space left"):
        log.write(b"second\n")
    assert (tmp_path / "log").read_bytes() == b"first\n"
    assert log.closed
    disk["left"] = None
    log.look()
    assert (log.size, log.line) == (6, "mine")
    log.write(b"second\n")
    assert (tmp_path / "log").read_bytes() == b"first\nsecond\n"


def test_what_somebody_else_appended_meanwhile_is_not_cut_off(log, tmp_path, monkeypatch):
    def write(fd, data):
        real(fd, data[:2] if len(data) == 4 else data)
        with open(tmp_path / "log", "ab") as other:
            other.write(b"other")
        monkeypatch.setattr(os, "write", refuse)
        return 2

    def refuse(fd, data):
        raise OSError(errno.ENOSPC, "full")

    real = os.write
    monkeypatch.setattr(os, "write", write)
    with pytest.raises(OSError, match="full"):
        log.write(b"four")
    assert (tmp_path / "log").read_bytes() == b"foother"


@pytest.mark.parametrize(("text", "line"), [(b"", None), (b"a\n", None), (b"a", SOMEBODY)])
def test_an_open_line_of_an_earlier_life_is_seen(tmp_path, text, line):
    path = tmp_path / "log"
    path.write_bytes(text)
    log = LogFile(str(path))
    log.look()
    assert (log.line, log.size) == (line, len(text))
    log.close()


def test_a_file_can_be_begun_anew_in_place(log, tmp_path):
    log.write(b"old")
    log.empty()
    log.write(b"new")
    assert (tmp_path / "log").read_bytes() == b"new"
    assert log.size == 3


def test_a_fifo_that_nobody_reads_is_an_error_and_works_when_somebody_does(tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    log = LogFile(str(path))
    with pytest.raises(OSError, match="No such device") as caught:
        log.look()
    assert caught.value.errno == errno.ENXIO
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    log.look()
    assert os.get_blocking(log.fileno())
    log.write(b"x")
    assert (os.read(reader, 9), log.size) == (b"x", 0)
    os.close(reader)
    with pytest.raises(BrokenPipeError):
        log.write(b"x")
    assert log.closed


def test_a_new_user_of_a_file_does_not_wait_for_one_who_is_stuck(log):
    held, done = threading.Event(), threading.Event()

    def stuck():
        with log.lock:
            held.set()
            done.wait(PATIENCE)

    thread = threading.Thread(target=stuck)
    thread.start()
    held.wait(PATIENCE)
    log.close()
    share(log.path, Permissions(0o600)).look_now()
    assert log.closed
    done.set()
    thread.join()
    log.look_now()
    assert os.stat(log.path).st_mode & 0o777 == 0o600


def test_permissions_hold_for_the_file_and_for_those_that_follow(tmp_path):
    log = share(str(tmp_path / "log"), Permissions(0o640))
    log.look()
    assert os.stat(log.path).st_mode & 0o777 == 0o640
    os.unlink(log.path)
    log.look()
    assert os.stat(log.path).st_mode & 0o777 == 0o640
    give_back(log)


def test_permissions_that_are_refused_harm_nobody_who_writes_already(log, monkeypatch):
    def refuse(fd, mode):
        raise PermissionError(1, "refused")

    other = share(log.path, Permissions(0o600))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fchmod", refuse)
        with pytest.raises(PermissionError):
            other.look_now()
        log.look()
        log.write(b"x")
    os.unlink(log.path)
    log.look()
    assert os.stat(log.path).st_mode & 0o777 != 0o600


def test_a_file_that_can_no_longer_be_reached_is_opened_anew(log, tmp_path, monkeypatch):
    def stale(fd):
        if fd == before:
            raise OSError(errno.ESTALE, "stale file handle")
        return real(fd)

    before, real = log.fileno(), os.fstat
    with monkeypatch.context() as patch:
        patch.setattr(os, "fstat", stale)
        patch.setattr(os, "write", lambda fd, data: stale(fd))
        with pytest.raises(OSError, match="stale"):
            log.write(b"x")
    assert log.closed
    log.look()
    log.write(b"x")
    assert (tmp_path / "log").read_bytes() == b"x"


def test_an_owner_is_a_user_a_group_or_both():
    assert permissions(0o600, None) == Permissions(0o600)
    assert permissions(None, "root") == Permissions(None, 0)
    assert permissions(None, "0:0") == permissions(None, "root:0") == Permissions(None, 0, 0)
    assert permissions(None, ":0") == Permissions(None, -1, 0)
    assert refused(permissions, None, "no_such") == "cannot find the user 'no_such'"
    assert refused(permissions, None, ":no_such") == "cannot find the group 'no_such'"


def test_our_own_file_may_be_ours_without_being_root(tmp_path):
    path = tmp_path / "log"
    path.touch()
    with open(path, "rb") as file:
        Permissions(None, os.getuid(), os.stat(path).st_gid).apply(file.fileno())


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_root_gives_the_file_to_its_owner(tmp_path):
    log = share(str(tmp_path / "log"), permissions(None, "12345:54321"))
    log.look()
    found = os.stat(log.path)
    assert (found.st_uid, found.st_gid) == (12345, 54321)
    give_back(log)
