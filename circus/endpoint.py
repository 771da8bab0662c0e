"""A ZMQ endpoint of the daemon: bound with care, and read by an asyncio loop without polling.

Binding: ZMQ takes over the path of an ``ipc://`` endpoint from whoever has it, without a word. So
the path is held by a lock of ours (``PATH.lock``), a stranger who still answers there is respected,
and the socket is made for our user alone. Errors are OSErrors that name the endpoint.

Reading: the descriptor that ZMQ offers says only that *something* changed since we last looked, and
every call on the socket is such a look. So after each of them the socket is read until nothing is
left (:class:`Mailbox`); whoever forgets that sleeps on a full mailbox.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import stat
from typing import TYPE_CHECKING

import zmq

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

LINGER = 1000
"""How long a closing socket tries to get rid of what it still holds, in milliseconds."""

BATCH = 100
"""How many messages are read before the loop looks at others."""


class PathLock:
    """The lock on the path of an ipc endpoint; whoever holds it owns the path.

    Its file holds the owner's pid, for who finds it taken.

    :param path: the path of the endpoint
    :raises OSError: EADDRINUSE, another living process holds it
    """

    def __init__(self, path: str) -> None:
        self._socket_path = path
        self.path = lock_path(path)
        self._fd = -1
        while self._fd < 0:
            self._fd = self._take()

    def _take(self) -> int:
        """Return a locked descriptor of the file; -1 when its last owner was just removing it."""
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.stat(self.path).st_ino == os.fstat(fd).st_ino:
                os.ftruncate(fd, 0)
                os.pwrite(fd, b"%d\n" % os.getpid(), 0)
                return fd
        except FileNotFoundError:
            pass
        except BlockingIOError:
            os.close(fd)
            raise OSError(errno.EADDRINUSE, "another daemon holds it") from None
        os.close(fd)
        return -1

    def release(self) -> None:
        """Remove the lock's file while it is still ours, then let go."""
        if self._fd >= 0:
            _remove(self.path)
            os.close(self._fd)
            self._fd = -1

    def clear(self) -> None:
        """Remove the endpoint's own file, which ZMQ leaves behind."""
        if self._fd >= 0:
            _remove(self._socket_path)


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def lock_path(path: str) -> str:
    """Return where the lock on the path of an ipc endpoint is."""
    return f"{path}.lock"


def ipc_path(endpoint: str) -> str | None:
    """Return the path of an ``ipc://`` endpoint; None for other transports and nameless ones."""
    scheme, _, path = endpoint.partition("://")
    return path if scheme == "ipc" and path and path[0] not in "@*" else None


class Binding:
    """A socket that is bound, and what goes with that.

    :param zsocket: the socket, which stays the caller's
    :param lock: the lock on the path of an ipc endpoint
    """

    def __init__(self, zsocket: zmq.Socket[bytes], lock: PathLock | None) -> None:
        self._socket = zsocket
        self._context = zsocket.context
        self._lock = lock
        self.endpoint = str(zsocket.getsockopt_string(zmq.LAST_ENDPOINT))

    def release(self, close: Callable[[], None]) -> None:
        """Close the socket; after that somebody else can have the endpoint.

        ZMQ closes the listening socket in a thread of its own, some time after it was told; that is
        waited for. (It would also do so on ``unbind``, but then drops what is not delivered yet.)

        :param close: closes the socket, in whatever way it is to be closed
        """
        if not self._socket.closed:
            address = f"inproc://closed-{id(self)}"
            self._socket.monitor(address, zmq.EVENT_CLOSED)
            with self._context.socket(zmq.PAIR) as monitor:
                monitor.connect(address)
                close()
                monitor.poll(LINGER)
        if self._lock is not None:
            self._lock.clear()
            self._lock.release()


def bind(zsocket: zmq.Socket[bytes], endpoint: str) -> Binding:
    """Bind a socket to an endpoint.

    :raises OSError: with the endpoint and the reason
    """
    path = ipc_path(endpoint)
    lock = None
    try:
        if path is None:
            zsocket.bind(endpoint)
        else:
            lock = PathLock(path)
            _respect(path)
            _bind_private(zsocket, endpoint)
    except (OSError, zmq.ZMQError) as problem:
        if lock:
            lock.release()
        number = problem.errno or errno.EINVAL
        why = problem.strerror if isinstance(problem, OSError) else zmq.strerror(number)
        raise OSError(number, f"cannot bind {endpoint}: {why}") from None
    return Binding(zsocket, lock)


def _bind_private(zsocket: zmq.Socket[bytes], endpoint: str) -> None:
    old = os.umask(0o077)
    try:
        zsocket.bind(endpoint)
    finally:
        os.umask(old)


def _respect(path: str) -> None:
    """Refuse a path that is no socket, or at which somebody answers; a stale one is taken over."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise OSError(errno.EEXIST, "a file that is no socket is in the way")
    with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(BlockingIOError):
        probe.setblocking(False)
        try:
            probe.connect(path)
        except (ConnectionRefusedError, FileNotFoundError):
            return
    raise OSError(errno.EADDRINUSE, "somebody answers there")


class Mailbox:
    """A ZMQ socket in an asyncio loop.

    :param zsocket: the socket, which belongs to the mailbox from now on
    :param loop: the loop that runs, or will run, in the calling thread
    :param receive: called with the frames of each message
    """

    def __init__(
        self,
        zsocket: zmq.Socket[bytes],
        loop: asyncio.AbstractEventLoop,
        receive: Callable[[list[bytes]], None],
    ) -> None:
        self._socket = zsocket
        self.loop = loop
        self._receive = receive
        self._fd = int(zsocket.get(zmq.FD))
        self._next: asyncio.Handle | None = None
        loop.add_reader(self._fd, self._drain)
        self._look_again()

    def send(self, frames: Sequence[bytes]) -> bool:
        """Send a message without waiting.

        :returns: False when the other side is gone or takes no more: the message is lost then
        """
        try:
            self._socket.send_multipart(frames, zmq.NOBLOCK)
            sent = True
        except zmq.Again:
            sent = False
        except zmq.ZMQError as problem:
            if problem.errno != errno.EHOSTUNREACH:
                raise
            sent = False
        if self._next is None and int(self._socket.get(zmq.EVENTS)) & zmq.POLLIN:
            self._look_again()
        return sent

    def close(self, linger: int = LINGER) -> None:
        """Close the socket; what was sent before is delivered for at most *linger* ms."""
        if not self._socket.closed:
            if not self.loop.is_closed():
                self.loop.remove_reader(self._fd)
            self._socket.close(linger)
        if self._next:
            self._next.cancel()
            self._next = None

    def _look_again(self) -> None:
        if self._next is None:
            self._next = self.loop.call_soon(self._drain)

    def _drain(self) -> None:
        """Read what is there. Whatever goes wrong with one message, the others are still read."""
        if self._next:
            self._next.cancel()
            self._next = None
        for _ in range(BATCH):
            if self._socket.closed:
                return
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            try:
                self._receive(frames)
            except BaseException:
                self._look_again()
                raise
        if not self._socket.closed:
            self._look_again()
