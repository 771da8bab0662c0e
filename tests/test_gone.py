from __future__ import annotations

import pytest

from circus.gone import GONE, refuse, sentence


@pytest.mark.parametrize("name", GONE)
def test_what_is_gone_is_refused_with_its_reason(name):
    with pytest.raises(ImportError, match="cannot import") as refused:
        refuse(name)
    assert (refused.value.name, str(refused.value)) == (name, sentence(name))
    assert GONE[name] in sentence(name)
