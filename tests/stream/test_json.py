from __future__ import annotations

import json
import os
import time

import pytest

from circus.stream import FileStream, JsonStream, StdoutStream
from circus.stream.fault import written
from tests.helpers.chunks import chunk, feed, full, open_stream, settle, texts
from tests.helpers.refusal import refused

NOON = 1577962800.25
"""2 January 2020, 11:00:00.25 in UTC."""


def said(data, pid=7, **more):
    known = {"watcher": "web", "wid": 2, "timestamp": NOON}
    return chunk(data, pid, **{**known, **more})


def objects(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


@pytest.fixture
def make(tmp_path):
    made = []

    def stream(**options):
        made.append(JsonStream(str(tmp_path / "log"), **{"utc": True, **options}))
        return made[-1]

    yield stream
    for one in made:
        one.close()


def test_each_line_is_an_object_that_says_whose_it_is(make, tmp_path):
    make()(said('say "hi"\\n\n\ncafé\r\n'.encode()))
    whose = {
        "time": "2020-01-02T11:00:00.250000+00:00",
        "watcher": "web",
        "wid": 2,
        "pid": 7,
        "stream": "stdout",
    }
    assert objects(tmp_path / "log") == [
        {**whose, "message": 'say "hi"\\n'},
        {**whose, "message": ""},
        {**whose, "message": "café"},
    ]
    assert list(objects(tmp_path / "log")[0]) == [*whose, "message"]


def test_a_line_that_is_not_ended_is_partial(make, tmp_path):
    stream = make()
    stream(said(b"Name? "))
    stream(said(b"Bob\n"))
    stream({"data": "by hand", "pid": 1})
    found = objects(tmp_path / "log")
    assert [(one["message"], one.get("partial")) for one in found] == [
        ("Name? ", True), ("Bob", None), ("by hand", None),
    ]  # fmt: skip
    assert [one["watcher"] for one in found] == ["web", "web", None]


def test_what_cannot_be_text_is_replaced_and_cut_characters_are_not(make, tmp_path):
    stream = make()
    for pid, data in ((1, b"\xc3"), (2, b"\xff\xc3"), (1, b"\xa9\n"), (2, b"\xa4\0\n")):
        stream(said(data, pid))
    found = [(one["pid"], one["message"]) for one in objects(tmp_path / "log")]
    assert found == [(2, "\N{REPLACEMENT CHARACTER}"), (1, "é"), (2, "ä\0")]


def test_the_time_has_the_form_and_the_zone_that_are_wanted(tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "UTC-5")
    time.tzset()
    for name, options in (("a", {}), ("b", {"time_format": "%H:%M"})):
        with open_stream(JsonStream, str(tmp_path / name), **options) as stream:
            stream(said(b"x\n"))
    monkeypatch.undo()
    time.tzset()
    assert objects(tmp_path / "a")[0]["time"] == "2020-01-02T16:00:00.250000+05:00"
    assert objects(tmp_path / "b")[0]["time"] == "16:00"


def test_without_a_time_it_is_now(make, tmp_path):
    stream = make(time_format="%Y")
    feed(stream, b"x\n")
    assert int(objects(tmp_path / "log")[0]["time"]) >= 2025


def test_without_a_file_it_goes_to_stdout(capfdbinary):
    with open_stream(JsonStream) as stream:
        assert stream.writer == StdoutStream.writer
        stream.open()
        stream.reopen()
        stream(said(b"x\n"))
        stream(said(b""))
    assert json.loads(capfdbinary.readouterr().out)["message"] == "x"


def test_the_file_is_rotated_by_size_between_objects(make, tmp_path):
    stream = make(max_bytes="300", backup_count="9", mode="600", compress="yes")
    for number in range(9):
        stream(said(b"%d\n" % number))
    settle(tmp_path / "log")
    found = texts(tmp_path)
    assert found.keys() == {"log", "log.1.gz", "log.2.gz", "log.3.gz", "log.4.gz"}
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


def test_the_file_is_rotated_by_time(make, tmp_path):
    (tmp_path / "log").write_text("{}\n")
    os.utime(tmp_path / "log", (0, 0))
    make(rotate_when="midnight", backup_count=3)(said(b"x\n"))
    assert texts(tmp_path)["log.19700101"] == b"{}\n"


def test_both_ways_to_rotate_are_refused(tmp_path):
    message = refused(lambda: JsonStream(str(tmp_path / "log"), rotate_when="D", max_bytes=1))
    assert message.startswith("cannot rotate by size")
    assert texts(tmp_path) == {}


def test_it_shares_its_file_and_opens_it_again(make, tmp_path):
    stream = make()
    with open_stream(FileStream, str(tmp_path / "log")) as plain:
        assert stream.writer == plain.writer
        feed(plain, b"half a line")
        stream(said(b"one\n"))
    os.rename(tmp_path / "log", tmp_path / "old")
    stream.reopen()
    stream.close()
    stream.open()
    stream(said(b"two\n"))
    assert (tmp_path / "old").read_bytes().startswith(b"half a line\n{")
    assert [one["message"] for one in objects(tmp_path / "log")] == ["two"]


def test_an_error_says_how_much_of_the_data_was_written(make, tmp_path, monkeypatch):
    stream = make(max_bytes=130, backup_count=9)
    stream(said(b"\xc3"))
    size = len(stream._text(said(b""), "é\n".encode()))
    disk = full(monkeypatch, 2 * size)
    data = b"\xa9\nsecond\nthird\n"
    with pytest.raises(OSError, match="No space left") as caught:
        stream(said(data))
    done = written(caught.value)
    assert data[done:] == b"second\nthird\n"
    disk["left"] = None
    stream(said(data[done:]))
    messages = [one["message"] for path in sorted(tmp_path.iterdir()) for one in objects(path)]
    assert sorted(messages) == ["second", "third", "é"]
