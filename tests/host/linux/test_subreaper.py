import os
import sys

import pytest

if sys.platform != "linux":
    pytest.skip("subreapers are Linux's", allow_module_level=True)
from circus.host import orphans
from circus.host.linux import subreaper
from circus.host.linux.prctl import adopt_orphans, adopts_orphans


@pytest.fixture(autouse=True)
def _unexpecting(monkeypatch):
    monkeypatch.setattr(orphans, "_expected", set())


def test_the_last_claim_that_is_given_up_puts_back_what_was_found():
    assert not adopts_orphans()
    subreaper.claim()
    subreaper.claim()
    assert adopts_orphans()
    subreaper.release()
    assert adopts_orphans()
    subreaper.release()
    assert not adopts_orphans()


def test_who_was_a_subreaper_before_stays_one():
    adopt_orphans(True)
    try:
        subreaper.claim()
        subreaper.release()
        assert adopts_orphans()
    finally:
        adopt_orphans(False)


def test_a_subreaper_expects_orphans_from_then_on():
    assert orphans.expected() == (os.getpid() == 1)
    subreaper.claim()
    subreaper.release()
    assert orphans.expected()
