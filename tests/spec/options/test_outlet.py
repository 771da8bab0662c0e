from __future__ import annotations

import pytest

from circus.spec.options.outlet import DIRECT, ON_FULL, ways
from circus.spec.options.stream import STREAMS


@pytest.mark.parametrize("text", ["drop", "DROP", " Drop "])
def test_a_word_may_be_written_in_any_case(text):
    assert ON_FULL.kind.parse(text) == ON_FULL.kind.check("on_full", text) == "drop"


@pytest.mark.parametrize("value", ["", "x", 1, None])
def test_any_other_is_refused(value):
    with pytest.raises(ValueError, match="one of block drop"):
        ON_FULL.kind.accept("on_full", value)


def test_every_class_has_on_full_and_one_has_direct():
    for name, section in STREAMS.items():
        assert [row.name for row in ways(name)] == [
            row.name for row in section if row.name in {"on_full", "direct"}
        ]
    assert ways("FileStream") == (ON_FULL, DIRECT)
    assert ways("my.FileStream") == (ON_FULL,)
