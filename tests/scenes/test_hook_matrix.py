"""The hook matrix: each hook in each manner, with the end that the spec has for it."""

from __future__ import annotations

import threading

import pytest

from circus.spec.tables import HOOKS
from tests.helpers.floor import play
from tests.helpers.hookmatrix import play_row, rows


def test_the_table_has_a_row_for_each_hook():
    assert {*rows()} == {*HOOKS}


@pytest.mark.parametrize(("hook", "ends"), rows().items(), ids=rows())
def test_each_manner_of_a_hook_has_the_end_of_the_spec(hook, ends):
    go = threading.Event()
    wrong = []

    async def scene(floor):
        try:
            wrong.extend(await play_row(floor, hook, ends, go))
        finally:
            go.set()

    play(scene)
    assert wrong == []
