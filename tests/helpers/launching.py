"""Real children for tests: what to run, and how to wait for it without sleeping."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys

import pytest

from circus.host import children, kin, probe
from circus.host.descriptors import Descriptors
from circus.host.leftovers import PolledSessions
from circus.host.reap import SignalledChildren
from circus.host.spawn import Launcher
from circus.spec.launch import LaunchPlan

PATIENCE = 20.0
"""Seconds after which a test gives up; nothing that works takes a tenth of it."""
SLEEPER = "exec sleep 600"


def shell(text: str, **more) -> LaunchPlan:
    """Return the plan of a shell that runs *text*."""
    return LaunchPlan(argv=("/bin/sh", "-c", text), **more)


def python(code: str, *args: str, **more) -> LaunchPlan:
    """Return the plan of a Python that runs *code*, quickly started."""
    return LaunchPlan(argv=(sys.executable, "-I", "-S", "-c", code, *args), **more)


def readable(fd: int, patience: float = PATIENCE) -> bool:
    """Wait until a descriptor is readable; say whether it is."""
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(patience * 1000))


@contextlib.contextmanager
def reading(target: str = "stdout"):
    """Yield (the plan's part for a pipe, a function that returns all that came out of it)."""
    listen, tell = os.pipe()
    held = [tell]

    def text() -> str:
        while held:
            os.close(held.pop())
        with os.fdopen(listen, "rb", closefd=False) as stream:
            return stream.read().decode()

    try:
        yield {target: tell}, text
    finally:
        while held:
            os.close(held.pop())
        os.close(listen)


def output_of(launcher: Launcher, plan_of, **more) -> str:
    """Launch ``plan_of(**more)``, wait for its end and return what it wrote to stdout."""
    with reading() as (part, text):
        pid = launcher.launch(plan_of(**part, **more))
        said = text()
        os.waitpid(pid, 0)
    return said


KINDS = {"pidfd": "session", "cgroup": "tree by cgroup", "marked": "tree by subreaper"}
"""What the reach of each kind of host is called, beside the baseline's."""


def reach_of(kind: str, descriptors: Descriptors, ours):
    """Return the reach of a kind, made for this process; the test is skipped where there is none.

    For ``marked`` this process is a subreaper until the reach is closed.
    """
    if kind == "baseline":
        return PolledSessions(ours.owns)
    if not probe.probe().pidfd:
        pytest.skip("this kernel has no pidfds")
    made = kin(probe.probe(), descriptors, ours, owns_process=True)
    for make in made._makers["session" if kind == "pidfd" else "tree"]:
        with contextlib.suppress(OSError):
            reach = make()
            if reach.name == KINDS[kind]:
                return reach
            reach.close()
    pytest.skip(f"this machine has no {KINDS[kind]}")


@contextlib.contextmanager
def bystander():
    """Yield the pid of a child in our own session that is nobody's business; it has to live on."""
    code = "input()"
    with subprocess.Popen([sys.executable, "-ISc", code], stdin=subprocess.PIPE) as child:
        yield child.pid
        child.communicate(b"\n", timeout=PATIENCE)
    assert child.returncode == 0, "it was signalled"


class Host:
    """Children and a reach of one kind, and the waits that tests need."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.descriptors = Descriptors()
        if kind == "baseline":
            self.children = SignalledChildren(Launcher(self.descriptors))
        else:
            self.children = children(probe.probe(), self.descriptors)
        try:
            self.reach = reach_of(kind, self.descriptors, self.children)
        except BaseException:
            self.children.close()
            raise
        self.pids = []

    def spawn(self, plan: LaunchPlan) -> int:
        """Launch a child that is killed, with its family, at the end of the test."""
        self.pids.append(self.reach.spawn(plan, "test", self.children.spawn))
        return self.pids[-1]

    def until_ended(self, *pids: int) -> list[int]:
        """Wait until all these have ended."""
        ended = self.children.ended()
        while not {*pids} <= {*ended}:
            assert readable(self.children.fileno()), "no end was told"
            ended = self.children.ended()
        return ended

    def until_gone(self, pid: int) -> None:
        """Wait until a watched family is gone."""
        gone = []
        while pid not in gone:
            fd = self.reach.fileno()
            if fd is not None:
                assert readable(fd), "no end of the family was told"
            gone = self.reach.gone()

    def close(self) -> None:
        """Kill what is left and give everything back."""
        for pid in self.pids:
            family = self.reach.members([pid])[pid]
            self.reach.signal(pid, family, 9)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, 9)
            if self.children.owns(pid):
                os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
                self.children.reap(pid)
            self._until_empty(pid, family)
        with contextlib.suppress(ChildProcessError):
            while self.kind == "marked":  # whom we adopted dies too
                os.waitpid(-1, 0)
        self.reach.close()
        self.children.close()

    def _until_empty(self, pid: int, family: list[int]) -> None:
        """Wait for the end of those who were killed and have another parent than us."""
        if family and self.kind == "cgroup" and self.reach.watch(pid):
            self.until_gone(pid)
