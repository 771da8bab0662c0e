"""The choice of an implementation."""

import sys
from dataclasses import fields

import pytest

from circus import host
from circus.host import children, kin, probe
from circus.host.descriptors import Descriptors
from circus.host.leftovers import PolledSessions
from circus.host.probe import Answer, Capabilities
from circus.host.reap import SignalledChildren


def names(found, owns_process=False):
    """Return what each value of contain comes to."""
    descriptors = Descriptors()
    ours = children(found, descriptors)
    made = kin(found, descriptors, ours, owns_process)
    named = {contain: made.reach(contain).name for contain in ("session", "tree", "process")}
    kinds = type(ours), type(made.reach("session"))
    refusals = made.refusals
    made.close()
    ours.close()
    return named, kinds, refusals


def test_without_pidfds_there_is_the_baseline():
    nothing = Capabilities(*[Answer(False, "a test says so")] * len(fields(Capabilities)))
    named, kinds, refusals = names(nothing, owns_process=True)
    assert kinds == (SignalledChildren, PolledSessions)
    assert named == {"session": "session", "tree": "session", "process": "process"}
    assert set(refusals) <= {"tree"}


@pytest.mark.skipif(sys.platform != "linux", reason="pidfds are Linux's")
def test_with_pidfds_there_is_the_better_one():
    if not probe.probe().pidfd:
        pytest.skip("this kernel has no pidfds")
    _, (ours, sessions), _ = names(probe.probe())
    assert (ours.__name__, sessions.__name__) == ("PidfdChildren", "PidfdSessions")


@pytest.mark.skipif(sys.platform != "linux", reason="control groups are Linux's")
def test_a_tree_is_held_by_groups_where_they_can_be_made():
    if not probe.probe().cgroup.yes:
        pytest.skip("no control group can be made here")
    assert names(probe.probe())[0]["tree"] == "tree by cgroup"


@pytest.mark.skipif(sys.platform != "linux", reason="subreapers are Linux's")
def test_without_groups_only_circusd_itself_adopts_orphans(monkeypatch):
    if not probe.probe().pidfd:
        pytest.skip("this kernel has no pidfds")
    monkeypatch.setattr(host, "_folder", lambda: (None, "a test says so"))
    assert names(probe.probe(), owns_process=True)[0]["tree"] == "tree by subreaper"
    named, _, refusals = names(probe.probe(), owns_process=False)
    assert named["tree"] == "session"
    assert refusals == {"tree": ["a test says so", "only circusd itself becomes a subreaper"]}
