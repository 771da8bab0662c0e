from __future__ import annotations

import gzip
import io
import os
import time

import pytest

from circus.stream import TimedRotatingFileStream
from tests.helpers.chunks import feed, open_stream, settle, texts
from tests.helpers.refusal import refused

DAY = 24 * 3600
NEW_YEAR = 1735689600.0
"""The beginning of 2025 in UTC."""


@pytest.fixture
def make(tmp_path):
    made = []

    def stream(start=NEW_YEAR + 0.5, **options):
        class Stream(TimedRotatingFileStream):
            time = start

            def clock(self):
                return self.time

        one = Stream(str(tmp_path / "log"), **{"utc": "yes", **options})
        made.append(one)
        return one

    yield stream
    for one in made:
        one.close()


def test_the_arguments_are_those_of_circus(tmp_path):
    with open_stream(
        TimedRotatingFileStream,
        str(tmp_path / "log"),
        rotate_when="H",
        rotate_interval="5",
        backup_count="3",
        utc="True",
    ) as stream:
        assert (stream._interval, stream._backup_count, stream._utc) == (5 * 3600, 3, True)
        assert (stream._when, stream._suffix) == ("H", "%Y%m%d%H")
        assert stream._ext_match.match("2025010112")
        assert time.time() < stream._rollover_at <= time.time() + stream._interval


@pytest.mark.parametrize(("text", "truth"), [("False", False), ("no", False), ("on", True)])
def test_utc_is_a_word_of_assent_or_refusal(make, text, truth):
    assert make(utc=text)._utc is truth


@pytest.mark.parametrize("when", ["midnight", "Midnight", "MIDNIGHT"])
def test_the_unit_is_written_in_any_case(make, when):
    assert make(rotate_when=when)._rollover_at == NEW_YEAR + DAY


def test_without_a_unit_it_is_the_hour(make):
    assert make()._interval == 3600


def test_an_unknown_unit_is_told(tmp_path):
    told = refused(lambda: TimedRotatingFileStream(str(tmp_path / "log"), rotate_when="W7"))
    assert told.startswith("'rotate_when': found 'W7', expected one of S M H D MIDNIGHT W0")


def test_each_period_with_output_has_a_file_named_after_its_beginning(make, tmp_path):
    stream = make(rotate_when="s", rotate_interval=10)
    for moment in (0.5, 9, 10.5, 35, 41):
        stream.time = NEW_YEAR + moment
        feed(stream, b"%g\n" % moment)
    assert texts(tmp_path) == {
        "log.20250101000000": b"0.5\n9\n",
        "log.20250101000010": b"10.5\n",
        "log.20250101000030": b"35\n",
        "log": b"41\n",
    }


def test_the_first_period_is_counted_from_the_last_output_of_an_earlier_life(make, tmp_path):
    (tmp_path / "log").write_bytes(b"old\n")
    os.utime(tmp_path / "log", (0, NEW_YEAR - 30 * 60))
    stream = make(rotate_when="H")
    assert stream._rollover_at == NEW_YEAR + 30 * 60
    stream.time += 31 * 60
    feed(stream, b"new\n")
    assert texts(tmp_path) == {"log.2024123123": b"old\n", "log": b"new\n"}


def test_as_many_backups_are_kept_as_are_wanted(make, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stream = make(rotate_when="D", backup_count=2)
    for day in range(5):
        stream.time = NEW_YEAR + day * DAY + 1
        feed(stream, b"%d\n" % day)
    assert texts(tmp_path) == {"log.20250103": b"2\n", "log.20250104": b"3\n", "log": b"4\n"}


def test_a_clock_that_jumps_back_does_not_rotate_twice(make, tmp_path):
    stream = make(rotate_when="MIDNIGHT")
    feed(stream, b"first\n")
    stream.time = NEW_YEAR + DAY + 1
    feed(stream, b"second\n")
    stream.time = NEW_YEAR + DAY - 5
    feed(stream, b"third\n")
    stream.time = NEW_YEAR + DAY + 5
    feed(stream, b"fourth\n")
    assert texts(tmp_path) == {"log.20250101": b"first\n", "log": b"second\nthird\nfourth\n"}


def test_a_clock_that_was_years_ahead_for_a_while_does_not_stop_rotation(make, tmp_path):
    stream = make(rotate_when="MIDNIGHT")
    feed(stream, b"first\n")
    stream.time = NEW_YEAR + 3650 * DAY
    feed(stream, b"wrong\n")
    stream.time = NEW_YEAR + 60
    feed(stream, b"right\n")
    stream.time = NEW_YEAR + DAY + 60
    feed(stream, b"next\n")
    assert texts(tmp_path) == {
        "log.20250101": b"first\n", "log.20250101.1": b"wrong\nright\n", "log": b"next\n",
    }  # fmt: skip


def test_two_streams_of_a_file_rotate_it_once(make, tmp_path):
    out, err = make(rotate_when="H"), make(rotate_when="h")
    feed(out, b"one\n")
    out.time = err.time = NEW_YEAR + 3700
    feed(out, b"two\n")
    feed(err, b"three\n")
    assert texts(tmp_path) == {"log.2025010100": b"one\n", "log": b"two\nthree\n"}


def test_an_empty_file_is_not_rotated(make, tmp_path):
    stream = make(rotate_when="H")
    stream.time = NEW_YEAR + 7300
    feed(stream, b"x\n")
    assert texts(tmp_path) == {"log": b"x\n"}


def test_a_period_is_rotated_later_when_it_cannot_be_now(make, tmp_path, monkeypatch):
    def refuse(*args):
        raise PermissionError(13, "refused")

    stream = make(rotate_when="H")
    feed(stream, b"one\n")
    stream.time = NEW_YEAR + 3700
    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", refuse)
        with pytest.raises(PermissionError):
            feed(stream, b"two\n")
    feed(stream, b"two\n")
    assert texts(tmp_path) == {"log.2025010100": b"one\n", "log": b"two\n"}


def test_dated_backups_are_compressed_and_bounded(make, tmp_path):
    stream = make(rotate_when="D", compress=True, max_total_bytes=2000, mode="600")
    for day in range(9):
        stream.time = NEW_YEAR + day * DAY + 1
        feed(stream, b"%d" % day * 500 + b"\n")
        settle(tmp_path / "log")
    found = texts(tmp_path)
    assert gzip.decompress(found["log.20250108.gz"]) == b"7" * 500 + b"\n"
    assert sum(map(len, found.values())) <= 2000
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_file_put_in_its_place_is_written(make):
    stream = make()
    stream._file = io.StringIO()
    stream({"data": "x", "pid": 1})
    assert stream._file.getvalue() == "x"
