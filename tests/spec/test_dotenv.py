from __future__ import annotations

import pytest

from circus.spec.dotenv import DotenvError, parse


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("\n# about\n  # more\n\n", {}),
        ("A=1", {"A": "1"}),
        ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("\ufeffA=1\n", {"A": "1"}),
        ("A=1\nA=2\n", {"A": "2"}),
        ("export A=1\n export\tB=2", {"A": "1", "B": "2"}),
        ("exported=1", {"exported": "1"}),
        ("  A = 1 \t", {"A": "1"}),
        ("_a.b-C1=x", {"_a.b-C1": "x"}),
        ("A=", {"A": ""}),
        ("A=\nB=2", {"A": "", "B": "2"}),
        ("A=two words", {"A": "two words"}),
        ("A=x # y", {"A": "x"}),
        ("A=x#y", {"A": "x#y"}),
        ("A=# y", {"A": ""}),
        ("A=https://u:p@h/x?a=b#c", {"A": "https://u:p@h/x?a=b#c"}),
        ('A=it\'s "so"', {"A": 'it\'s "so"'}),
        (r"A=a\nb\ ", {"A": r"a\nb" + "\\"}),
        ("A='x y' # z", {"A": "x y"}),
        (r"""A='a\n "b" $C'""", {"A": r'a\n "b" $C'}),
        ("A='x\ny'\nB=2", {"A": "x\ny", "B": "2"}),
        ('A=""', {"A": ""}),
        ('A="x\ny"', {"A": "x\ny"}),
        ('A="x\r\ny"', {"A": "x\ny"}),
        (r'A="a\n\r\t\"\\\$\`b"', {"A": 'a\n\r\t"\\$`b'}),
        (r'A="\d\x41\é"', {"A": r"\d\x41\é"}),
        ('A="one \\\ntwo"', {"A": "one two"}),
        ('A="#1"#2', {"A": "#1"}),
        ("A=$HOME ${HOME} $(id) `id` %d", {"A": "$HOME ${HOME} $(id) `id` %d"}),
        ('A="$HOME ${HOME}"', {"A": "$HOME ${HOME}"}),
        ("A=é\udcff", {"A": "é\udcff"}),
    ],
)
def test_lines_become_variables_and_nothing_in_them_is_replaced(text, found):
    assert parse(text) == found


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("A=1\nB", 2, "expected NAME=VALUE"),
        ("export A", 1, "expected NAME=VALUE"),
        ("export", 1, "expected NAME=VALUE"),
        ("=1", 1, "expected NAME=VALUE"),
        ("1A=1", 1, "expected NAME=VALUE"),
        ("A B=1", 1, "expected NAME=VALUE"),
        ("'A'=1", 1, "expected NAME=VALUE"),
        ("A: 1", 1, "expected NAME=VALUE"),
        ("A='x\ny'\n\nB", 4, "expected NAME=VALUE"),
        ("A=1\nB='x\ny", 2, "the quotation that ' opens has no end"),
        ('A="x\\"', 1, 'the quotation that " opens has no end'),
        ("A=1\nB='x' y", 2, "there is more behind the closing quotation mark"),
        (r"A='it\'s'", 1, "there is more behind the closing quotation mark"),
        ('A="x\ny"z', 2, "there is more behind the closing quotation mark"),
        ("A=1\nB=x\0", 2, "the value of B has a null byte"),
    ],
)
def test_a_line_that_is_not_understood_is_told_with_its_number_and_without_its_value(
    text, line, reason
):
    with pytest.raises(DotenvError) as caught:
        parse(text)
    assert (caught.value.line, caught.value.reason) == (line, reason)
    assert str(caught.value) == f"line {line}: {reason}"
