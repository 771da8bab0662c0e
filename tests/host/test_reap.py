import os
import threading

import pytest

from circus.host import reap
from circus.host.descriptors import Descriptors
from circus.host.reap import SignalledChildren, reaped
from circus.host.spawn import Launcher
from tests.helpers.kernel import Kernel
from tests.helpers.launching import shell


def test_outside_the_main_thread_ends_are_polled_for():
    found = []

    def elsewhere():
        children = SignalledChildren(Launcher(Descriptors()))
        pid = children.spawn(shell("exit 6"))
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        found.extend([children.fileno(), children.ended() == [pid], children.reap(pid)])
        children.close()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert found == [None, True, 6]


def test_a_child_that_is_not_ours_any_more_is_given_up(monkeypatch):
    given_up = []
    kernel = Kernel(("waitid", (os.P_PID, 7, os.WEXITED | os.WNOHANG), ChildProcessError()))
    with monkeypatch.context() as patch:
        patch.setattr(reap, "os", kernel)
        with pytest.raises(ChildProcessError):
            reaped(os.P_PID, 7, lambda: given_up.append(7))
    assert given_up == [7]
    kernel.done()


def test_a_child_that_runs_is_kept(monkeypatch):
    given_up = []
    kernel = Kernel(("waitid", None, None))
    with monkeypatch.context() as patch:
        patch.setattr(reap, "os", kernel)
        with pytest.raises(BlockingIOError, match="cannot reap a child that runs"):
            reaped(os.P_PID, 7, lambda: given_up.append(7))
    assert given_up == []
    kernel.done()
