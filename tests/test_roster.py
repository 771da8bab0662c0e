from __future__ import annotations

import pytest

from circus.roster import Roster
from circus.sockets import CircusSockets
from circus.watcher import Watcher


def roster():
    few = [Watcher("Low", "a", priority=1), Watcher("high", "b", priority=5), Watcher("mid", "c")]
    return Roster(few, CircusSockets())


def test_a_watcher_is_found_by_its_name_in_any_case():
    here = roster()
    assert here.get_watcher("LOW").name == "Low"
    assert here.find_watcher("nobody") is None
    with pytest.raises(KeyError):
        here.get_watcher("nobody")


def test_watchers_are_iterated_by_priority():
    here = roster()
    assert [one.name for one in here.iter_watchers()] == ["high", "Low", "mid"]
    assert [one.name for one in here.iter_watchers(reverse=False)] == ["mid", "Low", "high"]


def test_a_watcher_comes_and_goes():
    here = roster()
    late = Watcher("late", "d")
    here.enlist(late)
    assert (here.numwatchers(), here.statuses()["late"]) == (4, "stopped")
    here.strike(late)
    assert (here.numwatchers(), here.find_watcher("late")) == (3, None)


def test_an_unknown_socket_is_none():
    assert roster().get_socket("web") is None
