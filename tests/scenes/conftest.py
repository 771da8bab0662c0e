"""A circusd for each scene that asks for one."""

from __future__ import annotations

import contextlib

import pytest

from tests.helpers.daemon import running


@pytest.fixture
def circusd(tmp_path):
    """Return a function that starts a daemon; nothing of it outlives the scene."""
    with contextlib.ExitStack() as stack:

        def start(text, folder=tmp_path, **more):
            return stack.enter_context(running(folder, text, **more))

        yield start
