from __future__ import annotations

import os
import stat

import pytest

from circus.output.direct import Direct, look
from circus.output.ring import PAGE


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log"


def test_the_file_is_opened_for_appending_and_stays_with_circusd(log):
    log.write_text("one\n")
    fd = Direct(log).open()
    try:
        assert not os.get_inheritable(fd)
        assert os.get_blocking(fd)
        os.write(fd, b"two\n")
        log.write_text("new\n")
        os.write(fd, b"three\n")
    finally:
        os.close(fd)
    assert log.read_text() == "new\nthree\n"


def test_each_process_gets_the_file_that_has_the_name_at_that_moment(log):
    direct = Direct(log)
    one = direct.open()
    log.rename(log.with_suffix(".1"))
    two = direct.open()
    for fd, text in ((one, b"one\n"), (two, b"two\n")):
        os.write(fd, text)
        os.close(fd)
    assert (log.with_suffix(".1").read_text(), log.read_text()) == ("one\n", "two\n")
    assert stat.S_IMODE(log.stat().st_mode) & 0o111 == 0


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), os.mkfifo])
def test_what_cannot_be_opened_says_so_and_blocks_nobody(log, make):
    make(log)
    with pytest.raises(OSError, match=f"cannot open '{log}': "):
        Direct(log).open()


def test_the_last_lines_of_a_file_are_shown_and_what_comes_after_them(log):
    log.write_text("one\ntwo\nthree\n")
    page = look(str(log), 2, "")
    assert page.text == "two\nthree\n"
    assert look(str(log), 0, page.next).text == ""
    with log.open("a") as more:
        more.write("four\n")
    assert look(str(log), 0, page.next).text == "four\n"


def test_a_file_that_was_moved_away_is_followed_into_the_new_one(log):
    log.write_text("one\n")
    page = look(str(log), 10, "")
    log.rename(log.with_suffix(".1"))
    log.write_text("two\n")
    assert look(str(log), 0, page.next).text == "two\n"


def test_a_file_that_was_cut_is_followed_from_its_beginning(log):
    log.write_text("one\ntwo\n")
    page = look(str(log), 10, "")
    log.write_text("three\n")
    assert look(str(log), 0, page.next).text == "three\n"


def test_a_long_file_is_shown_in_pages(log):
    log.write_text("".join(f"{number:099d}\n" for number in range(2000)))
    assert len(look(str(log), 5000, "").text) <= PAGE
    page, count = look(str(log), 5000, f"{log.stat().st_ino}.0"), 0
    while True:
        count += page.text.count("\n")
        assert page.text.endswith("\n")
        if not page.more:
            break
        page = look(str(log), 0, page.next)
    assert count == 2000


def test_only_plain_files_are_looked_into(log):
    with pytest.raises(OSError, match="No such file"):
        look(str(log), 1, "")
    os.mkfifo(log)
    with pytest.raises(OSError, match="it is no plain file"):
        look(str(log), 1, "")
