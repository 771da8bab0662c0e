"""Ears for metrics."""

from __future__ import annotations

import pytest

from tests.helpers.plugs import Udp


@pytest.fixture
def metrics():
    """Hear what is sent to a statsd server."""
    ears = Udp()
    yield ears
    ears.close()
