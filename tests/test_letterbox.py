from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import sys
from circus.letterbox import read_letter
print(read_letter())
print(repr(sys.stdin.read()))
"""


def told(text):
    return subprocess.run(
        [sys.executable, "-c", CODE], input=text, capture_output=True, text=True, check=False
    )


def test_a_letter_is_read_once_and_then_there_is_nothing():
    assert told('{"token": "x"}').stdout == "{'token': 'x'}\n''\n"


@pytest.mark.parametrize("text", ["", "nonsense", "[1]"])
def test_what_is_no_letter_is_refused(text):
    found = told(text)
    assert found.returncode == 1
    assert "Error" in found.stderr
