from __future__ import annotations

import io

import pytest

from circus.stream import FancyStdoutStream
from circus.stream.fault import written
from tests.helpers.chunks import chunk, feed, full, noon

RED, END = "\033[0;31;40m", "\033[0m"


@pytest.fixture
def make():
    def stream(*args, **options):
        one = FancyStdoutStream(*args, **options)
        one.out = io.StringIO()
        one.now = noon
        return one

    return stream


@pytest.fixture
def red(make):
    return make("red", "%H")


@pytest.mark.parametrize(
    ("chunks", "text"),
    [
        ([b"one\n"], f"{RED}12 [1] | one{END}\n"),
        ([b"one\n\ntwo\n\n"], f"{RED}12 [1] | one{END}\n{RED}12 [1] | two{END}\n"),
        ([b"one", b" more\n"], f"{RED}12 [1] | one{END}{RED} more{END}\n"),
        ([b"one", b"\n", b"two\n"], f"{RED}12 [1] | one{END}\n{RED}12 [1] | two{END}\n"),
        ([b"one", b"-", b"-"], f"{RED}12 [1] | one{END}{RED}-{END}{RED}-{END}"),
        ([(b"one", 1), (b"two\n", 2)], f"{RED}12 [1] | one{END}\n{RED}12 [2] | two{END}\n"),
        ([b"caf\xc3", b"\xa9\n"], f"{RED}12 [1] | caf{END}{RED}é{END}\n"),
        ([b"\n", b""], ""),
    ],
)
def test_lines_are_coloured_each_from_its_beginning_to_its_end(red, chunks, text):
    feed(red, *chunks)
    assert red.out.getvalue() == text


def test_a_message_put_together_by_hand_ends_with_its_line(red):
    red({"data": "foo\nbar\nbaz", "pid": 333})
    assert red.out.getvalue().count("\n") == 3


def test_the_usual_time_has_a_date(make):
    stream = make("red")
    stream({"data": "hello world", "pid": 333})
    assert stream.out.getvalue() == f"{RED}2020-01-02 12:00:00 [333] | hello world{END}\n"


def test_each_colour_has_its_code(make):
    codes = [make(color).color_code for color in FancyStdoutStream.colors]
    assert codes == list(range(1, 8))
    assert make(" Blue ").color_code == 4


@pytest.mark.parametrize("color", [None, "", "mauve"])
def test_any_other_colour_is_one_by_chance(make, color):
    assert {make(color).color_code for _ in range(200)} == set(range(1, 8))


def test_it_goes_to_stdout_as_that_is_at_the_time(capfdbinary):
    stream = FancyStdoutStream("green", "")
    stream(chunk(b"x\n"))
    assert capfdbinary.readouterr().out == b"\033[0;32;40m [1] | x\033[0m\n"


def test_close_forgets_an_open_line(red):
    feed(red, b"one", b"\xc3")
    red.close()
    feed(red, b"two\n")
    assert red.out.getvalue() == f"{RED}12 [1] | one{END}{RED}12 [1] | two{END}\n"


def test_an_error_says_that_nothing_was_written(red, tmp_path, monkeypatch):
    with open(tmp_path / "out", "w") as red.out:
        full(monkeypatch, 3)
        with pytest.raises(OSError, match="No space left") as caught:
            feed(red, b"abcdef\n")
    assert written(caught.value) == 0
