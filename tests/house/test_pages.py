"""The reference pages say what the code says: they are written from its tables."""

from __future__ import annotations

import pytest

from docs.generate import PAGES, REFERENCE


@pytest.mark.parametrize("name", PAGES)
def test_a_reference_page_is_what_the_code_would_write(name):
    assert (REFERENCE / name).read_text() == PAGES[name](), "run `python -m docs.generate`"


def test_every_reference_page_but_the_index_is_written_from_the_code():
    assert {path.name for path in REFERENCE.iterdir()} == {*PAGES, "index.rst"}
