"""A file that is rotated when its period is over (spec §7.3).

The clock is looked at when a chunk is written, and never otherwise. Streams of one file and one
schedule share the end of the period, so it is rotated once. A clock that jumps back does not rotate
twice: the period goes on until its end comes again. Only when that is more than a day and a period
away did the clock jump forward by mistake before, and the schedule begins anew.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from circus.stream.backups import Dated
from circus.stream.file import FileStream
from circus.stream.lines import Chunk
from circus.stream.rotation import Rotation
from circus.stream.schedule import Schedule

_DAY = 24 * 60 * 60


class TimedRotatingFileStream(FileStream):
    """Append to a file; each period has a file of its own, named after its beginning.

    :param filename: its path; None: a temporary file
    :param backup_count: how many rotated files are kept; 0: all
    :param time_format: put the time, for strftime, and the pid before each line
    :param rotate_when: ``S``, ``M``, ``H`` (also when unset), ``D``, ``MIDNIGHT``, ``W0`` (Monday)
        to ``W6``, in any case
    :param rotate_interval: how many of these make a period
    :param utc: go by UTC
    :param options: ``mode``, ``owner``, ``compress``, ``max_total_bytes``; others are ignored
    :raises ValueError: an option cannot be used
    :raises OSError: the file cannot be opened
    """

    kind = "TimedRotatingFileStream"
    clock: Callable[[], float] = time.time
    """Returns the seconds since the epoch; a test may replace it."""

    def __init__(
        self,
        filename: str | os.PathLike[str] | None = None,
        backup_count: int | str | None = None,
        time_format: str | None = None,
        rotate_when: str | None = None,
        rotate_interval: int | str | None = None,
        utc: bool | str | None = None,
        **options: Any,
    ) -> None:
        given = {"backup_count": backup_count, "time_format": time_format, "utc": utc}
        when = {"rotate_when": rotate_when, "rotate_interval": rotate_interval}
        self._build(filename, {**options, **given, **when})

    def _rotates(self, chosen: dict[str, Any]) -> Rotation:
        self._backup_count = chosen["backup_count"]
        self._when: str = chosen["rotate_when"]
        self._utc: bool = chosen["utc"]
        self._schedule = Schedule(self._when, chosen["rotate_interval"], self._utc)
        self._interval = self._schedule.seconds
        self._suffix = self._schedule.suffix
        self._ext_match = self._schedule.pattern
        return Rotation(
            Dated(self._filename, self._backup_count, self._ext_match),
            max_total_bytes=chosen["max_total_bytes"],
            keeps=True,
            compress=chosen["compress"],
        )

    def _open(self) -> None:
        super()._open()
        self._due()  # counted from the file as it is found

    @property
    def _rollover_at(self) -> float:
        """When the period is over, in seconds since the epoch."""
        return self._due()

    def _due(self) -> float:
        """Return when the period is over, which streams of one file and one schedule share."""
        found = self._log.due.get(self._schedule)
        if found is None:
            found = self._log.due[self._schedule] = self._schedule.first(self._begin())
        return found

    def _begin(self) -> float:
        """Return when the file was last written; now, if there is nothing in it."""
        now = self.clock()
        try:
            found = os.stat(self._filename)
        except OSError:
            return now
        return min(now, found.st_mtime) if found.st_size else now

    def _prepare(self, data: Chunk) -> None:
        del data
        now, due = self.clock(), self._due()
        if now >= due:
            if self._log.size:
                self._rotation.rotate(self._log, self._schedule.name(due))
            self._log.due[self._schedule] = self._schedule.after(due, now)
        elif now < due - self._interval - max(self._interval, _DAY):
            self._log.due[self._schedule] = self._schedule.first(now)
