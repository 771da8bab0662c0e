from __future__ import annotations

import pytest

from docs import rst


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("needs `copy_env`", "needs ``copy_env``"),
        ("all *.ini files", r"all \*.ini files"),
        ("a stop_ b|c", r"a stop\_ b\|c"),
    ],
)
def test_a_sentence_of_the_code_keeps_its_meaning(text, shown):
    assert rst.prose(text) == shown


def test_nothing_is_not_shown_as_code():
    assert rst.code("") == ""
    assert rst.code(0) == "``0``"


def test_a_cell_of_several_lines_is_indented_below_its_first():
    lines = rst.table(("a", "b"), [("x", "1\n2")]).splitlines()
    assert lines[-3:] == ["   * - x", "     - 1", "       2"]
