from __future__ import annotations

import re

import pytest

from circus.stream.backups import Dated, Numbered, drop_oldest, redundant, total
from tests.helpers.chunks import texts

DAY = re.compile(r"^\d{8}$")


@pytest.fixture
def log(tmp_path):
    def write(text):
        (tmp_path / "log").write_text(text)

    return write


def names(backups):
    return [path.rpartition("/")[2] for path in backups.kept()]


def test_the_newest_backup_is_the_first_and_the_oldest_goes(tmp_path, log):
    backups = Numbered(str(tmp_path / "log"), 2)
    for text in "abc":
        log(text)
        backups.add("")
    assert texts(tmp_path) == {"log.1": b"c", "log.2": b"b"}
    assert names(backups) == ["log.2", "log.1"]


def test_a_gap_takes_the_newer_ones_and_leaves_the_older(tmp_path, log):
    for number in (1, 3):
        (tmp_path / f"log.{number}").write_text(str(number))
    log("new")
    Numbered(str(tmp_path / "log"), 3).add("")
    assert texts(tmp_path) == {"log.1": b"new", "log.2": b"1", "log.3": b"3"}


def test_compressed_backups_move_with_the_others(tmp_path, log):
    for name in ("log.1", "log.2.gz", "log.3.gz"):
        (tmp_path / name).write_text(name)
    log("new")
    Numbered(str(tmp_path / "log"), 3).add("")
    assert texts(tmp_path) == {"log.1": b"new", "log.2": b"log.1", "log.3.gz": b"log.2.gz"}


def test_the_plain_form_of_a_compressed_backup_is_dropped(tmp_path, log):
    for name in ("log.1", "log.1.gz", "log.2", "log.2.gz"):
        (tmp_path / name).write_text(name)
    assert redundant(str(tmp_path / "log.1"))
    assert not redundant(str(tmp_path / "log.1.gz"))
    log("new")
    Numbered(str(tmp_path / "log"), 2).add("")
    assert texts(tmp_path) == {"log.1": b"new", "log.2.gz": b"log.1.gz"}


def test_what_is_not_ours_is_left_alone(tmp_path, log):
    others = ("log.3", "log.01", "log.20250131", "log.1.bz2", "log.txt", "xlog.1", "log.1.gz.part")
    for name in others:
        (tmp_path / name).write_text(name)
    backups = Numbered(str(tmp_path / "log"), 2)
    assert names(backups) == []
    log("new")
    backups.add("")
    assert texts(tmp_path).keys() == {*others, "log.1"}


def test_a_name_with_signs_of_a_pattern_is_a_plain_name(tmp_path):
    (tmp_path / "a+.log").write_text("x")
    Numbered(str(tmp_path / "a+.log"), 1).add("")
    assert texts(tmp_path) == {"a+.log.1": b"x"}


def test_a_dated_backup_is_named_after_its_period(tmp_path, log):
    backups = Dated(str(tmp_path / "log"), 2, DAY)
    for day in ("20250101", "20250103", "20250102"):
        log(day)
        backups.add(day)
    assert names(backups) == ["log.20250102", "log.20250103"]


def test_without_a_count_all_dated_backups_are_kept(tmp_path, log):
    backups = Dated(str(tmp_path / "log"), 0, DAY)
    for day in range(20250101, 20250121):
        log("x")
        backups.add(str(day))
    assert len(texts(tmp_path)) == 20


def test_a_name_that_is_taken_gets_a_number_and_nothing_is_lost(tmp_path, log):
    backups = Dated(str(tmp_path / "log"), 0, DAY)
    (tmp_path / "log.20250101.gz").write_text("first")
    for text in ("second", "third"):
        log(text)
        backups.add("20250101")
    log("other")
    backups.add("20250102")
    assert names(backups) == [
        "log.20250101.gz", "log.20250101.1", "log.20250101.2", "log.20250102",
    ]  # fmt: skip


def test_both_forms_of_a_dated_backup_count_once(tmp_path, log):
    for name in ("log.20250101", "log.20250101.gz", "log.20250102"):
        (tmp_path / name).touch()
    log("new")
    Dated(str(tmp_path / "log"), 2, DAY).add("20250103")
    assert texts(tmp_path).keys() == {"log.20250102", "log.20250103"}


def test_other_files_are_no_dated_backups(tmp_path):
    for name in ("log.1", "log.202501011", "log.2025010", "log.20250101.bz2", "log"):
        (tmp_path / name).touch()
    assert Dated(str(tmp_path / "log"), 1, DAY).kept() == []


def test_the_oldest_can_be_dropped_one_by_one(tmp_path):
    for number in (1, 2):
        (tmp_path / f"log.{number}").write_text("x" * number)
    backups = Numbered(str(tmp_path / "log"), 5)
    assert total(backups) == 3
    assert drop_oldest(backups)
    assert total(backups) == 1
    assert drop_oldest(backups)
    assert not drop_oldest(backups)
