from __future__ import annotations

import pytest

from circus import util
from tests.helpers.source import imports, modules


def test_each_name_of_the_door_leads_somewhere():
    assert [name for name in util.__all__ if not hasattr(util, name)] == []


def test_nothing_inside_circus_goes_through_the_door():
    assert [
        name for name in modules() if any(one.module == "circus.util" for one in imports(name))
    ] == []


def test_the_old_names_do_what_they_did():
    assert util.to_signum("KILL") == 9
    assert (util.human2bytes("1.5M"), util.bytes2human(2048000)) == (1572864, "1.95M")
    assert util.replace_gnu_args("((circus.b.c)) $(circus.no)", b={"c": 2}) == "2 $(circus.no)"
    assert (util.to_uid("root"), util.get_username_from_uid(0), util.get_default_gid(0)) == (
        0,
        "root",
        0,
    )


def test_what_is_gone_says_so_and_what_never_was_is_not_there():
    with pytest.raises(ImportError, match="there is no lock"):
        _ = util.synchronized
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = util.nonsense
