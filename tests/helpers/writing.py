"""Streams that keep what they get, and children that write into an Output."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading

from circus.host.descriptors import Descriptors
from circus.host.spawn import Launcher
from circus.output import Output, backlog
from tests.helpers.launching import PATIENCE


class Sink:
    """A stream that keeps what it gets and tells when it has enough. It is called in a thread.

    A test may hold it up (``gate.clear()``), or have it raise (``error``).
    """

    def __init__(self):
        self.chunks = []
        self.length = 0
        self.calls = []
        self.error = None
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self._news = threading.Condition()

    def __call__(self, data):
        self.entered.set()
        assert self.gate.wait(PATIENCE), "never let go"
        if self.error is not None:
            self._note(f"raise {type(self.error).__name__}")
            raise self.error
        self.chunks.append(data)
        self.length += len(data["data"])
        self._note("write")

    def open(self):
        self._note("open")

    def close(self):
        self._note("close")

    def text(self):
        return b"".join(chunk["data"] for chunk in self.chunks)

    def lines(self):
        return self.text().decode().splitlines()

    def wait(self, enough):
        """Block until a condition holds; it is looked at after each call of the stream."""
        with self._news:
            assert self._news.wait_for(enough, PATIENCE), (self.calls[-9:], self.text()[-200:])

    async def until(self, length):
        """Wait until so many bytes were written."""
        await asyncio.to_thread(self.wait, lambda: self.length >= length)

    async def called(self, call, count=1):
        """Wait until a call was made so often."""
        await asyncio.to_thread(self.wait, lambda: self.calls.count(call) >= count)

    def _note(self, call):
        with self._news:
            self.calls.append(call)
            self._news.notify_all()


class Bench:
    """An Output, its loop, and children that write into it."""

    def __init__(self):
        self.output = Output(asyncio.get_running_loop(), Descriptors())
        self.launcher = Launcher(Descriptors())
        self.pids = []

    def writer(self, channel, pid=7, wid=1):
        """Return the write end of a pipe that is read; who writes there is the test."""
        read, write = self.output.pipe()
        self.output.add(read, pid, channel, wid)
        return write

    async def settled(self, channel, close=False):
        """Wait until all that was written to a channel is with its stream."""
        done = asyncio.get_running_loop().create_future()
        self.output.settle(channel, close, lambda: done.set_result(None))
        await asyncio.wait_for(done, PATIENCE)

    def launch(self, plan_of, text, channel):
        read, write = self.output.pipe()
        pid = self.launcher.launch(plan_of(text, **{channel.name: write}))
        os.close(write)
        self.output.add(read, pid, channel)
        self.pids.append(pid)
        return pid

    def wait(self, pid):
        os.waitpid(pid, 0)
        self.pids.remove(pid)

    def close(self):
        self.output.close()
        self.launcher.close()
        for pid in self.pids:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def play(scene):
    """Run a scene, an async function of a Bench, and hold that no descriptor is left."""

    async def run():
        bench = Bench()
        try:
            await scene(bench)
        finally:
            bench.close()

    before = {*os.listdir("/proc/self/fd")}
    asyncio.run(run())
    assert {*os.listdir("/proc/self/fd")} == before


def flood(write, size):
    """Write as much as a pipe takes, up to a size, without blocking; return how much."""
    os.set_blocking(write, False)
    sent = 0
    with contextlib.suppress(BlockingIOError):
        while sent < size:
            sent += os.write(write, b"x" * 1023 + b"\n")
    return sent


async def fill(bench, write):
    """Write for a stream that is held up, until nobody reads any more; return how much it was."""
    pipe, sent = pipe_of(bench, write), 0
    while not pipe.paused:
        sent += flood(write, backlog.CHANNEL)
        await asyncio.sleep(0)
    return sent + flood(write, backlog.CHANNEL)


def pipe_of(bench, write):
    """Return what reads the other end of a pipe."""
    number = os.fstat(write).st_ino
    return next(one for one in bench.output._pipes.values() if os.fstat(one.fd).st_ino == number)
