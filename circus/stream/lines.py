"""From chunks to lines: whose they are, what stands before them, where they may be cut. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from datetime import datetime
from typing import Any

Chunk = Mapping[str, Any]
"""What a stream is called with (see :mod:`circus.stream`)."""

_TAIL = 0xC0
"""In UTF-8 the bytes of a character after its first are those from 0x80 to below this."""
_LONGEST = 4
"""Bytes of the longest character."""


def raw(chunk: Chunk) -> bytes:
    """Return the data of a chunk; a program of Circus's days may also give text."""
    data = chunk["data"]
    return data.encode("utf-8", "surrogateescape") if isinstance(data, str) else bytes(data)


def source(chunk: Chunk) -> Hashable:
    """Return who wrote a chunk: what else comes from the same one continues its line."""
    return chunk.get("pid"), chunk.get("name")


def finished(chunk: Chunk) -> bool:
    """Say whether a chunk without a newline at its end is a whole line all the same.

    What comes from a pipe has the ``name`` of its channel and may go on. A message that a program
    puts together by itself, as one could for Circus, has none.
    """
    return "name" not in chunk


def local_time(chunk: Chunk, now: Any) -> datetime:
    """Return the local time of a chunk, without an offset.

    :param now: called without arguments when the chunk has no time of its own
    """
    timestamp = chunk.get("timestamp")
    found: datetime = now() if timestamp is None else datetime.fromtimestamp(timestamp)  # noqa: DTZ006 - local time is meant
    return found


def prefix(chunk: Chunk, time_format: str, now: Any) -> str:
    """Return what stands before each line: ``<time> [<pid>] | `` (spec §7.3)."""
    return f"{local_time(chunk, now).strftime(time_format)} [{chunk.get('pid')}] | "


def stamped(data: bytes, before: bytes, *, goes_on: bool, ended: bool) -> bytes:
    """Return data with something before each of its lines.

    :param data: not empty
    :param goes_on: it begins in the midst of a line that has it already
    :param ended: its last line is whole even if no newline follows
    """
    newline = data.endswith(b"\n")
    # counting is cheaper than to cut the last newline off: that copies, and memory is the cost here
    inner = data.count(b"\n") - newline
    text = data.replace(b"\n", b"\n" + before, inner)
    return b"".join((b"" if goes_on else before, text, b"" if newline or not ended else b"\n"))


def pieces(data: bytes, most: int) -> Iterator[tuple[bytes, int]]:
    """Iterate over the lines of a chunk, for those who send each by itself.

    :param most: bytes; a longer line is cut, between two characters if it is UTF-8
    :returns: pairs of a line without its end and how much of the data is dealt with by then
    """
    start = 0
    while start < len(data):
        end = data.find(b"\n", start)
        stop = len(data) if end < 0 else end
        while stop - start > most:
            cut = between(data, start + most, start)
            yield data[start:cut], cut
            start = cut
        after = stop if end < 0 else stop + 1
        yield data[start:stop].removesuffix(b"\r"), after
        start = after


def between(data: bytes, place: int, least: int = 0) -> int:
    """Return the nearest place up to *place* that cuts no character, where the data is UTF-8.

    :param least: the result is greater than this, or *place*
    """
    for cut in range(place, max(least, place - _LONGEST), -1):
        if cut >= len(data) or not 0x80 <= data[cut] < _TAIL:  # noqa: PLR2004 - see _TAIL
            return cut
    return place


def dealt(data: bytes, lines: int) -> int:
    """Return how many bytes the first lines of a chunk take, their newlines included."""
    if lines <= 0:
        return 0
    parts = data.split(b"\n", lines)
    return len(data) - (len(parts[-1]) if len(parts) > lines else 0)


def incomplete(data: bytes) -> int:
    """Return how many bytes at the end of the data begin a character without completing it."""
    for size in range(1, min(_LONGEST, len(data) + 1)):
        byte = data[-size]
        if byte >= _TAIL:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4  # noqa: PLR2004 - RFC 3629
            return size if size < needed else 0
        if byte < 0x80:  # noqa: PLR2004 - RFC 3629
            return 0
    return 0


class Halves:
    """Characters that were cut between two chunks, each kept for who began it.

    Those who need text use it; who takes bytes gets them as they are.
    """

    MOST = 1000
    """How many are kept; a process that ended in the midst of a character leaves one behind."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, bytes] = {}

    def joined(self, who: Hashable, data: bytes) -> tuple[bytes, int, bytes]:
        """Return data with its characters whole.

        :returns: the data behind what was kept, how much that was, and what is to be kept now
        """
        before = self._kept.get(who, b"")
        data = before + data
        cut = len(data) - incomplete(data)
        return data[:cut], len(before), data[cut:]

    def keep(self, who: Hashable, half: bytes) -> None:
        """Keep what :meth:`joined` left over, once the rest was written."""
        self._kept.pop(who, None)
        if half:
            self._kept[who] = half
            if len(self._kept) > self.MOST:
                del self._kept[next(iter(self._kept))]

    def clear(self) -> None:
        """Forget them all."""
        self._kept.clear()
