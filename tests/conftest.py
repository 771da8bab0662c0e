"""What the tests of several rooms stand on."""

from __future__ import annotations

import contextlib
import functools

import pytest

from tests.helpers import house
from tests.helpers.daemon import running


@pytest.fixture
def play(tmp_path):
    """Run a scene: an async function of a :class:`~tests.helpers.house.House` in a fresh folder."""
    return functools.partial(house.play, tmp_path)


@pytest.fixture
def places(tmp_path):
    """Return the two endpoints of a blocking arbiter."""
    return f"ipc://{tmp_path}/ctl", f"ipc://{tmp_path}/pub"


@pytest.fixture
def circusd(tmp_path):
    """Return a function that starts a daemon; nothing of it outlives the test."""
    with contextlib.ExitStack() as stack:

        def start(text, folder=tmp_path, **more):
            return stack.enter_context(running(folder, text, **more))

        yield start
