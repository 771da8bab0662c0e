from __future__ import annotations

import pytest

from circus.output.ring import PAGE, RING, Ring, last_lines, readable, whole_lines


def filled(*chunks):
    ring = Ring()
    for chunk in chunks:
        ring.add(chunk)
    return ring


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (0, ""),
        (1, "three\n"),
        (2, "two\nthree\n"),
        (3, "one\ntwo\nthree\n"),
        (9, "one\ntwo\nthree\n"),
    ],
)
def test_the_last_lines_are_shown(lines, text):
    assert filled(b"one\ntw", b"o\n", b"three\n").last(lines).text == text


def test_a_line_without_its_end_counts():
    assert filled(b"one\ntwo\nthr").last(2).text == "two\nthr"


def test_an_empty_ring_shows_nothing_and_goes_on_from_there():
    ring = Ring()
    page = ring.last(10)
    assert page.text == ""
    ring.add(b"one\n")
    assert ring.since(page.next).text == "one\n"


def test_what_came_since_is_shown_once():
    ring = filled(b"one\n")
    page = ring.last(10)
    assert ring.since(page.next).text == ""
    ring.add(b"two\n")
    ring.add(b"three\n")
    page = ring.since(page.next)
    assert (page.text, page.skipped, page.more) == ("two\nthree\n", 0, False)
    assert ring.since(page.next).text == ""


def test_only_so_much_is_kept_and_the_last_chunk_in_any_case():
    ring = Ring()
    start = ring.last(0).next
    for number in range(3000):
        ring.add(b"%058d\n" % number)
    kept = sum(map(len, ring._chunks))
    assert RING // 3 < kept <= RING
    page = ring.since(start)
    assert page.skipped == 3000 * 59 - kept
    ring.add(b"x" * (2 * RING))
    assert len(ring._chunks) == 1
    ring.add(b"one\n")
    assert [*ring._chunks] == [b"one\n"]


def test_a_page_is_bounded_and_ends_with_a_line():
    ring = filled(b"x" * 99 + b"\n", b"".join(b"%099d\n" % n for n in range(2000)))
    page = ring.since(ring._at(0))
    texts = []
    while True:
        assert len(page.text) <= PAGE
        assert page.text.endswith("\n")
        texts.append(page.text)
        if not page.more:
            break
        page = ring.since(page.next)
    assert len(texts) == 4
    assert "".join(texts).count("\n") == 2000


def test_the_last_lines_of_much_begin_with_a_whole_one():
    ring = filled(b"".join(b"%099d\n" % n for n in range(2000)))
    text = ring.last(5000).text
    assert len(text) <= PAGE
    assert {len(line) for line in text.splitlines()} == {99}


@pytest.mark.parametrize("position", ["", "x", "1.2.3", "-1", "ring.0", "0"])
def test_a_position_of_another_ring_shows_everything(position):
    assert filled(b"one\n", b"two\n").since(position).text == "one\ntwo\n"


def test_a_position_behind_the_end_shows_everything():
    ring = filled(b"one\n")
    assert ring.since(f"{ring.last(1).next}0").text == "one\n"


def test_rings_do_not_take_each_others_positions():
    assert filled(b"one\n").since(filled(b"two\n").last(1).next).text == "one\n"


def test_a_character_is_never_cut():
    ring = filled("é\n".encode()[:1])
    page = ring.last(1)
    assert page.text == ""
    ring.add("é\n".encode()[1:])
    assert ring.since(page.next).text == "é\n"


def test_what_is_no_text_is_replaced():
    assert filled(b"\xff\n").last(1).text == "\N{REPLACEMENT CHARACTER}\n"


@pytest.mark.parametrize(
    ("data", "count", "whole", "last"),
    [
        (b"", 3, True, b""),
        (b"one", 1, True, b"one"),
        (b"ne\ntwo\n", 5, False, b"two\n"),
        (b"ne\n", 5, False, b"ne\n"),
        (b"a\rb\nc\n", 2, True, b"a\rb\nc\n"),
        (b"\n\n\n", 2, True, b"\n\n"),
    ],
)
def test_lines_end_with_newlines_alone(data, count, whole, last):
    assert last_lines(data, count, whole=whole) == last


def test_what_ends_with_a_newline_is_whole():
    assert whole_lines(b"one\ntwo") == b"one\n"
    assert whole_lines(b"one") == b"one"


def test_text_and_what_is_left_of_it():
    assert readable("aé".encode()) == ("aé", 0)
    assert readable("aé".encode()[:-1]) == ("a", 1)
    assert readable(b"") == ("", 0)
