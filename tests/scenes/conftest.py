"""A circusd for each scene that asks for one."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import pytest

from tests.helpers.daemon import running
from tests.helpers.reports import Reports


@pytest.fixture
def circusd(tmp_path):
    """Return a function that starts a daemon; nothing of it outlives the scene."""
    with contextlib.ExitStack() as stack:

        def start(text, folder=tmp_path, **more):
            return stack.enter_context(running(folder, text, **more))

        yield start


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
