"""A circusd for each test that asks for one, and ears for metrics."""

from __future__ import annotations

import contextlib

import pytest

from tests.helpers.daemon import running
from tests.helpers.plugs import Udp


@pytest.fixture
def circusd(tmp_path):
    """Return a function that starts a daemon; nothing of it outlives the test."""
    with contextlib.ExitStack() as stack:

        def start(text, folder=tmp_path, **more):
            return stack.enter_context(running(folder, text, **more))

        yield start


@pytest.fixture
def metrics():
    """Hear what is sent to a statsd server."""
    ears = Udp()
    yield ears
    ears.close()
