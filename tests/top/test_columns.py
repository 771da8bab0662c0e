import pytest

from circus.figures import UNKNOWN
from circus.top.board import Line, Part
from circus.top.columns import COLUMNS, age, process_cells, share, watcher_cells, written


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.9, "0s"),
        (59, "59s"),
        (60, "1m00s"),
        (3599, "59m59s"),
        (3600, "1h00m"),
        (86_399, "23h59m"),
        (86_400 * 5 + 3600 * 3, "5d03h"),
        (UNKNOWN, UNKNOWN),
    ],
)
def test_an_age_is_said_as_people_do(seconds, text):
    assert age(seconds) == text


def test_a_share_has_two_decimals_or_is_not_known():
    assert [share(99.995), share(0), share(UNKNOWN)] == ["100.00", "0.00", UNKNOWN]


@pytest.mark.parametrize(
    ("line", "note"),
    [
        (Line("web"), ""),
        (Line("web", last_exit="exit code 1"), "exit code 1"),
        (Line("web", last_exit="exit code 1", next_try=4.4), "exit code 1, next try in 4 s"),
        (Line("web", next_try=2.0), "next try in 2 s"),
        (
            Line("web", last_exit="exit code 1", reason="before_start said no"),
            "before_start said no",
        ),
    ],
)
def test_the_last_column_says_what_a_watcher_suffers_from(line, note):
    assert watcher_cells(line)[-1] == note


def test_a_watcher_and_its_processes_are_in_the_same_columns():
    line = Line("web", "active", 2, 3, 7, cpu=1.5, mem=UNKNOWN, age=61)
    assert watcher_cells(line) == ("web", "active", "2/3", "1.50", UNKNOWN, "1m01s", "7", "")
    part = process_cells(Part(42, None, 1.5, 2.5, 3.0))
    assert part == ("  42", "", "", "1.50", "2.50", "3s", "", "")
    assert process_cells(Part(42, "circusd"))[0] == "  42 (circusd)"
    assert len(part) == len(COLUMNS)


def test_a_row_is_written_with_its_figures_to_the_right():
    texts = written([column.title for column in COLUMNS]), written(watcher_cells(Line("web")))
    assert texts[0].index("CPU (%)") + len("CPU (%)") == texts[1].index("0.00") + len("0.00")
    assert not texts[1].endswith(" ")


def test_a_column_is_as_wide_as_it_is_or_as_what_it_holds():
    assert [column.fixed for column in COLUMNS if column.grows] == [None, None]
    assert all(column.fixed == column.width for column in COLUMNS if not column.grows)
