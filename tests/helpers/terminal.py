"""A terminal of a test's own, with a program in it: what a person would see and type."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

PATIENCE = 20.0
"""Seconds after which a test gives up waiting for what must appear."""

DECORATION = re.compile(r"\x1b(\[[0-9;?]*[a-zA-Z]|[=>()][0-9A-B]?|\][^\x07]*\x07)|[\r\x07]")
CONTROLLED = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""Takes the terminal as its own, so that Ctrl-C reaches the program, and becomes the program."""


class Terminal:
    """A program at a terminal.

    :param line: the words that start it
    :param env: its environment, beside what every program gets
    """

    def __init__(self, line, **env: str) -> None:
        self._ours, theirs = pty.openpty()
        _size(theirs)
        self.raw = ""
        self._read = 0
        self.process = subprocess.Popen(
            [sys.executable, "-c", CONTROLLED, *line],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={
                "PATH": os.environ["PATH"],
                "TERM": "xterm",
                "INPUTRC": "/dev/null",
                "LC_ALL": "C.UTF-8",
                "PROMPT_TOOLKIT_NO_CPR": "1",
                **env,
            },
            start_new_session=True,
        )
        os.close(theirs)

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._ours, text.encode())

    def until(self, text: str) -> str:
        """Wait until a text appears; what came before it is passed over for good.

        :returns: what was passed over, without colours and moves of the cursor
        """
        end = time.monotonic() + PATIENCE
        while text not in (plain := DECORATION.sub("", self.raw)[self._read :]):
            assert self._more(end), f"never shown: {text!r}, but:\n{plain}"
        at = plain.index(text)
        self._read += at + len(text)
        return plain[:at]

    def rest(self) -> str:
        """Wait for the end of the program; return what it shows until then."""
        end = time.monotonic() + PATIENCE
        while self._more(end):
            pass
        plain = DECORATION.sub("", self.raw)[self._read :]
        self._read += len(plain)
        return plain

    def ended(self) -> int:
        """Wait for the end of the program; return its exit code."""
        self.rest()
        return self.process.wait(PATIENCE)

    def interrupted(self) -> int:
        """Press Ctrl-C until the program ends; return its exit code.

        Once is not always enough: readline does not hear a signal that comes in the moment between
        its prompt and its wait for a key.
        """
        for _ in range(10):
            self.type("\x03")
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(PATIENCE / 10)
                break
        return self.ended()

    def _more(self, end: float) -> bool:
        """Read on; say whether there was anything before the end of the program or of patience."""
        if not select.select([self._ours], [], [], max(0, end - time.monotonic()))[0]:
            return False
        with contextlib.suppress(OSError):  # the other side is closed
            data = os.read(self._ours, 65536)
            self.raw += data.decode("utf-8", "replace")
            return bool(data)
        return False

    def close(self) -> None:
        """Leave nothing of it."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        os.close(self._ours)


def _size(fd: int) -> None:
    """Make the terminal 40 lines of 120 columns."""
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))


@contextlib.contextmanager
def at_terminal(*line: str, **env: str):
    """Run a program at a terminal; at the end nothing of it is left."""
    terminal = Terminal(line, **env)
    try:
        yield terminal
    finally:
        terminal.close()
