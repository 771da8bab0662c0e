"""Small rooms: no module grows past the ceiling."""

from __future__ import annotations

import pytest

from tests.helpers.source import ROOT, files

CEILING = 400
"""Lines of a module."""


@pytest.mark.parametrize(
    "path",
    files("circus/**/*.py", "tests/**/*.py", "benchmarks/*.py", "docs/*.py", "examples/**/*.py"),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_a_module_keeps_below_the_ceiling(path):
    assert len(path.read_text().splitlines()) <= CEILING
