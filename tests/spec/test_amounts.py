from __future__ import annotations

import pytest

from circus.spec.amounts import Amount, Memory, Number, Regex, human2bytes


@pytest.mark.parametrize(
    ("text", "count"),
    [("0B", 0), ("1K", 1024), ("1.5k", 1536), ("250M", 250 * 1024**2), (" 2G ", 2 * 1024**3)],
)
def test_a_number_with_a_unit_is_bytes(text, count):
    assert human2bytes(text) == count


@pytest.mark.parametrize("text", ["", "12", "M", "1.2.3M", "1X", "infK", "nanB"])
def test_what_has_no_number_or_no_unit_is_no_number_of_bytes(text):
    with pytest.raises(ValueError, match=r"cannot read|could not convert"):
        human2bytes(text)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("90", Amount(90.0)), ("0.5", Amount(0.5)), ("2K", Amount(2048, in_bytes=True))],
)
def test_memory_is_percent_or_bytes_and_its_text_says_which(text, amount):
    kind = Memory()
    assert kind.parse(text) == kind.parse(kind.show(amount)) == amount


@pytest.mark.parametrize("text", ["", "much", "-1", "-1M", "nan", "inf", "1e400"])
def test_what_is_no_amount_of_memory_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        Memory().parse(text)


def test_python_may_give_memory_as_a_number_and_nothing_where_nothing_is_allowed():
    assert Memory().accept("max_mem", 80) == Amount(80.0)
    assert Memory().accept("max_mem", Amount(1, in_bytes=True)) == Amount(1, in_bytes=True)
    assert Memory(optional=True).accept("min_mem", None) is None
    assert Memory(optional=True).parse("") is None
    assert Memory(optional=True).show(None) == ""
    with pytest.raises(ValueError, match="isn't an amount of memory"):
        Memory().accept("max_mem", None)


@pytest.mark.parametrize("text", ["", "-0.1", "x", "inf"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        Number().parse(text)


def test_a_number_is_read_shown_and_taken_from_python():
    assert Number().parse("0.25") == 0.25
    assert Number().show(90.0) == "90"
    assert Number().accept("x", 3) == 3.0
    assert Number(optional=True).parse("") is Number(optional=True).accept("x", None) is None
    with pytest.raises(ValueError, match="isn't a number"):
        Number().accept("x", True)


def test_a_regular_expression_has_to_be_one_and_to_have_its_groups():
    assert Regex("pid").parse("^(?P<pid>.*)$") == "^(?P<pid>.*)$"
    for text in ("(", "^(?P<number>.*)$"):
        with pytest.raises(ValueError, match=r"."):
            Regex("pid").parse(text)
    with pytest.raises(ValueError, match=r"isn't a regular expression with \(\?P<pid>…\)"):
        Regex("pid").accept("msg_regex", 3)
