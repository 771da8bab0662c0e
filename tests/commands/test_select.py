from __future__ import annotations

import pytest

from circus.commands import select
from circus.exc import CircusError, MessageError
from tests.helpers.fleet import FakeFleet, FakeWatcher

FLEET = FakeFleet(FakeWatcher("Web"), FakeWatcher("web[1]"), FakeWatcher("worker"))


def found(pattern, method):
    return [watcher.name for watcher in select.matching(FLEET, pattern, method)]


@pytest.mark.parametrize(
    ("pattern", "method", "names"),
    [
        ("WEB", "simple", ["Web"]),
        ("web[1]", "simple", ["web[1]"]),
        ("WEB", "glob", ["Web"]),
        ("web*", "glob", ["Web", "web[1]"]),
        ("W?R[km]er", "glob", ["worker"]),
        ("*", "glob", ["Web", "web[1]", "worker"]),
        ("we", "regex", ["Web", "web[1]"]),
        ("W\\S+$", "regex", ["Web", "web[1]", "worker"]),
        ("\\Dorker", "regex", ["worker"]),
    ],
)
def test_a_pattern_finds_names_in_any_case(pattern, method, names):
    assert found(pattern, method) == names


@pytest.mark.parametrize(
    ("pattern", "method"), [("we", "glob"), ("", "glob"), ("orker", "regex"), ("x", "simple")]
)
def test_a_pattern_that_finds_nobody_is_told(pattern, method):
    with pytest.raises(MessageError, match=f"^program {pattern} not found$"):
        found(pattern, method)


@pytest.mark.parametrize("pattern", ["(", "x{9999999999}", "(" * 5000])
def test_a_pattern_that_is_none_is_told(pattern):
    with pytest.raises(CircusError, match="cannot read the pattern"):
        found(pattern, "regex")
