"""The thread that writes circusd's own log, so that nobody who logs ever waits.

What a log is written to may stop at any moment: a terminal after Ctrl-S, a pipe that nobody reads,
a disk that hangs, a syslog daemon that does not answer. So circusd puts a :class:`Slip` in the
place of the handlers of each logger. It takes a line at once and hands it to the scribe, whose
thread gives it to the handlers: one line after the other, in their order.

What waits is bounded. A line that finds no room is lost and counted; how many were lost is said in
the log, in their place, as soon as there is room again. At the end what still waits has a little
while to be written, and no more.

An embedding program is not touched: only circusd calls :func:`take_over`, after the fork of
``--daemon``, which no thread would survive. A child that somebody forks has no such thread either:
there lines are written at once.
"""

from __future__ import annotations

import contextlib
import copy
import logging
import os
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial

from circus import logger

LINES = 10_000
"""How many lines may wait, and how many characters of them."""
CHARACTERS = 4 * 1024 * 1024
LAST = 2.0
"""Seconds that the rest has at the end."""

Job = Callable[[], None]

_plain = logging.Formatter()


class Scribe:
    """Does jobs one after the other in a thread of its own, which begins with the first one.

    :param lines: how many lines may wait
    :param characters: how many characters of them
    """

    def __init__(self, lines: int = LINES, characters: int = CHARACTERS) -> None:
        self._lines, self._characters = lines, characters
        # a lock that its holder may take again: the garbage collector may log at any moment
        self._news = threading.Condition()
        self._jobs: deque[tuple[Job, int]] = deque()
        self._waiting = 0
        self._lost: dict[Slip, int] = {}
        self._busy = False
        self._over = False
        self._thread: threading.Thread | None = None
        self._pid = os.getpid()

    def take(self, slip: Slip, job: Job, size: int) -> None:
        """Have a line written, or lose it if too much waits. Never blocks.

        :param slip: where it comes from
        :param size: its characters
        """
        if self._alone():
            _do(job)
            return
        with self._news:
            full = len(self._jobs) >= self._lines or self._waiting + size > self._characters
            if full and self._jobs:
                self._lost[slip] = self._lost.get(slip, 0) + 1
                return
            self._say_lost()
            self._put(job, size)

    def do(self, job: Job) -> None:
        """Have something else done, after all that waits. Never blocks."""
        if self._alone():
            _do(job)
            return
        with self._news:
            self._put(job, 0)

    def settle(self, seconds: float = LAST) -> bool:
        """Wait until everything is written; say whether it is.

        :param seconds: how long at most
        """
        with self._news:
            return self._news.wait_for(self._idle, seconds)

    def end(self, seconds: float = LAST) -> bool:
        """Wait until everything is written; if it is, later lines are written by who logs them.

        :param seconds: how long at most
        :returns: False when the thread hangs: whoever touches its handlers hangs as well
        """
        self._over = self.settle(seconds)
        return self._over

    def _alone(self) -> bool:
        """Say whether there is no thread that would do it: after the end, or in a forked child."""
        return self._over or os.getpid() != self._pid

    def _idle(self) -> bool:
        return not (self._jobs or self._busy or self._lost)

    def _put(self, job: Job, size: int) -> None:
        self._jobs.append((job, size))
        self._waiting += size
        if self._thread is None:
            self._begin()
        self._news.notify_all()

    def _begin(self) -> None:
        self._thread = threading.Thread(target=self._run, name="circusd log", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:  # out of threads: tried again with the next line
            self._thread = None

    def _run(self) -> None:
        while True:
            with self._news:
                self._busy = False
                if not self._jobs:
                    self._say_lost()
                while not self._jobs:
                    self._news.notify_all()
                    self._news.wait()
                job, size = self._jobs.popleft()
                self._waiting -= size
                self._busy = True
            _do(job)

    def _say_lost(self) -> None:
        """Put in how many lines are lost, where they would have stood."""
        lost, self._lost = self._lost, {}
        for slip, count in lost.items():
            self._jobs.append((partial(slip.write, _notice(count)), 0))


class Slip(logging.Handler):
    """Stands in the place of a logger's handlers; they are called by the scribe.

    It has no lock of its own: the scribe's is enough, and two could be taken in either order when
    the garbage collector makes somebody log.

    :param scribe: does it
    :param behind: the handlers
    """

    def __init__(self, scribe: Scribe, behind: Iterable[logging.Handler]) -> None:
        super().__init__()
        self.behind = tuple(behind)
        self._scribe = scribe

    def createLock(self) -> None:  # noqa: N802 - logging's name
        """Make none."""
        self.lock = None

    def handle(self, record: logging.LogRecord) -> bool:
        """Take a line."""
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Take a line. It is put together here, for what it is about may change."""
        line = _finished(record)
        size = len(str(line.msg)) + len(line.exc_text or "")
        self._scribe.take(self, partial(self.write, line), size)

    def write(self, record: logging.LogRecord) -> None:
        """Give a line to the handlers that want it, and wait for them."""
        for handler in self.behind:
            if record.levelno >= handler.level:
                try:
                    handler.handle(record)
                except Exception:  # noqa: BLE001 - a handler of a configuration is user code
                    handler.handleError(record)

    def later(self, act: Callable[[logging.Handler], None]) -> None:
        """Have something done to each of the handlers, after what they are to write before."""
        for handler in self.behind:
            self._scribe.do(partial(act, handler))

    def close(self) -> None:
        """Close the handlers when they have written what waits."""
        self.later(_close)
        super().close()


_ours: list[Scribe] = []
"""The one of this process, if there is one."""


def take_over() -> None:
    """Have everything that this process logs written by a thread, wherever it goes now."""
    if not _ours:
        _ours.append(Scribe())
    (scribe,) = _ours
    known = logging.root.manager.loggerDict.values()
    for one in [logging.root, *known]:
        if isinstance(one, logging.Logger) and one.handlers:
            plain = [handler for handler in one.handlers if not isinstance(handler, Slip)]
            if plain:
                kept = [handler for handler in one.handlers if isinstance(handler, Slip)]
                one.handlers[:] = [*kept, Slip(scribe, plain)]
    last = logging.lastResort
    if last is not None and not isinstance(last, Slip):
        logging.lastResort = Slip(scribe, [last])
        logging.lastResort.setLevel(last.level)


def settle(seconds: float = LAST) -> bool:
    """Wait until everything that was logged is written; say whether it is.

    :param seconds: how long at most
    """
    return all(scribe.settle(seconds) for scribe in _ours)


def end(seconds: float = LAST) -> bool:
    """Wait until everything is written, and need no thread any more.

    :param seconds: how long at most
    :returns: False when the thread hangs: whoever touches the handlers then hangs as well
    """
    return all(scribe.end(seconds) for scribe in _ours)


def _finished(record: logging.LogRecord) -> logging.LogRecord:
    """Return a line that does not change any more, and holds nobody's objects."""
    line = copy.copy(record)
    try:
        line.msg, line.args = record.getMessage(), None
    except Exception:  # noqa: BLE001 - a mistake in the call: the handlers tell of it, off the loop
        return line
    if line.exc_info:
        line.exc_text = line.exc_text or _plain.formatException(line.exc_info)
        line.exc_info = None
    return line


def _notice(count: int) -> logging.LogRecord:
    word = "line was" if count == 1 else "lines were"
    text = f"{count} {word} lost here: what the log is written to did not keep up"
    return logger.makeRecord(logger.name, logging.WARNING, __file__, 0, text, (), None)


def _close(handler: logging.Handler) -> None:
    with contextlib.suppress(OSError):  # a full disk: what could not be written was told
        handler.close()


def _do(job: Job) -> None:
    try:
        job()
    except Exception:  # noqa: BLE001 - the edge of the thread: it goes on
        if sys.stderr is not None:
            traceback.print_exc()
