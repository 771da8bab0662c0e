import errno
import fcntl
import os
import resource

import pytest

from circus.host import descriptors
from circus.host.descriptors import Descriptors, lifted, seal

LOW = 512


@pytest.fixture
def low():
    """Give this process a low soft limit for the time of a test."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (LOW, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def soft_limit():
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def test_an_embedding_program_keeps_its_limit_and_its_numbers(low):
    given = Descriptors()
    assert not given.raised
    fd = os.dup(0)
    assert given.park(fd) == fd
    with given.childrens_limit():
        assert soft_limit() == LOW
    given.close()
    assert soft_limit() == LOW
    os.close(fd)


def test_what_is_needed_fits_above_the_old_limit(low):
    raised = Descriptors(raise_to=1000)
    assert raised.raised
    assert soft_limit() == LOW + 1000
    fd = os.dup(0)
    parked = raised.park(fd)
    assert parked >= LOW
    assert not os.get_inheritable(parked)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)
    os.close(parked)
    raised.close()
    assert soft_limit() == LOW


def test_few_needs_raise_nothing(low):
    assert not Descriptors(raise_to=LOW).raised
    assert soft_limit() == LOW


def test_more_can_be_reserved_later(low):
    raised = Descriptors(raise_to=600)
    assert raised.reserve(700) == LOW + 600
    assert raised.reserve(2000) == LOW + 2000 == soft_limit()
    raised.close()


def test_the_hard_limit_bounds_it(low):
    if low == resource.RLIM_INFINITY:
        pytest.skip("the hard limit has no bound here")
    raised = Descriptors(raise_to=low + 5)
    assert soft_limit() == low
    raised.close()


def test_children_are_given_the_old_limit_for_a_moment(low):
    raised = Descriptors(raise_to=1000)
    with raised.childrens_limit():
        assert soft_limit() == LOW
    assert soft_limit() == LOW + 1000
    with pytest.raises(FileNotFoundError), raised.childrens_limit():
        os.stat("/no/such/place")
    assert soft_limit() == LOW + 1000
    raised.close()


def test_without_room_above_a_descriptor_stays_where_it_is(low, monkeypatch):
    raised = Descriptors(raise_to=1000)
    fd = os.dup(0)

    def full(*_):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as patch:
        patch.setattr(descriptors.fcntl, "fcntl", full)
        assert raised.park(fd) == fd
    os.close(fd)
    raised.close()


def test_a_descriptor_that_is_closed_cannot_be_parked(low):
    raised = Descriptors(raise_to=1000)
    fd = os.dup(0)
    os.close(fd)
    with pytest.raises(OSError, match="Bad file descriptor"):
        raised.park(fd)
    raised.close()


def test_a_lifted_copy_is_above_the_three_and_not_inherited():
    copy = lifted(1)
    assert copy > 2
    assert not os.get_inheritable(copy)
    os.close(copy)


def test_sealing_keeps_what_was_given_from_children():
    fd = os.dup(0)
    os.set_inheritable(fd, True)
    others = []
    try:
        sealed = seal()
        others = [number for number in sealed if number != fd]
        assert fd in sealed
        assert not os.get_inheritable(fd)
        assert fcntl.fcntl(0, fcntl.F_GETFD) & fcntl.FD_CLOEXEC == 0
        assert seal() == ()
    finally:
        os.close(fd)
        for number in others:
            os.set_inheritable(number, True)


def test_what_is_open_is_found_where_nothing_lists_it(monkeypatch):
    listed = descriptors.open_numbers()

    def nothing(_place):
        raise FileNotFoundError

    monkeypatch.setattr(descriptors.os, "listdir", nothing)
    found = descriptors.open_numbers()
    assert {*found} <= {*listed}
    missing = {*listed} - {*found} - {*range(descriptors.LISTED, max(listed) + 1)}
    assert len(missing) == 1, "more than the descriptor of the listing"
