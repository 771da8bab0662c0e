"""A console for the tests of a module that only look, and one for each test that changes things."""

from __future__ import annotations

import contextlib

import pytest

from tests.helpers import console as consoles


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A console that nobody is to break."""
    with consoles.console(tmp_path_factory.mktemp("web")) as made:
        yield made


@pytest.fixture
def console(tmp_path):
    """Return a function that runs a console; nothing of it outlives the test."""
    with contextlib.ExitStack() as stack:

        def start(**more):
            return stack.enter_context(consoles.console(tmp_path, **more))

        yield start
