"""Real children for tests: what to run, and how to wait for it without sleeping."""

from __future__ import annotations

import contextlib
import os
import select
import sys

from circus.host import children, probe, sessions
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


class Host:
    """Children and sessions of one kind, and the waits that tests need."""

    def __init__(self, kind: str) -> None:
        self.descriptors = Descriptors()
        if kind == "pidfd":
            found = probe.probe()
            self.children = children(found, self.descriptors)
            self.sessions = sessions(found, self.descriptors, self.children)
        else:
            self.children = SignalledChildren(Launcher(self.descriptors))
            self.sessions = PolledSessions(self.children.owns)
        self.pids = []

    def spawn(self, plan: LaunchPlan) -> int:
        """Launch a child that is killed, with its session, at the end of the test."""
        self.pids.append(self.children.spawn(plan))
        return self.pids[-1]

    def until_ended(self, *pids: int) -> list[int]:
        """Wait until all these have ended."""
        ended = self.children.ended()
        while not {*pids} <= {*ended}:
            assert readable(self.children.fileno()), "no end was told"
            ended = self.children.ended()
        return ended

    def until_gone(self, sid: int) -> None:
        """Wait until a watched session is empty."""
        gone = []
        while sid not in gone:
            fd = self.sessions.fileno()
            if fd is not None:
                assert readable(fd), "no end of the session was told"
            gone = self.sessions.gone()

    def close(self) -> None:
        """Kill what is left and give everything back."""
        for pid in self.pids:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, 9)
            if self.children.owns(pid):
                os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
                self.children.reap(pid)
        self.sessions.close()
        self.children.close()
