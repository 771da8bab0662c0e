"""How a stream keeps its file within bounds.

A text that does not fit is cut into parts, always between two lines; each part is written whole or
not at all, and between two parts the file is rotated: renamed to a backup, or emptied where none
are kept. So the file exceeds ``max_bytes`` by a single longer line only, and no backup is written
to. Whoever has renamed the file before us keeps what he has: then we only begin a new one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from circus.stream import lines
from circus.stream.backups import Backups, drop_oldest, total
from circus.stream.fault import told
from circus.stream.lines import Chunk
from circus.stream.logfile import LogFile
from circus.stream.press import press

Compose = Callable[[Chunk, bytes], tuple[bytes, int]]
"""From a chunk and its data to the text as it goes on from the end of the file, and how many bytes
of that text end somebody else's line."""


@dataclass(frozen=True)
class Rotation:
    """The bounds of one stream's file, and where the rotated ones go.

    :param max_bytes: of the file; 0: no bound
    :param max_total_bytes: of the file and its backups; 0: no bound
    :param keeps: a rotated file is kept; otherwise it is emptied
    :param compress: kept files are compressed
    """

    backups: Backups
    max_bytes: int = 0
    max_total_bytes: int = 0
    keeps: bool = False
    compress: bool = False

    def store(self, log: LogFile, chunk: Chunk, data: bytes, compose: Compose) -> None:
        """Write a chunk, with its log looked at and its lock held.

        :raises OSError: with ``written``, how much of the data was written before
        """
        done = 0
        try:
            text, lead = compose(chunk, data)
            if self._no_line_fits(log, text, lead):
                self.rotate(log)
                text, lead = compose(chunk, data)
            while done < len(text):
                stop = self._end_of_part(log, text, done)
                if stop == done:
                    self.rotate(log)
                    continue
                self._append(log, text, done, stop)
                log.line = None if text.endswith(b"\n", 0, stop) else lines.source(chunk)
                done = stop
        except OSError as error:
            told(error, lines.dealt(data, text.count(b"\n", 0, done) - lead))
            raise

    def rotate(self, log: LogFile, period: str = "") -> None:
        """Begin the file anew; OSError when that cannot be, and then nothing is lost."""
        log.kept = None
        if not log.moved():
            if not self.keeps:
                log.empty()
                return
            self.backups.add(period)
        log.fresh()
        if self.compress:
            press(log, self.backups)

    def _no_line_fits(self, log: LogFile, text: bytes, lead: int) -> bool:
        """Say whether the file is too full for the first line of a text."""
        room = self.max_bytes - log.size
        if not self.max_bytes or not log.size or len(text) <= room:
            return False
        return text.find(b"\n", lead, max(room, 0)) < 0

    def _end_of_part(self, log: LogFile, text: bytes, start: int) -> int:
        """Return how far a text fits into the file; *start* when it has to be rotated before."""
        if self.max_bytes:
            room = self.max_bytes - log.size
            return _cut(text, start, room) or (start if log.size else _one_line(text, start))
        if self.max_total_bytes:
            return _cut(text, start, self.max_total_bytes) or _one_line(text, start)
        return len(text)

    def _append(self, log: LogFile, text: bytes, start: int, stop: int) -> None:
        if self.max_total_bytes:
            self._make_room(log, stop - start)
        whole = stop - start == len(text)
        log.write(text if whole else memoryview(text)[start:stop])

    def _make_room(self, log: LogFile, need: int) -> None:
        """Delete old backups, and at last what is in the file, until so many bytes fit."""
        most = self.max_total_bytes - need - log.size
        if log.kept is not None and log.kept <= most:
            return
        log.kept = total(self.backups)
        while log.kept > most and drop_oldest(self.backups):
            log.kept = total(self.backups)
        if log.kept > most and log.size:
            log.empty()


def _cut(text: bytes, start: int, room: int) -> int:
    """Return where the lines end that fit into so many bytes; 0: there is no such line."""
    if len(text) - start <= room:
        return len(text)
    return text.rfind(b"\n", start, start + max(room, 0)) + 1


def _one_line(text: bytes, start: int) -> int:
    """Return where the line ends that begins there."""
    return text.find(b"\n", start) + 1 or len(text)
