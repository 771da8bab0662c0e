"""What waits for one client: bounded, and the oldest samples are given up first.

A page that does not read, or reads slowly, may delay nobody and fill no memory. What it can do
without (samples: the next come in a second) is dropped; when even that does not help, the client is
given up. Events are told one by one until there are too many in a second; then they are counted.
"""

from __future__ import annotations

from collections import deque

MOST = 1000
"""So many messages may wait."""
MOST_BYTES = 8 * 2**20
"""So many characters may wait, of all messages together."""


class Full(Exception):  # noqa: N818 - what the post is
    """A client reads too slowly."""


class Post:
    """The messages that wait for one client."""

    def __init__(self, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._waiting: deque[tuple[str, bool]] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, text: str, droppable: bool = False) -> None:
        """Have a message wait.

        :param droppable: the client can do without
        :raises Full: there is no place for it; it is not kept
        """
        if not self._has_place(text):
            self._drop()
        if self._has_place(text):
            self._waiting.append((text, droppable))
            self._bytes += len(text)
        elif not droppable:
            raise Full

    def take(self) -> str | None:
        """Return the next message, or None."""
        if not self._waiting:
            return None
        text, _ = self._waiting.popleft()
        self._bytes -= len(text)
        return text

    def _has_place(self, text: str) -> bool:
        return len(self._waiting) < self._most and self._bytes + len(text) <= self._most_bytes

    def _drop(self) -> None:
        kept = [one for one in self._waiting if not one[1]]
        self._waiting = deque(kept)
        self._bytes = sum(len(text) for text, _ in kept)


PER_SECOND = 100
"""So many events a second are told one by one."""


class Flood:
    """Says which events are told, and how many were not."""

    def __init__(self, most: int = PER_SECOND) -> None:
        self._most = most
        self._second = 0
        self._told = 0
        self.missed = 0

    def admits(self, now: float) -> bool:
        """Say whether an event is told; one that is not is counted.

        :param now: seconds
        """
        if int(now) != self._second:
            self._second, self._told = int(now), 0
        self._told += 1
        if self._told > self._most:
            self.missed += 1
            return False
        return True

    def settle(self) -> int:
        """Return how many were not told since the last time."""
        missed, self.missed = self.missed, 0
        return missed
