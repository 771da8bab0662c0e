"""The choice of an implementation."""

import sys

import pytest

from circus.host import children, probe, sessions
from circus.host.descriptors import Descriptors
from circus.host.leftovers import PolledSessions
from circus.host.probe import Answer, Capabilities
from circus.host.reap import SignalledChildren


def test_without_pidfds_there_is_the_baseline():
    nothing = Capabilities(*[Answer(False, "a test says so")] * 9)
    ours = children(nothing, Descriptors())
    left = sessions(nothing, Descriptors(), ours)
    assert type(ours) is SignalledChildren
    assert type(left) is PolledSessions
    left.close()
    ours.close()


@pytest.mark.skipif(sys.platform != "linux", reason="pidfds are Linux's")
def test_with_pidfds_there_is_the_better_one():
    if not probe.probe().pidfd:
        pytest.skip("this kernel has no pidfds")
    ours = children(probe.probe(), Descriptors())
    left = sessions(probe.probe(), Descriptors(), ours)
    assert type(ours).__name__ == "PidfdChildren"
    assert type(left).__name__ == "PidfdSessions"
    left.close()
    ours.close()
