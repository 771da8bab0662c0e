"""Every option of a watcher is shown at work: in the table of what a child sees, or by its test."""

from __future__ import annotations

import pytest

from circus.spec.options.watcher import WATCHER
from tests.helpers.seen import ROWS, SHOWN
from tests.helpers.source import ROOT

OPTIONS = {row.name for row in WATCHER if not row.obsolete}


def test_every_option_of_a_watcher_is_shown_at_work():
    missing = OPTIONS - {row.option for row in ROWS} - SHOWN.keys()
    assert not missing, f"add to ROWS or SHOWN of tests/helpers/seen.py: {sorted(missing)}"


def test_nothing_is_shown_that_is_no_option():
    assert {*(row.option for row in ROWS), *SHOWN} <= OPTIONS


@pytest.mark.parametrize("option", SHOWN)
def test_an_option_that_no_child_sees_names_a_test_that_there_is(option):
    file, _, name = SHOWN[option].partition("::")
    text = (ROOT / file).read_text()
    assert f"def {name}(" in text
    assert option.rstrip("._") in text
