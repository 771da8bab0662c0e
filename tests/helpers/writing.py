"""Streams that keep what they get, and children that write into an Output."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal

from circus.host.descriptors import Descriptors
from circus.host.spawn import Launcher
from circus.output import Output
from tests.helpers.launching import PATIENCE


class Sink:
    """A stream that keeps what it gets and tells when it has enough."""

    def __init__(self):
        self.chunks = []
        self.length = 0
        self.opened = self.closed = 0
        self._wanted = []

    def __call__(self, data):
        self.chunks.append(data)
        self.length += len(data["data"])
        for wanted, future in self._wanted:
            if self.length >= wanted and not future.done():
                future.set_result(None)

    def open(self):
        self.opened += 1

    def close(self):
        self.closed += 1

    def text(self):
        return b"".join(chunk["data"] for chunk in self.chunks)

    async def until(self, length):
        future = asyncio.get_running_loop().create_future()
        self._wanted.append((length, future))
        if self.length < length:
            await asyncio.wait_for(future, PATIENCE)


class Bench:
    """An Output, its loop, and children that write into it."""

    def __init__(self):
        self.output = Output(asyncio.get_running_loop(), Descriptors())
        self.launcher = Launcher(Descriptors())
        self.pids = []

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
