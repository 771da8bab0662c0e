"""A file stream for each test that asks for one."""

from __future__ import annotations

import pytest

from circus.stream import FileStream
from tests.helpers.chunks import noon


@pytest.fixture
def make(tmp_path):
    """Return streams of a file ``log`` whose clock stands still at noon."""
    made = []

    def stream(**options):
        one = FileStream(str(tmp_path / "log"), **options)
        one.now = noon
        made.append(one)
        return one

    yield stream
    for one in made:
        one.close()
