"""From the backlog of a channel into its stream: the side of the writer's thread.

Entries are written in their order, one call at a time. A stream that raises has written nothing of
that call, or as many bytes as the attribute ``written`` of what it raised says. An OSError (a full
disk, a directory that is gone, a server that is away) may pass: the same bytes are tried again,
after pauses that grow from FIRST to LONGEST, until it works, until the stream is replaced, or until
they are given up. Anything else is a mistake in the stream: these bytes are lost, and the next ones
are tried. What is lost is said in the output itself, where it would have stood.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from circus import logger
from circus.output.backlog import NOTHING, Backlog, Entry, Loss, Source, loss_of
from circus.output.writer import writer_of

if TYPE_CHECKING:
    from circus.output.news import News

FIRST, LONGEST = 0.05, 1.0
"""Seconds before the second try, and before any later one at most."""

ASKED = 100
"""Who may wait for a stream to be opened anew; of more the last ones are told."""

Heard = Callable[[str], None]
"""Is told, in the loop, what went wrong, or nothing."""


class Place:
    """A stream as one channel uses it.

    :param stream: the stream object
    :param name: of the thread that calls it, if it is made now
    """

    def __init__(self, stream: Any, name: str) -> None:
        self.stream = stream
        self.writer = writer_of(stream, name)
        self.opened = True
        """Whether nobody has to open it before it is written."""
        self.begun = False
        """Whether the entry's own bytes were given to it in this try."""
        self.midst: Source | None = None
        """Who wrote the last thing that was written, if that is no whole line."""
        self.reopenings: deque[Heard] = deque(maxlen=ASKED)

    def has(self, method: str) -> bool:
        """Say whether the stream has a method."""
        return callable(getattr(self.stream, method, None))


class Delivery:
    """Calls the stream of one channel.

    :param watcher: the watcher's name
    :param name: ``stdout`` or ``stderr``
    :param stream: the stream object
    :param news: is told what goes wrong
    """

    def __init__(self, watcher: str, name: str, stream: Any, news: News) -> None:
        self.backlog = Backlog()
        self.on_room: Callable[[], None] = _nothing
        """Called in the loop when a source that was refused finds room."""
        self.written = 0
        """How often something was written."""
        self._watcher = watcher
        self._name = name
        self._news = news
        self._given_up = 0
        self._surrendered = False
        self._hand = b""
        self._owed = NOTHING
        self._move_to(stream)

    @property
    def stream(self) -> Any:
        """The stream object."""
        return self._place.stream

    # --- in the loop ------------------------------------------------------------------------------

    def put(self, entry: Entry) -> None:
        """Have an entry written, after those before."""
        self.backlog.put(entry)
        self._place.writer.put(self._job)

    def open(self) -> None:
        """Open the stream, if it can be opened; until that works nothing is written."""
        if self._place.has("open"):
            self._place.writer.put(partial(self._open, self._place))

    def finish(self, close: bool, done: Callable[[], None]) -> None:
        """Write all that waits, then close the stream if so, then call *done* in the loop."""
        place = self._place
        calls = [name for name in ("flush", "close")[: 1 + close] if place.has(name)]
        if not calls and not self.backlog.waiting:
            done()
            return
        place.writer.put(partial(self._finish, place, calls, done))
        if close:
            place.writer.end()

    def reopen(self, heard: Heard) -> bool:
        """Have the stream opened anew, before it is written again; False when it cannot be."""
        place = self._place
        if not place.has("reopen"):
            return False
        place.reopenings.append(heard)
        place.writer.put(partial(self._reopen, place))
        place.writer.bell.set()
        return True

    def replace(self, stream: Any) -> None:
        """Write to another stream from now on, also what waits; the old one is closed."""
        before = self._place
        self._move_to(stream)
        for _ in range(len(self.backlog)):
            self._place.writer.put(self._job)
        before.writer.bell.set()
        if before.stream is not stream:
            before.writer.put(partial(self._finish, before, ["close"], _nothing))
            before.writer.end()

    def give_up(self) -> Loss:
        """Forget all that waits, and what is being written; return what is lost by that."""
        self._given_up += 1
        self._surrendered = True
        lost = self.backlog.clear().plus(loss_of(self._hand))
        self._place.writer.bell.set()
        return lost

    @property
    def busy(self) -> bool:
        """Whether something waits, or is being written, that was not given up."""
        return len(self.backlog) > 0 or bool(self._hand and not self._surrendered)

    def wait(self, seconds: float) -> bool:
        """Block until all that waits is written; say whether it is. For the end of everything."""
        done = threading.Event()
        self._place.writer.put(done.set)
        return done.wait(seconds)

    def end(self) -> None:
        """Let the thread end when everything is done."""
        self._place.writer.end()

    def _move_to(self, stream: Any) -> None:
        self._place = Place(stream, f"output of {self._watcher}")
        self._job = partial(self._next, self._place)

    # --- in the writer's thread -------------------------------------------------------------------

    def _next(self, place: Place) -> None:
        entry = self.backlog.take() if place is self._place else None
        if entry is None:  # another stream has taken over, or all was given up
            return
        left = self._deliver(place, entry)
        self._hand = b""
        if left:
            self.backlog.put_back(entry, left)
            self._place.writer.put(self._job)
        elif self.backlog.done(entry):
            self._in_loop(self.on_room)

    def _deliver(self, place: Place, entry: Entry) -> bytes:
        """Write an entry, however long it takes; return what another stream is to write."""
        given_up, data, pause = self._given_up, entry.data, FIRST
        self._surrendered = False
        self._owe(entry.lost)
        while True:
            self._hand = data
            self._reopen(place)
            try:
                self._attempt(place, entry, data)
            except OSError as error:
                data = data[_written(place, error) :]
                self._news.failed(error)
            except BaseException as error:  # noqa: BLE001 - a stream is user code
                lost = loss_of(data[_written(place, error) :])
                self._owe(lost)
                self._news.lost(lost, error)
                return b""
            else:
                self._news.works()
                self.written += 1
                return b""
            place.writer.bell.wait(pause)
            place.writer.bell.clear()
            if self._given_up != given_up:
                return b""
            if self._place is not place:
                return data
            pause = min(2 * pause, LONGEST)

    def _attempt(self, place: Place, entry: Entry, data: bytes) -> None:
        place.begun = False
        if not place.opened:
            place.stream.open()
            place.opened = True
        if self._owed.bytes:
            line = notice(self._owed, midst=place.midst is not None)
            place.stream(self._payload(entry._replace(source=place.midst or entry.source), line))
            place.midst, self._owed = None, NOTHING
        if data:
            place.begun = True
            place.stream(self._payload(entry, data))
            place.midst = None if data.endswith(b"\n") else entry.source

    def _payload(self, entry: Entry, data: bytes) -> dict[str, Any]:
        source = entry.source
        return {
            "data": data,
            "pid": source.pid,
            "name": self._name,
            "timestamp": entry.when,
            "watcher": self._watcher,
            "wid": source.wid,
        }

    def _owe(self, lost: Loss) -> None:
        """Remember to say what is lost before the next entry."""
        if lost.bytes:
            self._owed = self._owed.plus(lost)

    def _open(self, place: Place) -> None:
        place.opened = False  # as long as that is so, it is tried again before each write
        place.opened = self._try("open", place.stream.open)

    def _reopen(self, place: Place) -> None:
        while place.reopenings:
            heard, problem = place.reopenings.popleft(), ""
            try:
                place.stream.reopen()
            except Exception as error:  # noqa: BLE001 - a stream is user code
                problem = str(error) or type(error).__name__
            self._in_loop(heard, problem)

    def _finish(self, place: Place, calls: list[str], done: Callable[[], None]) -> None:
        if self._owed.bytes and place is self._place:
            with contextlib.suppress(Exception):
                self._attempt(place, Entry(Source(0, 0), b"", time.time()), b"")
        for name in calls:
            self._try(name, getattr(place.stream, name))
        self._in_loop(done)

    def _try(self, act: str, method: Callable[[], None]) -> bool:
        """Call a method of the stream; say whether it worked."""
        try:
            method()
        except Exception as error:  # noqa: BLE001 - a stream is user code, or a full disk
            logger.error("cannot %s %s of %r: %s", act, self._name, self._watcher, error)
            return False
        return True

    def _in_loop(self, act: Callable[..., None], *args: Any) -> None:
        # a loop that is closed hears nothing any more: its daemon has ended
        with contextlib.suppress(RuntimeError, AttributeError):
            self._news.loop.call_soon_threadsafe(act, *args)  # type: ignore[union-attr]  # see above


def notice(lost: Loss, *, midst: bool) -> bytes:
    """Return the line that stands where output is lost.

    :param midst: what stands before it is no whole line
    """
    word = "line" if lost.lines == 1 else "lines"
    text = f"circus: {lost.lines} {word} lost ({lost.bytes} bytes)\n".encode()
    return b"\n" + text if midst else text


def _written(place: Place, error: BaseException) -> int:
    """Return how many bytes of an entry a stream has written before it raised."""
    written = getattr(error, "written", 0)
    return written if place.begun and isinstance(written, int) else 0


def _nothing() -> None:
    """Stand in where nobody has to be told."""
