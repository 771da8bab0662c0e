from __future__ import annotations

import os

import pytest

from circus.calls import Verdict
from circus.observable import Observable
from circus.process import Process


class Watched(Observable):
    def __init__(self):
        me = Process("me", 7, "python", spawn=False)
        me.pid = os.getpid()
        self.name, self.stage, self.processes = "me", None, {me.pid: me}
        self.called, self.failing = [], Verdict()
        self.hooks_at_work = self

    def call(self, name, about):
        self.called.append((name, about["pid"]))
        about["stats"]["more"] = 1
        return self.failing


def test_the_facts_of_a_process_hold_its_place():
    assert Watched().info()[os.getpid()]["wid"] == 7


def test_a_stranger_is_refused():
    with pytest.raises(KeyError):
        Watched().process_info(1)


def test_the_hook_adds_to_the_facts_when_it_is_asked_to():
    watched = Watched()
    assert "more" not in watched.process_info(os.getpid())
    assert watched.process_info(os.getpid(), extended=True)["more"] == 1
    assert watched.info(extended=True)[os.getpid()]["more"] == 1
    assert watched.called == [("extended_stats", os.getpid())] * 2


def test_what_the_hook_raises_is_raised_unless_its_failures_are_ignored():
    watched = Watched()
    watched.failing = Verdict(True, KeyError("tea"), ignored=True)
    assert watched.info(extended=True)[os.getpid()]["wid"] == 7
    watched.failing = Verdict(False, KeyError("tea"))
    with pytest.raises(KeyError, match="tea"):
        watched.info(extended=True)


def test_a_process_that_was_not_looked_at_is_left_out():
    assert Watched().seen({}) == {}
