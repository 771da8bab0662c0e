"""tests/ mirrors circus/: who looks for the test of a module finds it at the same place."""

from __future__ import annotations

from pathlib import Path

import pytest

from circus.commands import FILES
from tests.helpers.source import ROOT, has_code, modules

VERBS = {f"circus/commands/{file}.py" for file in FILES.values()}

SHARED = {
    "tests/commands/test_verbs.py": VERBS,
}
"""The table-driven tests, and the modules without a test file of their own that each covers."""

ELSEWHERE = {
    "sim", "scenes", "page", "proof", "compat", "house", "helpers", "docs", "benchmarks",
    "examples",
}  # fmt: skip
"""Folders of tests/ that speak of more than one module."""

WITH_CODE = [path for path in modules().values() if has_code(path)]


def mirror(path: Path) -> Path:
    """Return the place of a module's test: a package's is test_<package>.py beside the folder."""
    inside = path.relative_to(ROOT / "circus")
    if path.name == "__init__.py":
        inside = inside.parent if inside.parent.name else Path("circus.py")
        inside = inside.with_suffix(".py")
    return ROOT / "tests" / inside.parent / f"test_{inside.name}"


@pytest.mark.parametrize("path", WITH_CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_with_code_has_its_test_at_the_mirrored_place(path):
    name = str(path.relative_to(ROOT))
    shared = [test for test, covered in SHARED.items() if name in covered]
    places = [mirror(path), *(ROOT / test for test in shared)]
    assert any(place.is_file() for place in places), f"no {mirror(path).relative_to(ROOT)}"


def test_every_test_at_a_mirrored_place_is_about_a_module():
    known = {mirror(path) for path in modules().values()}
    known |= {ROOT / test for test in SHARED}
    tests = {
        path
        for path in (ROOT / "tests").rglob("test_*.py")
        if path.relative_to(ROOT / "tests").parts[0] not in ELSEWHERE
    }
    assert sorted(str(path.relative_to(ROOT)) for path in tests - known) == []
