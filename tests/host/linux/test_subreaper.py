import ctypes
import errno
import os
import sys

import pytest

if sys.platform != "linux":
    pytest.skip("subreapers are Linux's", allow_module_level=True)
from circus.host import orphans
from circus.host.linux import subreaper


@pytest.fixture(autouse=True)
def _unexpecting(monkeypatch):
    monkeypatch.setattr(orphans, "_expected", set())


def test_the_last_claim_that_is_given_up_puts_back_what_was_found():
    assert not subreaper.is_on()
    subreaper.claim()
    subreaper.claim()
    assert subreaper.is_on()
    subreaper.release()
    assert subreaper.is_on()
    subreaper.release()
    assert not subreaper.is_on()


def test_who_was_a_subreaper_before_stays_one():
    subreaper._prctl(subreaper._SET, 1)
    try:
        subreaper.claim()
        subreaper.release()
        assert subreaper.is_on()
    finally:
        subreaper._prctl(subreaper._SET, 0)


def test_a_subreaper_expects_orphans_from_then_on():
    assert orphans.expected() == (os.getpid() == 1)
    subreaper.claim()
    subreaper.release()
    assert orphans.expected()


def test_a_kernel_without_it_says_so():
    with pytest.raises(OSError, match=os.strerror(errno.EINVAL)):
        subreaper._prctl(ctypes.c_int(-1).value, 0)
