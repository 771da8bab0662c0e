"""What the tests of several rooms stand on."""

from __future__ import annotations

import functools

import pytest

from tests.helpers import house


@pytest.fixture
def play(tmp_path):
    """Run a scene: an async function of a :class:`~tests.helpers.house.House` in a fresh folder."""
    return functools.partial(house.play, tmp_path)


@pytest.fixture
def places(tmp_path):
    """Return the two endpoints of a blocking arbiter."""
    return f"ipc://{tmp_path}/ctl", f"ipc://{tmp_path}/pub"
