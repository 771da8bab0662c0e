from __future__ import annotations

import pytest

from benchmarks import report
from benchmarks.measure import Work

OURS = {"start": 0.5, "respawn": 2.0, "output": 1200.0}
THEIRS = {"start": 5.0, "respawn": 1.0}
RESULTS = {"ours": OURS, "other": THEIRS}

START, RESPAWN = (row for row in report.ROWS if row.key in {"start", "respawn"})
OUTPUT = next(row for row in report.ROWS if row.key == "output")


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (0.0123456, "0.0123"), (2.4, "2.4"), (99.96, "100"), (4846.3, "4846")],
)
def test_a_figure_is_shown_with_three_digits_that_count(value, text):
    assert report.number(value) == text


def test_a_ratio_says_how_many_times_better_ours_is():
    assert report.ratio(START, OURS, THEIRS) == "10 x"
    assert report.ratio(RESPAWN, OURS, THEIRS) == "0.5 x"


def test_more_is_better_where_the_row_says_so():
    assert OUTPUT.ratio(1200, 600) == 2
    assert OUTPUT.met(1200)
    assert not OUTPUT.met(600)


def test_a_figure_that_one_of_them_lacks_has_no_ratio():
    assert report.ratio(OUTPUT, OURS, THEIRS) == "-"


def test_nothing_at_all_is_not_divided_by():
    assert START.ratio(0.5, 0) < 1
    assert START.ratio(0, 0.5) == pytest.approx(500)


def test_a_goal_that_is_missed_is_told_in_a_sentence():
    assert report.missed({"ours": {"start": 1.5, "respawn": 2.0}}) == [
        "all children up, s: 1.5, but the goal is 0.95"
    ]


def test_the_page_has_both_tables_with_every_figure():
    text = report.page(RESULTS, Work())
    assert text.count(".. list-table::") == 2
    assert all(text.count(f"* - {row.text}\n") == 2 for row in report.ROWS)


def test_the_columns_of_a_plain_table_line_up():
    lines = report.plain(report.figures_table(RESULTS)).splitlines()
    assert len(lines) == len(report.ROWS) + 1
    assert all(len(line) == len(lines[0]) for line in lines)
