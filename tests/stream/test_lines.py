from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circus.stream import lines
from circus.stream.lines import Halves, between, dealt, incomplete, pieces, stamped
from tests.helpers.chunks import chunk, local, noon

CUT = [
    (b"", 0),
    (b"abc", 0),
    ("é".encode(), 0),
    (b"a\xc3", 1),
    (b"\xe2\x82", 2),
    (b"\xf0\x9f\x98", 3),
    ("😀".encode(), 0),
    (b"\x82\x82\x82\x82", 0),
    (b"\xff", 1),
]


def test_text_is_taken_like_bytes():
    assert lines.raw(chunk("café")) == lines.raw(chunk("café".encode())) == b"caf\xc3\xa9"


def test_a_line_belongs_to_a_process_and_a_channel():
    assert lines.source(chunk(b"x")) == lines.source(chunk(b"y"))
    assert len({lines.source(chunk(b"x", pid, name)) for pid in (1, 2) for name in "ab"}) == 4


def test_only_a_message_without_a_channel_is_finished_by_itself():
    assert lines.finished({"data": b"x", "pid": 1})
    assert not lines.finished(chunk(b"x"))


def test_the_time_of_a_chunk_comes_before_the_clock():
    moment = local(2020, 1, 2, 3, 4, 5)
    stamp = chunk(b"", 7, timestamp=moment.timestamp())
    assert lines.prefix(stamp, "%Y-%m-%d %H:%M:%S", noon) == "2020-01-02 03:04:05 [7] | "
    assert lines.prefix(chunk(b"", 7), "%H:%M", noon) == "12:00 [7] | "


@pytest.mark.parametrize(
    ("data", "goes_on", "ended", "text"),
    [
        (b"a\nb\n", False, False, b"T a\nT b\n"),
        (b"a\n\nb\n\n", False, False, b"T a\nT \nT b\nT \n"),
        (b"a\nb", False, False, b"T a\nT b"),
        (b"a\nb", False, True, b"T a\nT b\n"),
        (b"a\nb", True, False, b"a\nT b"),
        (b"\n", True, False, b"\n"),
        (b"\n", False, False, b"T \n"),
    ],
)
def test_each_line_that_begins_gets_a_prefix(data, goes_on, ended, text):
    assert stamped(data, b"T ", goes_on=goes_on, ended=ended) == text


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", []),
        (b"a\r\n\nb", [(b"a", 3), (b"", 4), (b"b", 5)]),
        (b"abcdef\ng\n", [(b"abcd", 4), (b"ef", 7), (b"g", 9)]),
        (b"abcd\n", [(b"abcd", 5)]),
        ("abcéf\n".encode(), [(b"abc", 3), ("éf".encode(), 7)]),
    ],
)
def test_lines_are_sent_one_by_one_and_long_ones_in_pieces(data, found):
    assert list(pieces(data, 4)) == found


@given(st.text(), st.integers(4, 9))
def test_pieces_of_text_are_text_and_nothing_is_missing(text, most):
    data = text.encode()
    found = list(pieces(data, most))
    assert all(len(piece) <= most and piece.decode() is not None for piece, _ in found)
    assert (found[-1][1] if found else 0) == len(data)


def test_what_is_no_text_is_cut_all_the_same():
    assert between(b"\x80" * 9, 5) == 5


@pytest.mark.parametrize(("data", "count"), CUT)
def test_a_character_that_is_cut_at_the_end_is_seen(data, count):
    assert incomplete(data) == count


@pytest.mark.parametrize(("count", "size"), [(-1, 0), (0, 0), (1, 2), (2, 5), (3, 6), (9, 6)])
def test_the_first_lines_of_a_chunk_take_so_many_bytes(count, size):
    assert dealt(b"a\nbb\nc", count) == size


@given(st.text(min_size=1), st.lists(st.integers(1, 4), min_size=1))
def test_halves_put_text_together_wherever_it_was_cut(text, steps):
    halves, data, found, at = Halves(), text.encode(), "", 0
    while at < len(data):
        size = steps[at % len(steps)]
        whole, _, half = halves.joined("me", data[at : at + size])
        halves.keep("me", half)
        found, at = found + whole.decode(), at + size
    assert found == text


def test_halves_are_kept_for_each_writer_and_forgotten_when_there_are_too_many():
    halves = Halves()
    for who in range(Halves.MOST + 1):
        halves.keep(who, b"\xc3")
    assert halves.joined(0, b"\xa9") == (b"\xa9", 0, b"")
    assert halves.joined(1, b"\xa9") == ("é".encode(), 1, b"")
    halves.clear()
    assert halves.joined(1, b"\xa9") == (b"\xa9", 0, b"")
