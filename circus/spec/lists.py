# ruff: noqa: D102 - Kind documents the methods
"""The kinds of values that may be nothing, or are lists: of CPUs, of groups, of sockets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from signal import SIGCHLD, SIGINT, SIGKILL, SIGQUIT, SIGSTOP, SIGTERM
from typing import Any

from circus.spec.values import NO, YES, Kind, SignalName, boolean, signal_number

LAST_CPU = 8191
"""The highest number of a CPU that Linux can be built for (CONFIG_NR_CPUS)."""
LAST_GROUP = 2**32 - 2
"""The highest number of a group; the one after it means none (chown(2))."""

OURS = frozenset({0, SIGINT, SIGTERM, SIGQUIT, SIGKILL, SIGSTOP, SIGCHLD})
"""The signals that end circusd or stop it, or tell it of its children; and none."""

_RANGE = re.compile(r"(\d+)(?:-(\d+))?")
_BETWEEN = re.compile(r"[,\s]+")


def parted(text: str) -> list[str]:
    """Return the words of a list that are separated by commas, blanks or both."""
    return [word for word in _BETWEEN.split(text) if word]


class OrNothing(Kind):
    """A value of another kind, or nothing: then it is as if the option were not there.

    :param kind: the other kind
    """

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self.words = kind.words
        self.expects = f"{kind.expects}, or nothing"

    def parse(self, text: str) -> Any:
        return self._kind.parse(text) if text.strip() else None

    def show(self, value: Any) -> str:
        return "" if value is None else self._kind.show(value)

    def plain(self, value: Any) -> Any:
        return None if value is None else self._kind.plain(value)

    def as_json(self, text: str) -> Any:
        return self._kind.as_json(text) if text.strip() else None

    def check(self, key: str, value: Any) -> Any:
        return None if _nothing(value) else self._kind.check(key, value)

    def accept(self, key: str, value: Any) -> Any:
        return None if _nothing(value) else self._kind.accept(key, value)


def _nothing(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


class Cpus(Kind):
    """Numbers of CPUs, such as ``0-3,5``; JSON may also give them as a list."""

    expects = "CPUs such as 0-3,5"

    def parse(self, text: str) -> tuple[int, ...]:
        found: set[int] = set()
        for word in parted(text):
            match = _RANGE.fullmatch(word)
            first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, -1)
            if not first <= last <= LAST_CPU:
                raise ValueError(text)
            found.update(range(first, last + 1))
        return self.check("", found)

    def show(self, value: Any) -> str:
        return ",".join(
            f"{first}" if first == last else f"{first}-{last}" for first, last in _runs(value)
        )

    def plain(self, value: Any) -> str:
        return self.show(value)

    def as_json(self, text: str) -> str:
        return self.show(self.parse(text))

    def check(self, key: str, value: Any) -> tuple[int, ...]:
        if isinstance(value, str):
            taken: tuple[int, ...] = self.accept(key, value)
            return taken
        numbers = isinstance(value, (list, tuple, set, frozenset)) and all(
            isinstance(cpu, int) and not isinstance(cpu, bool) and 0 <= cpu <= LAST_CPU
            for cpu in value
        )
        if not numbers or not value:
            raise ValueError(f"{key!r} isn't {self.expects}")
        return tuple(sorted({*value}))


def _runs(numbers: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Iterate over (first, last) of what follows without a gap in sorted numbers."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


class Groups(Kind):
    """Groups by name or number. Whether they exist is asked at launch."""

    expects = "names or numbers of groups, separated by blanks or commas"

    def parse(self, text: str) -> tuple[str | int, ...]:
        return self.check("", parted(text))

    def show(self, value: Any) -> str:
        return " ".join(map(str, value))

    def as_json(self, text: str) -> list[str | int]:
        return list(self.parse(text))

    def check(self, key: str, value: Any) -> tuple[str | int, ...]:
        if isinstance(value, str):
            taken: tuple[str | int, ...] = self.accept(key, value)
            return taken
        if not isinstance(value, (list, tuple)) or not value:
            raise ValueError(f"{key!r} isn't a list of names and numbers")
        return tuple(self._group(key, one) for one in value)

    def _group(self, key: str, one: Any) -> str | int:
        """Return one group: digits are a number."""
        if isinstance(one, str) and one and not _BETWEEN.search(one):
            group: str | int = int(one) if one.isdecimal() else one
        elif isinstance(one, int) and not isinstance(one, bool):
            group = one
        else:
            raise ValueError(f"{key!r} isn't a list of names and numbers")
        if isinstance(group, int) and not 0 <= group <= LAST_GROUP:
            raise ValueError(f"{key!r}: {group} is not the number of a group")
        return group


class Signals(Kind):
    """Signals by name or number, but for those that circusd cannot hand on."""

    expects = "names of signals, separated by blanks or commas, or none; not those that end circusd"
    words = ("none",)

    def parse(self, text: str) -> tuple[int, ...]:
        words = parted(text)
        return () if [word.lower() for word in words] == ["none"] else self.check("", words)

    def show(self, value: Any) -> str:
        return " ".join(map(SignalName().show, value)) or "none"

    def as_json(self, text: str) -> list[int]:
        return list(self.parse(text))

    def check(self, key: str, value: Any) -> tuple[int, ...]:
        if isinstance(value, (list, tuple)):
            found = tuple(dict.fromkeys(signal_number(one) for one in value))
            if OURS.isdisjoint(found):
                return found
        raise ValueError(f"{key!r} isn't {self.expects}")


class Handed(Kind):
    """Whether sockets are handed over, or which: yes, no, or their names in order."""

    expects = "yes, no, or names of sockets separated by blanks or commas"
    words = YES[:1] + NO[:1]

    def parse(self, text: str) -> bool | tuple[str, ...]:
        if text.strip().lower() in YES + NO:
            return boolean(text)
        return self.check("", parted(text))

    def show(self, value: Any) -> str:
        return str(value) if isinstance(value, bool) else " ".join(value)

    def as_json(self, text: str) -> bool | list[str]:
        value = self.parse(text)
        return value if isinstance(value, bool) else list(value)

    def check(self, key: str, value: Any) -> bool | tuple[str, ...]:
        if isinstance(value, bool):
            return value
        names = isinstance(value, (list, tuple)) and all(
            isinstance(name, str) and name for name in value
        )
        if not names or not value:
            raise ValueError(f"{key!r} isn't {self.expects}")
        return tuple(dict.fromkeys(name.lower() for name in value))
