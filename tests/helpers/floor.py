"""Watchers at work in a loop with real processes, and everything that they announce."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
from collections import Counter

from circus.core.messages import Hasten
from circus.crew import Crew
from circus.host.probe import probe
from circus.sockets import CircusSockets
from circus.watcher import Watcher
from tests.helpers.launching import PATIENCE

SLEEP = "sleep 600"
LIFE = ("spawn", "start", "kill", "reap", "stop", "reload")
"""The events of a watcher and its processes, without those of hooks and options."""
POLL = 0.05
"""Seconds between two looks at what the kernel cannot tell."""


def sh(text):
    """Return the options of a watcher whose processes are shells that run *text*."""
    return {"cmd": "/bin/sh", "args": ["-c", text]}


STUBBORN = sh('trap "" TERM; echo up; while :; do read x <&1 || sleep 600; done')
"""A process that ignores SIGTERM, and says on its stdout when it does."""


class Ears:
    """Everything that was published, and the wait for what must come."""

    def __init__(self):
        self.heard = []
        self._news = asyncio.Event()

    def __call__(self, watcher, event, fields):
        self.heard.append((watcher, event, dict(fields)))
        self._news.set()

    def names(self, *only, watcher=None):
        """Return the events in the order they came: all, or those of these names."""
        return [
            event
            for name, event, _ in self.heard
            if (not only or event in only) and watcher in (None, name)
        ]

    def fields(self, event, watcher=None):
        """Return what each event of a name said."""
        return [
            fields
            for name, heard, fields in self.heard
            if heard == event and watcher in (None, name)
        ]

    def forget(self):
        self.heard.clear()

    async def until(self, event, count=1, watcher=None):
        """Wait until an event was heard so often; return what the last of these said."""
        while len(self.fields(event, watcher)) < count:
            await self._more()
        return self.fields(event, watcher)[count - 1]

    async def until_hook(self, watcher):
        """Wait until a hook of a watcher has answered or failed."""
        while not any(name.startswith("hook_") for name in self.names(watcher=watcher)):
            await self._more()

    async def until_all(self, *events):
        """Wait until these were heard, in any order; return the order they came in."""
        while not Counter(events) <= Counter(self.names()):
            await self._more()
        return self.names(*events)

    async def _more(self):
        self._news.clear()
        await asyncio.wait_for(self._news.wait(), PATIENCE)


class Floor:
    """The means of one loop, and the watchers that work with them."""

    def __init__(self):
        self.crew = Crew(asyncio.get_running_loop())
        self.crew.deaths.start(POLL)
        self.ears = Ears()
        self.watchers = []

    def watcher(self, name="web", cmd=SLEEP, kind=Watcher, sockets=(), **options):
        """Return a watcher that works here, not started."""
        made = kind(name, cmd, **options)
        made.initialize(None, CircusSockets(sockets), None)
        made.join(self.ears)
        made.attach(self.crew)
        self.watchers.append(made)
        return made

    async def close(self):
        """Stop everything, quickly."""
        for watcher in self.watchers:
            stopped = watcher.stop()
            watcher.feed(Hasten())
            await asyncio.wait_for(stopped, PATIENCE)
            watcher.close()
        self.crew.close()


def talking(text, **options):
    """Return the options of a watcher of shells, and the stream that hears what they say."""
    talk = Talk()
    return talk, {**sh(text), "stdout_stream": {"stream": talk}, **options}


def play(scene):
    """Run a scene, an async function of a Floor, and hold that nothing is left of it."""

    async def run():
        floor = Floor()
        try:
            await asyncio.wait_for(scene(floor), PATIENCE)
        finally:
            await floor.close()

    lone(run)


def lone(scene):
    """Run a scene, an async function; hold that no child and no descriptor is left of it."""
    probe()
    gc.collect()  # what an earlier test left to the collector is not ours
    before = {*os.listdir("/proc/self/fd")}
    asyncio.run(scene())
    assert {*os.listdir("/proc/self/fd")} == before
    with contextlib.suppress(ChildProcessError):
        assert os.waitpid(-1, os.WNOHANG) == "no child"


def alive(pid):
    """Say whether a process runs (a zombie does not)."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def until_zombie(*pids):
    """Block until these children have ended; they stay unreaped."""
    for pid in pids:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def reaping(crew):
    """Return an event that is set when a crew reaps a child."""
    done, reap = asyncio.Event(), crew.children.reap

    def noted(pid):
        done.set()
        return reap(pid)

    crew.children.reap = noted
    return done


async def gone(pid):
    """Wait until a process that is not our child has ended."""
    loop = asyncio.get_running_loop()
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended = loop.create_future()
    loop.add_reader(fd, lambda: ended.done() or ended.set_result(None))
    try:
        await asyncio.wait_for(ended, PATIENCE)
    finally:
        loop.remove_reader(fd)
        os.close(fd)


class Talk:
    """A stream that keeps the lines it gets, and the wait for them. It is called in a thread."""

    def __init__(self):
        self.chunks = []
        self.opened = self.closed = 0
        self._ring = None

    def __call__(self, data):
        self.chunks.append(data)
        if self._ring:
            self._ring()

    def open(self):
        self.opened += 1
        if self._ring:
            self._ring()

    def close(self):
        self.closed += 1
        if self._ring:
            self._ring()

    def words(self):
        return b"".join(chunk["data"] for chunk in self.chunks).decode().split()

    async def until(self, count=1):
        """Wait until so many words were written; return all words."""
        await self._wait(lambda: len(self.words()) >= count)
        return self.words()

    async def until_opened(self, count=1):
        """Wait until it was opened so often."""
        await self._wait(lambda: self.opened >= count)

    async def until_closed(self, count=1):
        """Wait until it was closed so often."""
        await self._wait(lambda: self.closed >= count)

    async def _wait(self, enough):
        loop, news = asyncio.get_running_loop(), asyncio.Event()
        self._ring = lambda: loop.call_soon_threadsafe(news.set)
        while not enough():
            await asyncio.wait_for(news.wait(), PATIENCE)
            news.clear()
        self._ring = None


async def started(floor, *args, **options):
    """Return a watcher that is up, and the pids of its processes, the oldest first."""
    watcher = floor.watcher(*args, **options)
    await watcher.start()
    floor.ears.forget()
    return watcher, list(watcher.processes)


def slow(**options):
    """Return the options of a watcher whose processes ignore SIGTERM, and what they say."""
    talk = Talk()
    return talk, {**STUBBORN, "graceful_timeout": 600, "stdout_stream": {"stream": talk}, **options}
