"""The pipes of children, read in the loop."""

from __future__ import annotations

import array
import asyncio
import contextlib
import fcntl
import os
import termios
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from circus.output.backlog import Source
from circus.output.lines import Lines
from circus.output.listening import Listening

if TYPE_CHECKING:
    from circus.host.descriptors import Descriptors
    from circus.output.channel import Channel

CHUNK = 64 * 1024
FULL = 48 * 1024
"""Bytes from which on a pipe counts as full: a program's pieces may not quite fill it."""
LARGE_CHUNK = 256 * 1024
LARGE_PIPE = 1024 * 1024
ALONE = 1.0
"""Seconds after which the beginning of a line is passed on without its end."""
STUCK = 5.0
"""Seconds after which a stream that takes nothing of what waits is told of."""
LAST = 1.0
"""Seconds that everything may take to its streams when the loop ends."""


class Pipe(Source):
    """The read end of one child's output.

    :param fd: its descriptor, not blocking
    """

    __slots__ = ("channel", "closing", "fd", "left", "lines", "paused", "size")

    def __init__(self, fd: int, pid: int, wid: int, channel: Channel) -> None:
        super().__init__(pid, wid)
        self.fd = fd
        self.channel = channel
        self.lines = Lines()
        self.size = CHUNK
        self.paused = False
        self.left: int | None = None
        """Bytes to read before the channel is settled; None when nobody waits for that."""
        self.closing = False
        """Whether it is closed then."""


class Output:
    """Reads the pipes of children, and hands what they wrote to their channels at whole lines.

    The pipe of a process that has too much waiting is not listened to until there is room again.

    :param loop: the asyncio loop; everything here is called in its thread
    :param descriptors: where read ends are parked
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, descriptors: Descriptors) -> None:
        self._loop = loop
        self._descriptors = descriptors
        self._listening = Listening(loop, self._ready)
        self._pipes: dict[int, Pipe] = {}
        self._of_pid: dict[int, set[Pipe]] = {}
        self._of_channel: dict[Channel, set[Pipe]] = {}
        self._fragments: dict[Pipe, float] = {}
        self._flushing: asyncio.TimerHandle | None = None
        self._settling: dict[Channel, list[Callable[[], None]]] = {}
        self._paused: dict[Channel, set[Pipe]] = {}
        self._watched: set[Channel] = set()
        self._channels: WeakSet[Channel] = WeakSet()

    def pipe(self) -> tuple[int, int]:
        """Make a pipe for one output of a child.

        :returns: (read end for :meth:`add`, write end for the child, which the caller closes after
            the launch); both close-on-exec
        :raises OSError: when there are no descriptors left
        """
        read, write = os.pipe()
        os.set_blocking(read, False)
        return self._descriptors.park(read), write

    def add(self, fd: int, pid: int, channel: Channel, wid: int = 0) -> None:
        """Read a pipe from now on; its read end is ours to close.

        :param fd: the read end, not blocking
        :param pid: who writes
        :param wid: its place in the watcher
        """
        self._join(channel)
        pipe = Pipe(fd, pid, wid, channel)
        self._of_channel.setdefault(channel, set()).add(pipe)
        channel.pipes_changed(1)
        self._pipes[fd] = pipe
        self._of_pid.setdefault(pid, set()).add(pipe)
        self._listening.add(fd)

    def open(self, channel: Channel) -> None:
        """Open the stream of a channel: processes are about to be spawned."""
        self._join(channel)
        channel.open()

    def _join(self, channel: Channel) -> None:
        """Know a channel, which works with this loop from now on."""
        if channel not in self._channels:
            self._channels.add(channel)
            channel.join(self._loop, partial(self._room, channel))

    def ended(self, pid: int) -> None:
        """Take the last words of a child; it has ended, so its number may be used again.

        Of a pipe that holds more than that the rest is read when its turn comes: it lives until it
        is empty and nobody holds its other end.
        """
        for pipe in self._of_pid.pop(pid, ()):
            read = 1
            for _ in range(2):  # the second look finds the end, as a rule
                if read and self._listens(pipe):
                    read = self._read(pipe)
            if not read and self._listens(pipe):  # somebody else has the other end
                self._pass_on(pipe)

    def settle(self, channel: Channel, close: bool, done: Callable[[], None]) -> None:
        """Have all written that was written to a channel until now, then call *done*.

        :param close: close its pipes then, whoever holds them, and its stream
        """
        self._join(channel)
        finish = partial(channel.finish, close, done)
        self._settling.setdefault(channel, []).append(finish)
        pipes = [*self._of_channel.get(channel, ())]
        for pipe in pipes:
            pipe.closing |= close
            pipe.left = _unread(pipe.fd)
        for pipe in pipes:
            if pipe.left == 0:
                self._read_out(pipe)
        self._settled(channel)

    def give_up(self, channel: Channel) -> None:
        """Lose what could not be written until now; nothing is waited for any more."""
        unread = 0
        for pipe in [*self._of_channel.get(channel, ())]:
            if pipe.left is not None:
                unread += _unread(pipe.fd) if pipe.closing else 0
                self._read_out(pipe)
        channel.give_up(unread)
        self._resume(channel)

    def close(self) -> None:
        """Read what there is, have it written within LAST seconds, and give back every descriptor.

        The streams stay open. This blocks: it is the end of the loop.
        """
        for pipe in list(self._pipes.values()):
            if self._listens(pipe):
                self._read(pipe)
            self._drop(pipe)
        until = time.monotonic() + LAST
        for channel in list(self._channels):
            channel.end(max(0.0, until - time.monotonic()))
        if self._flushing is not None:
            self._flushing.cancel()
        self._listening.close()

    # --- reading ----------------------------------------------------------------------------------

    def _ready(self, fd: int) -> None:
        pipe = self._pipes.get(fd)
        if pipe is not None and self._listens(pipe):  # else that changed since it was named
            self._read(pipe)

    def _listens(self, pipe: Pipe) -> bool:
        """Say whether a pipe is still open, and may be read."""
        return self._pipes.get(pipe.fd) is pipe and not pipe.paused

    def _read(self, pipe: Pipe) -> int:
        """Read one chunk; return its length."""
        if pipe.channel.refuses(pipe):
            self._pause(pipe)
            return 0
        try:
            data = os.read(pipe.fd, pipe.size)
        except BlockingIOError:
            return 0
        if not data:
            self._drop(pipe)
            return 0
        if len(data) >= FULL and pipe.size == CHUNK:
            _enlarge(pipe)
        whole = pipe.lines.whole(data)
        if whole:
            pipe.channel.carry(pipe, whole)
            self._fragments.pop(pipe, None)
        if pipe.lines.held and pipe not in self._fragments:
            self._wait_for_end(pipe)
        if pipe.left is not None:
            pipe.left -= len(data)
            if pipe.left <= 0:
                self._read_out(pipe)
        return len(data)

    def _wait_for_end(self, pipe: Pipe) -> None:
        """Pass on the beginning of a line when it has stayed alone for a while."""
        self._fragments[pipe] = self._loop.time() + ALONE
        if self._flushing is None:
            self._flushing = self._loop.call_later(ALONE, self._flush)

    def _flush(self) -> None:
        now = self._loop.time()
        self._flushing = None
        for pipe, due in list(self._fragments.items()):  # the oldest first
            if due > now:
                self._flushing = self._loop.call_at(due, self._flush)
                break
            self._pass_on(pipe)

    def _pass_on(self, pipe: Pipe) -> None:
        """Carry what is held back of a line, as it is."""
        self._fragments.pop(pipe, None)
        if pipe.lines.held:
            pipe.channel.carry(pipe, pipe.lines.rest())

    def _drop(self, pipe: Pipe) -> None:
        """Close a pipe; what it has left is lost."""
        if self._pipes.get(pipe.fd) is not pipe:
            return
        self._pass_on(pipe)
        if not pipe.paused:
            self._listening.remove(pipe.fd)
        del self._pipes[pipe.fd]
        os.close(pipe.fd)
        _forget(self._paused, pipe.channel, pipe)
        _forget(self._of_pid, pipe.pid, pipe)
        _forget(self._of_channel, pipe.channel, pipe)
        pipe.left = None
        pipe.channel.pipes_changed(-1)
        self._settled(pipe.channel)

    # --- the end of what was written --------------------------------------------------------------

    def _read_out(self, pipe: Pipe) -> None:
        """Be done with what was in a pipe when its channel was to be settled."""
        pipe.left = None
        if pipe.closing:
            self._drop(pipe)
        else:
            self._pass_on(pipe)
            self._settled(pipe.channel)

    def _settled(self, channel: Channel) -> None:
        if channel not in self._settling:
            return
        if all(pipe.left is None for pipe in self._of_channel.get(channel, ())):
            for finish in self._settling.pop(channel):
                finish()

    # --- pauses -----------------------------------------------------------------------------------

    def _pause(self, pipe: Pipe) -> None:
        """Do not read a pipe until its channel has room."""
        pipe.paused = True
        self._listening.remove(pipe.fd)
        self._paused.setdefault(pipe.channel, set()).add(pipe)
        if pipe.channel not in self._watched:
            self._watched.add(pipe.channel)
            self._look_later(pipe.channel)

    def _room(self, channel: Channel) -> None:
        """Read again who had to wait."""
        channel.tell_dropped()
        self._resume(channel)

    def _resume(self, channel: Channel) -> None:
        for pipe in self._paused.pop(channel, ()):
            pipe.paused = False
            self._listening.add(pipe.fd)

    def _look_later(self, channel: Channel) -> None:
        self._loop.call_later(STUCK, self._look, channel, channel.written)

    def _look(self, channel: Channel, written: int) -> None:
        """Tell that a stream is stuck; look again as long as somebody has to wait for it."""
        if channel in self._paused:
            if channel.written == written:
                channel.news.stuck()
            self._look_later(channel)
        else:
            self._watched.discard(channel)


def _forget(of: dict[Any, set[Pipe]], key: object, pipe: Pipe) -> None:
    """Take a pipe out of a set, and the set away with its last one."""
    family = of.get(key, set())
    family.discard(pipe)
    if not family:
        of.pop(key, None)


def _unread(fd: int) -> int:
    """Return how many bytes are in a pipe."""
    count = array.array("i", [0])
    fcntl.ioctl(fd, termios.FIONREAD, count)
    return count[0]


def _enlarge(pipe: Pipe) -> None:
    """Make room in a pipe that was found full, and read more at a time."""
    pipe.size = LARGE_CHUNK
    # Linux has it; refused when the user's pipes have reached their bound (pipe(7))
    with contextlib.suppress(AttributeError, OSError):
        fcntl.fcntl(pipe.fd, fcntl.F_SETPIPE_SZ, LARGE_PIPE)
