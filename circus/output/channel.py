"""One output of a watcher: from its processes to its stream, and what it tells about itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from circus.output.backlog import NOTHING, Entry, Loss, Source, loss_of
from circus.output.delivery import Delivery, Heard
from circus.output.news import News, Tell
from circus.output.ring import Ring

if TYPE_CHECKING:
    import asyncio

FULL = "its stream does not keep up (on_full = drop)"
GIVEN_UP = "it could not be written in time"


class Channel:
    """Stdout or stderr of all processes of a watcher. Everything here is called in the loop.

    :param watcher: the watcher's name
    :param name: ``stdout`` or ``stderr``
    :param stream: the stream object (see :mod:`circus.stream`)
    :param drops: what finds too much waiting is lost (``on_full = drop``); otherwise who writes it
        has to wait
    :param tell: publishes an event of the watcher
    """

    def __init__(
        self, watcher: str, name: str, stream: Any, drops: bool = False, tell: Tell | None = None
    ) -> None:
        self.watcher = watcher
        self.name = name
        self.drops = drops
        self.ring = Ring()
        self.news = News(watcher, name, tell)
        self._pipes = 0
        self._orphan = False
        self._delivery = Delivery(watcher, name, stream, self.news)
        self._dropped = NOTHING

    @property
    def stream(self) -> Any:
        """The stream object."""
        return self._delivery.stream

    @property
    def written(self) -> int:
        """How often something was written."""
        return self._delivery.written

    def join(self, loop: asyncio.AbstractEventLoop, on_room: Callable[[], None]) -> None:
        """Work with a loop; *on_room* is called when there is room for who was refused."""
        self.news.loop = loop
        self._delivery.on_room = on_room

    def refuses(self, source: Source) -> bool:
        """Say whether a source has to wait; *on_room* is called when it need not any more."""
        return not self.drops and self._delivery.backlog.refuses(source)

    def carry(self, source: Source, data: bytes) -> None:
        """Have something written that a process wrote; it is lost if too much waits already."""
        self.ring.add(data)
        if self.drops and self._delivery.backlog.refuses(source):
            lost = loss_of(data)
            self._dropped = self._dropped.plus(lost)
            self.news.lost(lost, FULL)
        else:
            self._put(source, data)

    def tell_dropped(self) -> None:
        """Have it said in the output what was lost, if nothing has come after that."""
        if self._dropped.bytes:
            self._put(Source(0, 0), b"")

    def open(self) -> None:
        """Open the stream for a start of the watcher, if it can be opened."""
        self._delivery.open()

    def finish(self, close: bool, done: Callable[[], None]) -> None:
        """Have all written that waits, close the stream if so, then call *done*."""
        self.tell_dropped()
        self._delivery.finish(close, done)

    def reopen(self, heard: Heard) -> bool:
        """Have the stream opened anew (after logrotate); False when it cannot be."""
        return self._delivery.reopen(heard)

    def replace(self, other: Channel) -> None:
        """Write to the stream of another channel, which was just made, from now on."""
        self.drops = other.drops
        self._delivery.replace(other.stream)
        self._delivery.on_room()

    def leave(self) -> None:
        """Close the stream when the last pipe is closed: the watcher has no more to do with it."""
        self._orphan = True
        self.pipes_changed(0)

    def pipes_changed(self, by: int) -> None:
        """Know how many more pipes lead here."""
        self._pipes += by
        if self._orphan and not self._pipes:
            self.finish(close=True, done=_nothing)

    def give_up(self, unread: int = 0) -> None:
        """Forget all that waits, and so many bytes that were not even read."""
        lost = self._delivery.give_up()
        if unread:
            lost = Loss(lost.lines or 1, lost.bytes + unread)
        if lost.bytes:
            self._dropped = self._dropped.plus(lost)
            self.news.lost(lost, GIVEN_UP)

    def end(self, seconds: float) -> None:
        """Block until all that waits is written, for so long; forget the rest."""
        if self._delivery.busy and not self._delivery.wait(seconds):
            self.give_up()
        self.news.say()
        self._delivery.end()

    def _put(self, source: Source, data: bytes) -> None:
        lost, self._dropped = self._dropped, NOTHING
        self._delivery.put(Entry(source, data, time.time(), lost))


def _nothing() -> None:
    """Stand in where nobody has to be told."""
