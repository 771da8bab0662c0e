"""What waits between the loop, which reads, and the thread that writes.

Bounded twice: a process may have so many bytes waiting, and all processes of a channel together
so many. Who finds it full says so (:meth:`Backlog.refuses`) and is told when half of it is written.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import NamedTuple

MEMBER = 2 * 1024 * 1024
"""Bytes of one process that may wait."""
CHANNEL = 8 * 1024 * 1024
"""Bytes of all processes of a channel that may wait."""
ENTRY_COST = 256
"""Bytes that an entry costs beside its data."""


class Loss(NamedTuple):
    """Output that is gone."""

    lines: int = 0
    bytes: int = 0

    def plus(self, other: Loss) -> Loss:
        """Return both together."""
        return Loss(self.lines + other.lines, self.bytes + other.bytes)


NOTHING = Loss()


def loss_of(data: bytes) -> Loss:
    """Return what is lost with some bytes; less than a line counts as one."""
    return Loss(data.count(b"\n") or 1, len(data)) if data else NOTHING


class Source:
    """A process that writes.

    :param pid: its number
    :param wid: its place in the watcher
    """

    __slots__ = ("pid", "waiting", "wid")

    def __init__(self, pid: int, wid: int) -> None:
        self.pid = pid
        self.wid = wid
        self.waiting = 0
        """How much of it waits, in bytes."""


class Entry(NamedTuple):
    """Something to write.

    :param source: who wrote it
    :param data: whole lines, if it could be had
    :param when: the time it was read (seconds since the epoch)
    :param lost: what was lost before it
    """

    source: Source
    data: bytes
    when: float
    lost: Loss = NOTHING

    @property
    def cost(self) -> int:
        """How many bytes it counts for."""
        return len(self.data) + ENTRY_COST


class Backlog:
    """The entries that wait, in order. Both sides may call everything."""

    def __init__(self) -> None:
        self.waiting = 0
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque()
        self._refused = False

    def __len__(self) -> int:
        return len(self._entries)

    def full(self, source: Source) -> bool:
        """Say whether no more of a source may wait."""
        return source.waiting >= MEMBER or self.waiting >= CHANNEL

    def refuses(self, source: Source) -> bool:
        """Say whether no more of a source may wait; then :meth:`done` says when there is room."""
        with self._lock:
            if not self.full(source):
                return False
            self._refused = True
            return True

    def put(self, entry: Entry) -> None:
        """Add an entry at the end."""
        with self._lock:
            self._entries.append(entry)
            self._count(entry, entry.cost)

    def take(self) -> Entry | None:
        """Take the first entry; it goes on to count until it is done, or put back."""
        with self._lock:
            return self._entries.popleft() if self._entries else None

    def put_back(self, entry: Entry, data: bytes) -> None:
        """Put what is left of an entry to where it was taken from."""
        with self._lock:
            left = entry._replace(data=data, lost=NOTHING)
            self._entries.appendleft(left)
            self._count(entry, left.cost - entry.cost)

    def done(self, entry: Entry) -> bool:
        """Stop counting an entry; say whether somebody who was refused should be told."""
        with self._lock:
            self._count(entry, -entry.cost)
            half = entry.source.waiting <= MEMBER // 2 and self.waiting <= CHANNEL // 2
            told, self._refused = self._refused and half, self._refused and not half
            return told

    def clear(self) -> Loss:
        """Forget all that waits; return what is lost by that."""
        lost = NOTHING
        with self._lock:
            for entry in self._entries:
                self._count(entry, -entry.cost)
                lost = lost.plus(entry.lost).plus(loss_of(entry.data))
            self._entries.clear()
        return lost

    def _count(self, entry: Entry, cost: int) -> None:
        entry.source.waiting += cost
        self.waiting += cost
