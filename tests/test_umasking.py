from __future__ import annotations

import os

import pytest

from circus.umasking import Umask


def current():
    now = os.umask(0o022)
    os.umask(now)
    return now


@pytest.fixture(autouse=True)
def _first():
    old = os.umask(0o022)
    yield
    os.umask(old)


def test_the_first_umask_is_put_back():
    mask = Umask(0o027)
    mask.wear()
    mask.wear()
    assert current() == 0o027
    mask.take_off()
    mask.take_off()
    assert current() == 0o022


def test_of_several_the_last_one_puts_back_the_first():
    one, two = Umask(0o027), Umask(0o077)
    one.wear()
    two.wear()
    one.take_off()
    assert current() == 0o077
    two.take_off()
    assert current() == 0o022


def test_none_is_none():
    mask = Umask(None)
    mask.wear()
    os.umask(0o027)
    mask.take_off()
    assert current() == 0o027
