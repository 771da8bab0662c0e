from __future__ import annotations

import json

import pytest

from circus.cli import pretty
from tests.helpers.terminal import DECORATION

ANSWER = {"b": 1, "a": [True]}
TEXT = '{\n  "a": [\n    true\n  ],\n  "b": 1\n}'


def test_json_for_people_is_indented_and_sorted():
    assert pretty.json_text(ANSWER) == TEXT


def test_it_is_coloured_at_a_terminal_and_still_says_the_same(monkeypatch):
    pytest.importorskip("pygments", reason="colours need pygments")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = pretty.json_text(ANSWER)
    assert "\x1b[" in coloured
    assert json.loads(DECORATION.sub("", coloured)) == ANSWER
    monkeypatch.setenv("NO_COLOR", "1")
    assert pretty.json_text(ANSWER) == TEXT
