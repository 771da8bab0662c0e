"""An output that the processes write into a file themselves (``direct = True``)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
from collections.abc import Mapping
from typing import Any

from circus.exc import MessageError
from circus.output.ring import PAGE, Page, last_lines, readable, whole_lines
from circus.output.writer import Writer

LOOKERS = 20
"""Who may look into a file at a time; more come only when a disk is stuck."""
FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
"""Not blocking, for a FIFO that nobody reads would hold up the open(2)."""


class Direct:
    """Stdout or stderr of a watcher whose processes get the file itself.

    It is opened anew for each process, so a process that starts after the file was moved away
    writes to the new one.

    :param filename: its path
    """

    stream = None

    def __init__(self, filename: str) -> None:
        self.path = os.path.abspath(filename)
        self._reader = Writer(f"look into {self.path}")
        self._lookers = 0

    def open(self) -> int:
        """Open the file for one process; the caller closes it after the launch.

        :returns: its descriptor, for appending, close-on-exec
        :raises OSError: with a sentence
        """
        try:
            fd = os.open(self.path, FLAGS, 0o666)
        except OSError as error:
            text = f"cannot open {self.path!r}: {error.strerror}"
            raise OSError(text) from error
        os.set_blocking(fd, True)
        return fd

    def look(
        self,
        loop: asyncio.AbstractEventLoop,
        lines: int,
        since: str,
        found: asyncio.Future[Mapping[str, Any]],
    ) -> None:
        """Have the end of the file looked at, in a thread; see :func:`look`.

        :param found: gets the page as a mapping, or MessageError
        """
        if self._lookers >= LOOKERS:
            raise MessageError(f"cannot look into {self.path!r}: it does not answer")

        def answer(page: Page | None, problem: str) -> None:
            self._lookers -= 1
            if found.done():
                return
            if page is None:
                found.set_exception(MessageError(problem))
            else:
                found.set_result(page._asdict())

        def job() -> None:
            page, problem = None, ""
            try:
                page = look(self.path, lines, since)
            except OSError as error:
                problem = f"cannot look into {self.path!r}: {error.strerror or error}"
            # a loop that is closed hears nothing any more: its daemon has ended
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(answer, page, problem)

        self._lookers += 1
        self._reader.put(job)


def look(path: str, lines: int, since: str) -> Page:
    """Return the end of a file, or what came after a position. For a thread: disks are slow.

    :param lines: how many, when there is no position
    :param since: the ``next`` of a page, or nothing
    :raises OSError: it cannot be read
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        facts = os.fstat(fd)
        if not stat.S_ISREG(facts.st_mode):
            raise OSError("it is no plain file")
        inode, _, number = since.partition(".")
        same = inode == f"{facts.st_ino}" and number.isdecimal() and int(number) <= facts.st_size
        if since:
            return _after(fd, facts, int(number) if same else 0)
        start = max(0, facts.st_size - PAGE)
        data = os.pread(fd, facts.st_size - start, start)
        text, cut = readable(last_lines(data, lines, whole=start == 0))
        return Page(text, f"{facts.st_ino}.{start + len(data) - cut}")
    finally:
        os.close(fd)


def _after(fd: int, facts: os.stat_result, start: int) -> Page:
    """Return what stands behind a place of a file, as much as fits on a page."""
    data = os.pread(fd, PAGE, start)
    if start + len(data) < facts.st_size:
        data = whole_lines(data)
    text, cut = readable(data)
    end = start + len(data) - cut
    return Page(text, f"{facts.st_ino}.{end}", more=start + len(data) < facts.st_size)
