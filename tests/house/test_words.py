"""Promises kept: nothing is left for later, no test sleeps, and every silence gives its reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.helpers.source import ROOT, complain, files

CODE = files("circus/**/*.py", "tests/**/*.py")
ALL = CODE + files("benchmarks/*", "docs/*.py", "docs/**/*.rst", "examples/**/*", "*.md", "*.ini")

LATER = re.compile(r"\b(TODO|FIXME|XXX)\b|NotImplementedError\b(?!\(f?['\"]|,)")
SLEEP = re.compile(r"\btime\.sleep\b|\bfrom time import .*\bsleep\b")
SILENT_SKIP = re.compile(
    r"pytest\.(skip|xfail|importorskip)\(\s*\)|mark\.(skip|xfail)\b(?!\(.*reason|if\()"
)
BARE_SILENCE = re.compile(
    r"#\s*noqa(?!: [A-Z0-9, ]+ - \S)|#\s*type:\s*ignore(?!\[[\w, -]+\]\s+#\s*\S)"
)


def places(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in paths
        if path.is_file() and path != Path(__file__) and "__pycache__" not in path.parts
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]


def test_nothing_is_left_for_later():
    complain(places(LATER, ALL))


def test_nothing_sleeps_to_let_something_happen():
    complain(places(SLEEP, CODE))


def test_no_test_is_skipped_without_a_reason():
    complain(places(SILENT_SKIP, CODE))


def test_every_silenced_warning_says_why():
    complain(places(BARE_SILENCE, ALL))


@pytest.mark.parametrize(
    ("pattern", "bad", "good"),
    [
        (LATER, "# TODO: later", "todo_list = []"),
        (LATER, "raise NotImplementedError", "raise CircusError"),
        (LATER, "raise NotImplementedError()", 'raise NotImplementedError("say what")'),
        (SLEEP, "time.sleep(1)", "asyncio.sleep(1)"),
        (SLEEP, "from time import monotonic, sleep", "from time import monotonic"),
        (SILENT_SKIP, "@pytest.mark.skip", "@pytest.mark.skip(reason='no pidfd')"),
        (SILENT_SKIP, "pytest.skip()", "pytest.skip('no pidfd here')"),
        (BARE_SILENCE, "x = 1  # noqa", "x = 1  # noqa: E501 - a long address"),
        (BARE_SILENCE, "x = 1  # noqa: E501", "x = 1  # noqa: E501, S101 - a long address"),
        (BARE_SILENCE, "x = 1  # type: ignore", "x = 1  # type: ignore[misc]  # psutil lies"),
    ],
)
def test_the_patterns_know_a_fault_when_they_see_it(pattern, bad, good):
    assert pattern.search(bad)
    assert not pattern.search(good)
