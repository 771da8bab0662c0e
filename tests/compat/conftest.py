"""What both say, played once for all tests of this folder."""

from __future__ import annotations

import pytest

from tests.compat.replay import everything
from tests.compat.stage import BIN, OURS, find_theirs


@pytest.fixture(scope="session")
def ours():
    """Return what ours answers, by scene and step."""
    return everything(OURS)


@pytest.fixture(scope="session")
def theirs():
    """Return Circus 0.19."""
    kind = find_theirs()
    if kind is None:
        pytest.skip(f"no Circus 0.19: {BIN} does not say where it is, and PyPI is out of reach")
    return kind
