"""The last of what a channel carried, for who looks at it (``circusctl tail``)."""

from __future__ import annotations

import codecs
import itertools
import os
from collections import deque
from typing import NamedTuple

RING = 64 * 1024
"""Bytes that are kept of a channel. No byte is copied, so the last chunk is kept whole."""
PAGE = 64 * 1024
"""Bytes that are shown at a time."""
CHUNK_COST = 96
"""Bytes that a chunk costs beside its own."""

_born = os.urandom(4).hex()
_numbers = itertools.count(1)
_Decoder = codecs.getincrementaldecoder("utf-8")


class Page(NamedTuple):
    """A part of an output.

    :param text: what was written; what is no UTF-8 is replaced
    :param next: where it goes on: to be given back as *since*
    :param skipped: how many bytes after *since* are gone
    :param more: whether there is more to be had at once
    """

    text: str
    next: str
    skipped: int = 0
    more: bool = False


class Ring:
    """Keeps the last chunks. A position counts the bytes from the first one ever."""

    def __init__(self) -> None:
        self._name = f"{_born}{next(_numbers)}"
        self._chunks: deque[bytes] = deque()
        self._cost = 0
        self._start = 0
        self._end = 0

    def add(self, data: bytes) -> None:
        """Keep a chunk, and let go of those that are too old."""
        self._chunks.append(data)
        self._end += len(data)
        self._cost += len(data) + CHUNK_COST
        while self._cost > RING and len(self._chunks) > 1:
            old = self._chunks.popleft()
            self._start += len(old)
            self._cost -= len(old) + CHUNK_COST

    def last(self, lines: int) -> Page:
        """Return the last lines, as many as fit on a page."""
        start = max(self._start, self._end - PAGE)
        data = self._slice(start, self._end)
        text, cut = readable(last_lines(data, lines, whole=start == 0))
        return Page(text, self._at(self._end - cut))

    def since(self, position: str) -> Page:
        """Return what came after a position, as much as fits on a page.

        :param position: the ``next`` of a page; if it is another ring's: everything that is kept
        """
        name, _, number = position.rpartition(".")
        known = name == self._name and number.isdecimal() and int(number) <= self._end
        asked = int(number) if known else self._start
        start = max(asked, self._start)
        data = self._slice(start, start + PAGE)
        if start + len(data) < self._end:
            data = whole_lines(data)
        text, cut = readable(data)
        end = start + len(data) - cut
        return Page(text, self._at(end), start - asked, start + len(data) < self._end)

    def _at(self, position: int) -> str:
        return f"{self._name}.{position}"

    def _slice(self, start: int, end: int) -> bytes:
        """Return the bytes from one position to another."""
        found = []
        at = self._start
        for chunk in self._chunks:
            if at < end and at + len(chunk) > start:
                found.append(chunk[max(0, start - at) : end - at])
            at += len(chunk)
        return b"".join(found)


def last_lines(data: bytes, count: int, *, whole: bool) -> bytes:
    """Return the last lines of what was written.

    :param whole: the first line is there from its beginning; otherwise it is left out
    """
    first = 0 if whole else data.find(b"\n", 0, len(data) - 1) + 1
    at = len(data) - data.endswith(b"\n")
    for _ in range(count):
        at = data.rfind(b"\n", first, at)
        if at < 0:
            return data[first:]
    return data[at + 1 :]


def whole_lines(data: bytes) -> bytes:
    """Return what ends with a newline, or all if there is none."""
    cut = data.rfind(b"\n") + 1
    return data[:cut] if cut else data


def readable(data: bytes) -> tuple[str, int]:
    """Return bytes as text, and how many at the end are but the beginning of a character."""
    decoder = _Decoder(errors="replace")
    text = decoder.decode(data)
    return text, len(decoder.getstate()[0])
