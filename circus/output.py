"""What children write, from their pipes to the streams.

Every pipe is in one epoll whose own descriptor the loop watches: adding a child costs a
microsecond, and a quiet one costs nothing. When something can be read, one turn reads for a few
milliseconds at most, one chunk of one pipe at a time; the kernel hands the pipes out in turns, so
neither a chatty child nor a slow stream keeps the others or the loop waiting.

What a child wrote before it died is never lost: :meth:`Output.ended` reads what is in its pipes at
that moment. A grandchild that holds the pipe may go on writing; the pipe is read until its last
writer has closed it, or until :meth:`Output.release` when the watcher stops.

A stream that raises (a full disk) loses that chunk. This is logged once, and once more when it
works again, with the number of bytes lost.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import os
import select
import termios
import time
from typing import TYPE_CHECKING, Any

from circus import logger

if TYPE_CHECKING:
    import asyncio

    from circus.host.descriptors import Descriptors

TURN = 0.004
"""Seconds that one turn may read."""
CHUNK = 64 * 1024
LARGE_CHUNK = 256 * 1024
LARGE_PIPE = 1024 * 1024


class Channel:
    """One output of a watcher: stdout or stderr of all its processes.

    :param watcher: the watcher's name, for the log
    :param name: ``stdout`` or ``stderr``
    :param stream: the stream object (see :mod:`circus.stream`); it may be replaced at any time
    """

    def __init__(self, watcher: str, name: str, stream: Any) -> None:
        self.watcher = watcher
        self.name = name
        self.stream = stream
        self._lost: int | None = None

    def put(self, pid: int, data: bytes) -> None:
        """Give one chunk to the stream. Never raises what the stream raises."""
        try:
            self.stream({"data": data, "pid": pid, "name": self.name})
        except Exception as error:  # noqa: BLE001 - a stream is user code, or a full disk
            if self._lost is None:
                logger.error("cannot write %s of '%s': %s", self.name, self.watcher, error)
            self._lost = (self._lost or 0) + len(data)
        else:
            if self._lost is not None:
                told = "%s of '%s' is written again, %d bytes are lost"
                logger.warning(told, self.name, self.watcher, self._lost)
                self._lost = None

    def open(self) -> None:
        """Open the stream for a start of the watcher, if it can be opened; may raise OSError."""
        getattr(self.stream, "open", _nothing)()

    def close(self) -> None:
        """Close the stream, if it can be closed. Never raises what the stream raises."""
        try:
            getattr(self.stream, "close", _nothing)()
        except Exception as error:  # noqa: BLE001 - a stream is user code, or a full disk
            logger.error("cannot close %s of '%s': %s", self.name, self.watcher, error)


def _nothing() -> None:
    """Stand in for a method that a stream does not have."""


class _Pipe:
    """The read end of one child's output."""

    __slots__ = ("channel", "fd", "pid", "size")

    def __init__(self, fd: int, pid: int, channel: Channel) -> None:
        self.fd = fd
        self.pid = pid
        self.channel = channel
        self.size = CHUNK


class Output:
    """Reads the pipes of children in the loop.

    :param loop: the asyncio loop; everything here is called in its thread
    :param descriptors: where read ends are parked
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, descriptors: Descriptors) -> None:
        self._loop = loop
        self._descriptors = descriptors
        self._pipes: dict[int, _Pipe] = {}
        self._of_pid: dict[int, list[_Pipe]] = {}
        self._epoll = select.epoll() if hasattr(select, "epoll") else None
        if self._epoll is not None:
            loop.add_reader(self._epoll.fileno(), self._turn)

    def pipe(self) -> tuple[int, int]:
        """Make a pipe for one output of a child.

        :returns: (read end for :meth:`add`, write end for the child, which the caller closes after
            the launch); both close-on-exec
        :raises OSError: when there are no descriptors left
        """
        read, write = os.pipe()
        os.set_blocking(read, False)
        return self._descriptors.park(read), write

    def add(self, fd: int, pid: int, channel: Channel) -> None:
        """Read a pipe from now on; its read end is ours to close.

        :param fd: the read end, not blocking
        :param pid: who writes
        """
        pipe = _Pipe(fd, pid, channel)
        self._pipes[fd] = pipe
        self._of_pid.setdefault(pid, []).append(pipe)
        if self._epoll is not None:
            self._epoll.register(fd, select.EPOLLIN)
        else:
            self._loop.add_reader(fd, self._read, pipe)

    def ended(self, pid: int) -> None:
        """Read all that a child has written; it has ended, so its number may be used again."""
        for pipe in self._of_pid.pop(pid, ()):
            self._drain(pipe)

    def discard(self, pid: int) -> None:
        """Read all that a child has written so far and close its pipes: it may not write more."""
        for pipe in self._of_pid.pop(pid, ()):
            self._drain(pipe)
            self._drop(pipe)

    def release(self, channel: Channel) -> None:
        """Read all that was written to a channel and close its pipes: the watcher stops."""
        for pipe in [pipe for pipe in self._pipes.values() if pipe.channel is channel]:
            self._drain(pipe)
            self._drop(pipe)

    def close(self) -> None:
        """Read all that was written and give back every descriptor. The streams stay open."""
        for pipe in list(self._pipes.values()):
            self._drain(pipe)
            self._drop(pipe)
        if self._epoll is not None and not self._epoll.closed:
            self._loop.remove_reader(self._epoll.fileno())
            self._epoll.close()

    def _turn(self) -> None:
        """Read for a while, one chunk at a time; the loop calls again if something is left."""
        assert self._epoll is not None
        until = time.monotonic() + TURN
        while time.monotonic() < until:
            # one event: the kernel puts a pipe to the end of its list when it has named it
            ready = self._epoll.poll(0, 1)
            if not ready:
                return
            self._read(self._pipes[ready[0][0]])

    def _read(self, pipe: _Pipe) -> int:
        """Read one chunk; return its length."""
        try:
            data = os.read(pipe.fd, pipe.size)
        except BlockingIOError:
            return 0
        if not data:
            self._drop(pipe)
            return 0
        if len(data) == CHUNK == pipe.size:
            _enlarge(pipe)
        pipe.channel.put(pipe.pid, data)
        return len(data)

    def _drain(self, pipe: _Pipe) -> None:
        """Read what is in a pipe now; not what somebody else goes on writing."""
        count = array.array("i", [0])
        fcntl.ioctl(pipe.fd, termios.FIONREAD, count)
        left = count[0]
        while left > 0 and pipe.fd in self._pipes:
            read = self._read(pipe)
            if not read:
                return
            left -= read
        if pipe.fd in self._pipes:
            self._read_end(pipe)

    def _read_end(self, pipe: _Pipe) -> None:
        """Notice the end of an empty pipe; what came since is left to the next turn."""
        poll = select.poll()
        poll.register(pipe.fd, select.POLLIN)
        if any(event == select.POLLHUP for _, event in poll.poll(0)):
            self._drop(pipe)

    def _drop(self, pipe: _Pipe) -> None:
        if self._pipes.pop(pipe.fd, None) is None:
            return
        family = self._of_pid.get(pipe.pid, [])
        if pipe in family:
            family.remove(pipe)
            if not family:
                del self._of_pid[pipe.pid]
        if self._epoll is not None:
            self._epoll.unregister(pipe.fd)
        else:
            self._loop.remove_reader(pipe.fd)
        os.close(pipe.fd)


def _enlarge(pipe: _Pipe) -> None:
    """Make room in a pipe that was found full, and read more at a time."""
    pipe.size = LARGE_CHUNK
    # Linux has it; refused when the user's pipes have reached their bound (pipe(7))
    with contextlib.suppress(AttributeError, OSError):
        fcntl.fcntl(pipe.fd, fcntl.F_SETPIPE_SZ, LARGE_PIPE)
