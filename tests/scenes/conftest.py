"""A folder for the scenes of a module, and who hears what its children report."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.helpers.reports import Reports


@pytest.fixture(scope="module")
def folder():
    """A folder that anybody can enter, for the scenes of a module."""
    with tempfile.TemporaryDirectory(prefix="circus") as name:
        path = Path(name)
        path.chmod(0o711)
        yield path


@pytest.fixture(scope="module")
def reports(folder):
    """Who hears what the children in that folder report."""
    made = Reports(folder)
    yield made
    made.close()
