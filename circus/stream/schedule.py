"""When a file is rotated by time: periods, their ends and their names (spec §7.3). Pure.

Seconds, minutes and hours are counted from where the file begins. Days (``D``) end at the same
time of day as they began, ``MIDNIGHT`` and the weeks ``W0`` (Monday) to ``W6`` at midnight: those
go by the calendar, so that a day with a change of the clocks has 23 or 25 hours.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

_DAY = 24 * 60 * 60
_UNITS: Mapping[str, tuple[int, str]] = {
    "S": (1, "%Y%m%d%H%M%S"),
    "M": (60, "%Y%m%d%H%M"),
    "H": (60 * 60, "%Y%m%d%H"),
    "D": (_DAY, "%Y%m%d"),
    "MIDNIGHT": (_DAY, "%Y%m%d"),
    **{f"W{day}": (7 * _DAY, "%Y%m%d") for day in range(7)},
}


@dataclass(frozen=True)
class Schedule:
    """A sequence of periods. All times are seconds since the epoch.

    :param when: a unit, one of circus.spec.options.stream.PERIODS
    :param interval: how many units make a period
    :param utc: names and days are those of UTC
    """

    when: str
    interval: int = 1
    utc: bool = False

    @property
    def seconds(self) -> int:
        """Return the length of a period; that of one by the calendar may be an hour off."""
        return _UNITS[self.when][0] * self.interval

    @property
    def suffix(self) -> str:
        """Return the form of a period's name, for strftime."""
        return _UNITS[self.when][1]

    @property
    def pattern(self) -> re.Pattern[str]:
        """Return what a period's name looks like."""
        digits = len(time.strftime(self.suffix, time.gmtime(0)))
        return re.compile(rf"^\d{{{digits}}}$")

    def first(self, begin: float) -> float:
        """Return when the period ends in which a file began."""
        if self.when == "MIDNIGHT":
            return self._midnight(begin, self.interval)
        if self.when.startswith("W"):
            weekday = self._fields(begin).tm_wday
            left = (int(self.when[1]) - weekday) % 7
            return self._midnight(begin, left + 1 + 7 * (self.interval - 1))
        return self._moved(begin, 1)

    def after(self, due: float, now: float) -> float:
        """Return the first end of a period that is after *now*, given an earlier one."""
        skipped = max(1, int((now - due) // self.seconds))
        end = self._moved(due, skipped)
        while end <= now:
            end = self._moved(end, 1)
        return end

    def name(self, due: float) -> str:
        """Return the name of the period that ends then: its beginning."""
        return time.strftime(self.suffix, self._fields(self._moved(due, -1)))

    def _fields(self, moment: float) -> time.struct_time:
        return time.gmtime(moment) if self.utc else time.localtime(moment)

    def _moved(self, moment: float, periods: int) -> float:
        """Return a moment a number of periods later; by the calendar for days and weeks."""
        seconds = periods * self.seconds
        if self.utc or self.when in {"S", "M", "H"}:
            return moment + seconds
        return self._calendar(moment, seconds // _DAY, *self._fields(moment)[3:6])

    def _midnight(self, moment: float, days: int) -> float:
        """Return the midnight with which the day ends that is *days* - 1 days later."""
        if self.utc:
            return moment // _DAY * _DAY + days * _DAY
        return self._calendar(moment, days, 0, 0, 0)

    @staticmethod
    def _calendar(moment: float, days: int, hour: int, minute: int, second: int) -> float:
        """Return a local time of day some days later."""
        year, month, day = time.localtime(moment)[:3]
        return time.mktime((year, month, day + days, hour, minute, second, 0, 0, -1))
