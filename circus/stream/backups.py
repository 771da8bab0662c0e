"""The rotated files beside a log: which there are, and how one more is added.

Either numbered (``.1`` is the newest) or named after the beginning of their period. Each may be
compressed, with ``.gz`` behind its name. Where both forms of one are there, somebody was stopped
between the two steps of compressing it: the compressed one is whole.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple, Protocol

GZ = ".gz"


class Backups(Protocol):
    """The rotated files of one log."""

    def kept(self) -> list[str]:
        """Return their paths, the oldest first; OSError when the directory cannot be read."""

    def add(self, period: str) -> None:
        """Make the log itself the newest one; when OSError is raised no file is lost."""


def total(backups: Backups) -> int:
    """Return how many bytes all of them take."""
    return sum(os.stat(path).st_size for path in backups.kept())


def drop_oldest(backups: Backups) -> bool:
    """Delete the oldest one; say whether there was one."""
    for path in backups.kept():
        os.unlink(path)
        return True
    return False


def redundant(path: str) -> bool:
    """Say whether a backup that is not compressed is there in the other form as well."""
    return not path.endswith(GZ) and os.path.exists(path + GZ)


class Numbered:
    """``.1``, ``.2`` … up to a count.

    :param path: that of the log, absolute
    :param count: how many are kept; others, with greater numbers, are not ours
    """

    def __init__(self, path: str, count: int) -> None:
        self._path = path
        self._count = count
        self._pattern = re.compile(
            re.escape(os.path.basename(path)) + rf"\.([1-9]\d*)(?:{re.escape(GZ)})?"
        )

    def kept(self) -> list[str]:
        """Return their paths, the oldest first."""
        slots = self._slots()
        return [path for number in sorted(slots, reverse=True) for path in slots[number]]

    def add(self, period: str) -> None:
        """Give the log itself the name of the newest backup, and the others the next one's.

        The oldest one goes where there is no place left. Nothing depends on the period.
        """
        del period
        slots = self._slots()
        last = next((n for n in range(1, self._count) if n not in slots), self._count)
        for path in slots.get(last, ()):
            os.unlink(path)
        for number in range(last - 1, 0, -1):
            for path in slots[number]:
                if redundant(path):
                    os.unlink(path)
                else:
                    os.rename(path, self._name(number + 1, path.endswith(GZ)))
        os.rename(self._path, self._name(1))

    def _name(self, number: int, compressed: bool = False) -> str:
        return f"{self._path}.{number}{GZ if compressed else ''}"

    def _slots(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        directory = os.path.dirname(self._path)
        for name in sorted(os.listdir(directory)):
            match = self._pattern.fullmatch(name)
            if match and int(match[1]) <= self._count:
                found.setdefault(int(match[1]), []).append(os.path.join(directory, name))
        return found


class _Name(NamedTuple):
    """One name of a dated backup: its period, how many had that name before it, its path."""

    period: str
    number: int
    path: str


class Dated:
    """Named after their periods, such as ``.20250131``.

    :param path: that of the log, absolute
    :param count: how many are kept; 0: all
    :param period: what the name of a period looks like
    """

    def __init__(self, path: str, count: int, period: re.Pattern[str]) -> None:
        self._path = path
        self._count = count
        inner = period.pattern.removeprefix("^").removesuffix("$")
        self._pattern = re.compile(
            re.escape(os.path.basename(path)) + rf"\.({inner})(?:\.(\d+))?(?:{re.escape(GZ)})?"
        )

    def kept(self) -> list[str]:
        """Return their paths, the oldest first."""
        return [name.path for name in self._names()]

    def add(self, period: str) -> None:
        """Give the log itself the name of a period, and delete those beyond the count.

        Should the name be taken (the clock was set back, or an hour came twice in autumn), the
        log gets a number behind it.
        """
        taken = [name.number for name in self._names() if name.period == period]
        number = max(taken, default=-1) + 1
        os.rename(self._path, f"{self._path}.{period}" + (f".{number}" if number else ""))
        if self._count:
            names = self._names()
            kept = sorted({name[:2] for name in names})[-self._count :]
            for name in names:
                if name[:2] not in kept:
                    os.unlink(name.path)

    def _names(self) -> list[_Name]:
        directory = os.path.dirname(self._path)
        matches = map(self._pattern.fullmatch, os.listdir(directory))
        return sorted(
            _Name(match[1], int(match[2] or 0), os.path.join(directory, match[0]))
            for match in matches
            if match
        )
