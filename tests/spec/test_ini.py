from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circus.spec.finding import HEADER
from circus.spec.ini import parse


def options(text):
    entries, findings = parse(f"[s]\n{text}", "f.ini")
    assert findings == []
    return {entry.key: entry.value for entry in entries if entry.key != HEADER}


def findings(text):
    return [str(finding) for finding in parse(text, "f.ini")[1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1", {"a": "1"}),
        ("a=1", {"a": "1"}),
        ("a: 1", {"a": "1"}),
        ("a b = 1", {"a b": "1"}),
        ("  a = 1", {"a": "1"}),
        ("u:v=w", {"u": "v=w"}),
        ("a =", {"a": ""}),
        ('a = ""', {"a": ""}),
        ("a = 'x'", {"a": "'x'"}),
        ("FunKy_soUl = x", {"FunKy_soUl": "x"}),
        ("a = 100% $x %(y)s", {"a": "100% $x %(y)s"}),
        ("# c\n; d\nrem e\nREM\na = 1", {"a": "1"}),
        ("remark = 4", {"remark": "4"}),
        ("rem=4", {"rem": "4"}),
        ("a = x # y", {"a": "x # y"}),
        ("a = x ; y", {"a": "x"}),
        ("a = x\t; y", {"a": "x"}),
        ("a = x;y", {"a": "x;y"}),
        ("a = x;y ; z", {"a": "x;y ; z"}),
        ("a = ;c", {"a": ";c"}),
        ("a = x\n  y\n\tz", {"a": "x\ny\nz"}),
        ("a = x\n  y ; z", {"a": "x\ny ; z"}),
        ("a =\n  # x\n  ;y", {"a": "\n# x\n;y"}),
        ("a = x\n\n  \n  y\n# c\n  z\nb = 1", {"a": "x\ny\nz", "b": "1"}),
        ("a = 1\r\nb = 2\r\n", {"a": "1", "b": "2"}),
    ],
)
def test_options_are_read_as_circus_reads_them(text, expected):
    assert options(text) == expected


def test_each_entry_knows_its_place():
    entries, _ = parse("\n[a]\nx = 1\n  2\n[b ] trailing\n\ny = 3\n", "f.ini")
    places = [(e.section, e.key, e.value, e.line) for e in entries]
    assert places == [
        ("a", HEADER, "", 2),
        ("a", "x", "1\n2", 3),
        ("b", HEADER, "", 5),
        ("b", "y", "3", 7),
    ]
    assert {entry.file for entry in entries} == {"f.ini"}


def test_the_second_of_two_definitions_keeps_its_own_continuation():
    entries, _ = parse("[a]\nx = 1\nx = 2\n  more\n", "f.ini")
    assert [entry.value for entry in entries[1:]] == ["1", "2\nmore"]


def test_a_byte_order_mark_is_no_text():
    assert parse("\ufeff[a]\nx=1\n", "f.ini")[1] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 1\n[a]\n", "f.ini:1: found 'x = 1', expected a section's title such as [circus]"),
        ("[a]\n\nfoo\n", "f.ini:3: [a] found 'foo', expected name = value"),
        ("[a]\n= 3\n", "f.ini:2: [a] found '= 3', expected name = value"),
        ("[a\n", "f.ini:1: found '[a', expected a section's title"),
        ("[]\n", "f.ini:1: found '[]', expected a section's title"),
        ("[a]\nx = a\0b\n", "f.ini:2: [a] found 'x = a\\x00b', expected text without NUL"),
    ],
)
def test_a_line_that_is_nothing_is_reported_with_its_number(text, expected):
    [finding] = findings(text)
    assert finding.startswith(expected)


def test_every_wrong_line_is_reported():
    assert len(findings("a\n[s]\nb\nc = 1\nd\n")) == 3


@given(st.text())
def test_any_text_can_be_read(text):
    entries, wrong = parse(text, "f.ini")
    for entry in entries:
        assert text.split("\n")[entry.line - 1]
    assert all(finding.line for finding in wrong)
