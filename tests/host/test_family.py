from __future__ import annotations

import os
import signal

import pytest

from circus.host import family
from circus.host.family import signal_descendants
from tests.helpers.kernel import Kernel
from tests.helpers.launching import Host, python, readable

TREE = """
import os, signal
child = os.fork()
if not child:
    grandchild = os.fork()
    if grandchild:
        print(os.getpid(), grandchild, flush=True)
    os.close(1)
signal.pause()
"""


@pytest.fixture
def host():
    made = Host("pidfd")
    yield made
    made.close()


@pytest.fixture
def tree(host):
    """Return the pids of a process of ours, its child and its grandchild."""
    told, tell = os.pipe()
    parent = host.spawn(python(TREE, stdout=tell))
    os.close(tell)
    with os.fdopen(told) as pipe:
        child, grandchild = map(int, pipe.readline().split())
        yield parent, child, grandchild


def ended(fd):
    """Wait for the end of a process that is held by a pidfd."""
    try:
        return readable(fd)
    finally:
        os.close(fd)


def test_a_direct_child_is_signalled(tree):
    parent, child, _ = tree
    held = os.pidfd_open(child)
    assert signal_descendants(parent, [child], signal.SIGKILL) == 1
    assert ended(held)


def test_a_grandchild_is_signalled_only_if_all_descendants_are_meant(tree):
    parent, _, grandchild = tree
    held = os.pidfd_open(grandchild)
    assert signal_descendants(parent, [grandchild], signal.SIGKILL) == 0
    assert signal_descendants(parent, [grandchild], signal.SIGKILL, recursive=True) == 1
    assert ended(held)


def test_a_stranger_is_never_signalled(tree, host):
    parent, child, _ = tree
    stranger = host.spawn(python("import signal; signal.pause()"))
    assert signal_descendants(parent, [stranger, os.getpid(), child], 0) == 1


def test_a_process_that_is_gone_is_not_reached(tree, host):
    parent, _, _ = tree
    past = host.spawn(python(""))
    host.until_ended(past)
    host.children.reap(past)
    assert signal_descendants(parent, [past], 0) == 0


def test_a_child_that_took_another_identity_is_not_reached(monkeypatch):
    kernel = Kernel(
        ("kill", (100, 15), PermissionError(1, "Operation not permitted")),
    )
    monkeypatch.setattr(family, "os", WithoutPidfd(kernel))
    monkeypatch.setattr(family.facts, "children", lambda *_: [100])
    assert signal_descendants(99, [100], 15) == 0
    kernel.done()


def test_without_pidfds_a_child_is_signalled_by_its_number(monkeypatch):
    kernel = Kernel(("kill", (100, 15), None))
    monkeypatch.setattr(family, "os", WithoutPidfd(kernel))
    monkeypatch.setattr(family.facts, "children", lambda *_: [100])
    assert signal_descendants(99, [100], 15) == 1
    kernel.done()


class WithoutPidfd:
    """An ``os`` module that knows no pidfds."""

    def __init__(self, kernel):
        self.kill = kernel.kill
