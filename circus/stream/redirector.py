"""Circus's own way from pipes to streams, for programs that start processes by themselves.

The daemon does not use it: there circus.output reads the pipes. Here each readable pipe is read
once, up to the size of the buffer, and the stream is called in the loop with what was found,
wherever that ends (spec §7.4).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

Call = Callable[[Mapping[str, Any]], Any]


class _Pipe(NamedTuple):
    """One output of a process."""

    name: str
    process: Any
    file: Any


class Redirector:
    """Reads the outputs of processes in a loop.

    :param stdout_redirect, stderr_redirect: called with ``data``, ``pid`` and ``name``; None: that
        output is left alone
    :param buffer: bytes of one read
    :param loop: a loop of tornado or asyncio; None: the one that runs when it is started
    """

    def __init__(
        self,
        stdout_redirect: Call | None,
        stderr_redirect: Call | None,
        buffer: int = 1024,
        loop: Any = None,
    ) -> None:
        self.running = False
        self.buffer = buffer
        self.loop = loop
        self.redirect: dict[str, Call | None] = {
            "stdout": stdout_redirect, "stderr": stderr_redirect,
        }  # fmt: skip
        self.pipes: dict[int, _Pipe] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> int:
        """Read what was added and what will be; return how many pipes there are."""
        if not self.running:
            loop = self.loop or asyncio.get_running_loop()
            self._loop = getattr(loop, "asyncio_loop", loop)
            self.running = True
            for fd in self.pipes:
                self._listen(fd)
        return len(self.pipes)

    def stop(self) -> None:
        """Read nothing until the next start; the pipes stay open."""
        if self.running:
            for fd in self.pipes:
                self._ignore(fd)
            self.running = False

    def add_redirections(self, process: Any) -> None:
        """Read the outputs of a process that has ``pid``, ``stdout`` and ``stderr``."""
        for name, file in _outputs(process):
            if self.redirect[name] is None:
                continue
            fd = file.fileno()
            self.remove_fd(fd)
            self.pipes[fd] = _Pipe(name, process, file)
            if self.running:
                self._listen(fd)

    def remove_redirections(self, process: Any) -> None:
        """Leave the outputs of a process alone; they stay open."""
        for fd in [fd for fd, pipe in self.pipes.items() if pipe.process is process]:
            self.remove_fd(fd)

    def remove_fd(self, fd: int) -> None:
        """Leave one descriptor alone."""
        if self.pipes.pop(fd, None) and self.running:
            self._ignore(fd)

    def change_stream(self, stream_name: str, redirect_writer: Call | None) -> None:
        """Call something else for ``stdout`` or ``stderr`` from now on."""
        self.redirect[stream_name] = redirect_writer

    def get_stream(self, stream_name: str) -> Call | None:
        """Return what is called for ``stdout`` or ``stderr``; None for other names."""
        return self.redirect.get(stream_name)

    def _listen(self, fd: int) -> None:
        if self._loop:
            self._loop.add_reader(fd, self._read, fd)

    def _ignore(self, fd: int) -> None:
        if self._loop:
            self._loop.remove_reader(fd)

    def _read(self, fd: int) -> None:
        pipe = self.pipes[fd]
        try:
            data = os.read(fd, self.buffer)
        except BlockingIOError:
            return
        if not data:
            self.remove_fd(fd)
            return
        call = self.redirect[pipe.name]
        if call is not None:
            call({"data": data, "pid": pipe.process.pid, "name": pipe.name})


def _outputs(process: Any) -> Iterator[tuple[str, Any]]:
    """Iterate over the names and the files of a process's outputs that are pipes."""
    for name in ("stdout", "stderr"):
        file = getattr(process, name, None)
        if file is not None:
            yield name, file
