import contextlib
import os
import signal
import threading

import pytest

from circus.host import signals
from circus.host.signals import Claim
from tests.helpers.launching import readable


@pytest.fixture
def pipe():
    listen, tell = os.pipe()
    os.set_blocking(tell, False)
    yield listen, tell
    os.close(listen)
    os.close(tell)


@pytest.fixture(autouse=True)
def untouched():
    """Hold that every test leaves SIGCHLD as it was."""
    before = signal.getsignal(signal.SIGCHLD)
    yield
    assert signal.getsignal(signal.SIGCHLD) == before


def test_the_signal_is_told_while_it_is_claimed(pipe):
    claim = Claim(pipe[1])
    os.kill(os.getpid(), signal.SIGCHLD)
    assert readable(pipe[0])
    claim.release()


def test_two_claims_are_both_told_and_the_last_one_restores(pipe):
    before = signal.getsignal(signal.SIGCHLD)
    listen, tell = os.pipe()
    claims = [Claim(pipe[1]), Claim(tell)]
    os.kill(os.getpid(), signal.SIGCHLD)
    assert readable(pipe[0], 0)
    assert readable(listen, 0)
    claims[0].release()
    assert signal.getsignal(signal.SIGCHLD) != before
    claims[1].release()
    claims[1].release()
    os.close(listen)
    os.close(tell)


def test_a_handler_that_was_there_is_still_called(pipe):
    called = []
    before = signal.signal(signal.SIGCHLD, lambda signum, _: called.append(signum))
    claim = Claim(pipe[1])
    os.kill(os.getpid(), signal.SIGCHLD)
    assert called == [signal.SIGCHLD]
    claim.release()
    os.kill(os.getpid(), signal.SIGCHLD)
    assert called == [signal.SIGCHLD] * 2
    signal.signal(signal.SIGCHLD, before)


def test_a_full_pipe_is_no_error(pipe):
    claim = Claim(pipe[1])
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(pipe[1], b"\0" * 4096)
    os.kill(os.getpid(), signal.SIGCHLD)
    claim.release()


def test_an_ignored_signal_is_not_ignored_while_children_are_waited_for():
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    claim = Claim()
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", "exit 3"], {})
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
    claim.release()
    assert signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN
    signal.signal(signal.SIGCHLD, before)


def test_a_handler_that_somebody_set_since_is_left_alone(pipe):
    before = signal.getsignal(signal.SIGCHLD)
    claim = Claim(pipe[1])
    mine = lambda *_: None  # noqa: E731 - a handler like any other
    signal.signal(signal.SIGCHLD, mine)
    claim.release()
    assert signal.getsignal(signal.SIGCHLD) is mine
    signal.signal(signal.SIGCHLD, before)


def test_outside_the_main_thread_nothing_is_touched(pipe):
    heard = []

    def elsewhere():
        claim = Claim(pipe[1])
        heard.append(claim.heard)
        claim.release()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert heard == [False]
    assert not signals._claims
