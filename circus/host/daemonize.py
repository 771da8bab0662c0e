"""Becoming a daemon, with a parent that waits for the outcome (spec §1.1.3).

Three processes take part. The first, started by a shell or an init system, waits at a pipe. The
second makes a session and the third, and ends: so the third is no leader of its session and can
never get a terminal. The third is the daemon. It keeps stdout and stderr until it serves, so that
whatever goes wrong until then is seen, and then writes into the pipe what the first is to say and
with which code it is to end.

The current directory and the umask stay: relative paths go on meaning what they meant.

Only the thread that forks lives on in the child, and a ZMQ context does not survive at all: this
comes before anything that makes either.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import struct
import sys
from collections.abc import Callable, Collection
from typing import NoReturn

from circus.exc import LaunchError
from circus.host.descriptors import FIRST_FREE, open_numbers

_HEAD = struct.Struct("=BI")
"""What the daemon reports: an exit code and the length of the text that follows."""
_SILENT_END = "cannot start the daemon: it ended without saying why"


class Report:
    """The daemon's end of the pipe at which the first process waits.

    It is said once; what comes later is for nobody.

    :param fd: where to write
    """

    def __init__(self, fd: int) -> None:
        self._fd: int | None = fd

    def done(self) -> None:
        """Turn stdin, stdout and stderr into /dev/null: from here on there is nobody to speak to.

        :raises OSError: /dev/null cannot be opened
        """
        with contextlib.suppress(OSError, ValueError):
            _flush()
        null = os.open(os.devnull, os.O_RDWR)
        for fd in range(FIRST_FREE):
            os.dup2(null, fd)
        os.close(null)

    def ok(self) -> None:
        """Say that the daemon serves: its output is let go, the first process ends with 0."""
        if self._fd is not None:
            self.done()
            self._tell(0, "")

    def fail(self, text: str, code: int = 1) -> None:
        """Say that there will be no daemon.

        :param text: what the first process writes to stderr, without a newline
        :param code: with which it ends: 1 to 255
        """
        self._tell(code, text)

    def _tell(self, code: int, text: str) -> None:
        if self._fd is None:
            return
        said = text.encode(errors="surrogateescape")
        # the first process may be gone: then nobody asks any more
        with contextlib.suppress(OSError), open(self._fd, "wb") as pipe:
            self._fd = None
            pipe.write(_HEAD.pack(code, len(said)) + said)


def daemonize(keep: Collection[int] = ()) -> Report:
    """Return in the daemon; the process that called ends when the daemon has reported.

    Call it in the main thread, before there are others. Of the open descriptors only 0, 1, 2 and
    *keep* stay open; 0, 1 and 2 until the report says ok.

    :param keep: descriptors that the daemon needs
    :raises ValueError: it is not possible here
    :raises LaunchError: no process can be made
    :raises OSError: no pipe can be made
    """
    if any(name.startswith("gevent") for name in sys.modules):
        raise ValueError("Cannot daemonize if gevent is loaded")
    if not hasattr(os, "fork"):
        raise ValueError("Daemonizing is not available on this platform.")
    _flush()  # what was printed must be seen, however the daemon ends
    _fill_standard()
    listen, tell = os.pipe()
    try:
        child = os.fork()
    except OSError as error:
        os.close(listen)
        os.close(tell)
        raise LaunchError("fork", error.errno or errno.EAGAIN) from error
    if child:
        os.close(tell)
        _wait(child, listen)
    report = Report(tell)
    _step_aside(report)
    _close_all_but({*keep, tell})
    return report


def _step_aside(report: Report) -> None:
    """Go on in a child that is no leader of its session."""
    os.setsid()
    try:
        child = os.fork()
    except OSError as error:
        report.fail(str(LaunchError("fork", error.errno or errno.EAGAIN)))
        os._exit(1)
    if child:
        os._exit(0)


def _wait(child: int, listen: int) -> NoReturn:
    """End as the daemon reports. Nothing of the caller's runs here, neither finally nor atexit."""
    code = 1
    try:
        _take_signals()
        os.waitpid(child, 0)
        with open(listen, "rb") as pipe:
            code, text = _read(pipe.read(_HEAD.size), pipe.read)
        if text:
            os.write(2, text + b"\n")
    finally:
        os._exit(code)


def _take_signals() -> None:
    """Let signals end us while we wait, whatever the caller does with them."""
    for signum in signal.valid_signals():
        if callable(signal.getsignal(signum)):
            signal.signal(signum, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _read(head: bytes, read: Callable[[int], bytes]) -> tuple[int, bytes]:
    """Return the exit code and what to say, from the head of a report and a way to the rest."""
    if len(head) < _HEAD.size:
        return 1, _SILENT_END.encode()
    code, length = _HEAD.unpack(head)
    return code, read(length)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def _fill_standard() -> None:
    """Open what is closed of 0, 1 and 2, so that nothing that matters gets their numbers."""
    while (fd := os.open(os.devnull, os.O_RDWR)) < FIRST_FREE:
        os.set_inheritable(fd, True)
    os.close(fd)


def _close_all_but(keep: Collection[int]) -> None:
    for fd in open_numbers():
        if fd >= FIRST_FREE and fd not in keep:
            # the one of the listing itself is closed by now
            with contextlib.suppress(OSError):
                os.close(fd)
