from __future__ import annotations

from random import Random

import pytest

from circus.output.lines import LINE, Lines


@pytest.mark.parametrize(
    ("chunks", "passed", "rest"),
    [
        ([b"one\n"], [b"one\n"], b""),
        ([b"one\ntwo\n"], [b"one\ntwo\n"], b""),
        ([b"one\ntw", b"o\n"], [b"one\n", b"two\n"], b""),
        ([b"o", b"n", b"e"], [b"", b"", b""], b"one"),
        ([b"o", b"n", b"e\n"], [b"", b"", b"one\n"], b""),
        ([b"o", b"ne\ntwo\nth"], [b"", b"one\ntwo\n"], b"th"),
        ([b"\n", b"\n\n"], [b"\n", b"\n\n"], b""),
        ([b"\0\xff\r", b"\xc3\n"], [b"", b"\0\xff\r\xc3\n"], b""),
    ],
)
def test_only_whole_lines_are_passed_on(chunks, passed, rest):
    lines = Lines()
    assert [lines.whole(chunk) for chunk in chunks] == passed
    assert lines.held == len(rest)
    assert lines.rest() == rest
    assert (lines.held, lines.rest()) == (0, b"")


def test_a_line_that_is_too_long_is_passed_on_in_pieces():
    lines = Lines()
    half = b"x" * (LINE // 2)
    assert lines.whole(b"short\n" + half) == b"short\n"
    assert lines.whole(half) == half + half
    assert lines.whole(b"end\nnext") == b"end\n"
    assert lines.whole(b"y" * LINE) == b"next" + b"y" * LINE
    assert lines.held == 0


def test_a_long_beginning_goes_with_the_lines_before_it():
    data = b"short\n" + b"x" * LINE
    assert Lines().whole(data) is data


def test_whole_lines_are_not_copied():
    data = b"one\ntwo\n"
    assert Lines().whole(data) is data


@pytest.mark.parametrize("seed", range(20))
def test_however_it_is_cut_nothing_is_lost_or_doubled_and_lines_stay_whole(seed):
    random = Random(seed)
    text = b"".join(b"%d " % n * random.randrange(9) + b"\n" for n in range(500))
    lines, passed, at = Lines(), [], 0
    while at < len(text):
        size = random.choice([1, 2, 50, 3000])
        passed.append(lines.whole(text[at : at + size]))
        at += size
    assert all(not part or part.endswith(b"\n") for part in passed)
    assert b"".join(passed) + lines.rest() == text
