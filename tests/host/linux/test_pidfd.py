import errno
import os
import signal

import pytest

from circus.exc import LaunchError
from circus.host import probe
from circus.host.descriptors import Descriptors
from tests.helpers.kernel import Kernel

pidfd = pytest.importorskip("circus.host.linux.pidfd", reason="pidfds are Linux's")
if not probe.probe().pidfd:
    pytest.skip("this kernel has no pidfds", allow_module_level=True)


class Launcher:
    """Launches nothing, and says that it is number 77."""

    def launch(self, _plan):
        return 77

    def close(self):
        pass


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOMEM])
def test_a_child_that_cannot_be_watched_is_killed_and_reaped(monkeypatch, number):
    children = pidfd.PidfdChildren(Launcher(), Descriptors())
    kernel = Kernel(
        ("pidfd_open", (77,), OSError(number, os.strerror(number))),
        ("kill", (77, signal.SIGKILL), None),
        ("waitpid", (77, 0), (77, 9)),
    )
    with monkeypatch.context() as patch:
        patch.setattr(pidfd, "os", kernel)
        with pytest.raises(LaunchError) as caught:
            children.spawn(None)
    assert (caught.value.step, caught.value.number) == ("fds", number)
    assert not children.owns(77)
    kernel.done()
    children.close()


def test_a_session_that_cannot_be_watched_at_all_is_told(monkeypatch):
    sessions = pidfd.PidfdSessions(lambda _pid: True, Descriptors())
    monkeypatch.setattr(sessions, "members", lambda _sids: {10: [11, 12]})
    refusal = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
    kernel = Kernel(("pidfd_open", (11,), refusal), ("pidfd_open", (12,), refusal))
    with monkeypatch.context() as patch:
        patch.setattr(pidfd, "os", kernel)
        with pytest.raises(OSError, match="Too many open files"):
            sessions.watch(10)
    kernel.done()
    sessions.close()


def test_a_member_that_went_before_it_could_be_watched_is_not_waited_for(monkeypatch):
    sessions = pidfd.PidfdSessions(lambda _pid: True, Descriptors())
    monkeypatch.setattr(sessions, "members", lambda _sids: {10: [11]})
    with monkeypatch.context() as patch:
        patch.setattr(pidfd, "os", Kernel(("pidfd_open", (11,), ProcessLookupError())))
        assert not sessions.watch(10)
    sessions.close()


def test_what_was_looked_at_is_what_is_signalled(monkeypatch):
    # the process went between the look and the signal: its pidfd cannot mean another one
    kernel = Kernel(("pidfd_open", (11,), 99), ("getsid", (11,), 10), ("close", (99,), None))
    with monkeypatch.context() as patch:
        patch.setattr(pidfd, "os", kernel)
        patch.setattr(pidfd, "sent", lambda fd, signum: (fd, signum) == (99, 15))
        sessions = pidfd.PidfdSessions.__new__(pidfd.PidfdSessions)
        assert sessions.signal(10, [11], 15) == 1
    kernel.done()
