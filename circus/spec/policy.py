# ruff: noqa: D102 - Kind documents the methods
"""The kinds of the options that say how many run and what follows an end.

How many CPUs ``auto`` stands for is not known here: whoever reads a configuration or a command
resolves it with :func:`counted`, so that a spec holds a plain number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from circus.spec.values import Kind, SignalName, Whole, signal_number

RESTARTS = ("always", "on-failure", "never")
"""What may follow the end of a process that nobody asked for."""
EXIT_WHEN = ("never", "essential-fails", "all-done")
"""When circusd ends without having been asked to."""
SHORTEST = 0.1
"""Seconds: no pause and no life that counts as healthy can be shorter, to spare the CPU."""

_AUTO = re.compile(r"auto(?:\s*\*\s*([1-9]\d{0,3}))?")
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|)")
_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_MOST = 255
"""The largest exit status (wait(2) hands on eight bits)."""


@dataclass(frozen=True)
class Auto:
    """As many as there are CPUs, times a number."""

    times: int = 1


def paired(given: Mapping[str, Any], before: str = "always") -> dict[str, Any]:
    """Return what is given, and what of ``respawn`` and ``restart`` follows from the other.

    ``respawn = False`` is ``restart = never``; ``respawn = True`` lifts only that.

    :param given: values by the names of options; those of both are left to be compared
    :param before: the value of ``restart`` until now
    """
    found = dict(given)
    if "restart" in given:
        found.setdefault("respawn", given["restart"] != "never")
    elif "respawn" in given:
        lifted = "always" if before == "never" else before
        found["restart"] = lifted if given["respawn"] else "never"
    return found


def counted(value: Any, cpus: int) -> Any:
    """Return a number of processes; what is no Auto is returned as it is.

    :param cpus: how many CPUs are available
    """
    return value.times * cpus if isinstance(value, Auto) else value


MOST = 2**31 - 1
"""The most processes that may be wanted: far more than there are numbers for (proc(5), pid_max)."""


class Count(Whole):
    """A number of processes, or ``auto``. A number below zero from JSON or Python counts as 0."""

    def __init__(self) -> None:
        super().__init__(0, floored=True)
        self.expects += ", auto or auto*2"

    words = ("auto",)

    def parse(self, text: str) -> Any:
        auto = _AUTO.fullmatch(text.strip().lower())
        return Auto(int(auto[1] or 1)) if auto else super().parse(text)

    def as_json(self, text: str) -> Any:
        value = self.parse(text)
        return text.strip() if isinstance(value, Auto) else value

    def check(self, key: str, value: Any) -> Any:
        if isinstance(value, Auto):
            return value
        if isinstance(value, str) and _AUTO.fullmatch(value.strip().lower()):
            return self.parse(value)
        return super().check(key, value)

    def _fits(self, number: int) -> bool:
        return super()._fits(number) and number <= MOST


class Codes(Kind):
    """Ways to end: exit codes, and signals as negative numbers. Sorted, each once."""

    expects = "exit codes from 0 to 255 and names of signals, such as 0 75 SIGTERM"

    def parse(self, text: str) -> tuple[int, ...]:
        return tuple(sorted({_code(word) for word in text.replace(",", " ").split()}))

    def show(self, value: Any) -> str:
        return " ".join(str(code) if code >= 0 else SignalName().show(-code) for code in value)

    def plain(self, value: Any) -> str:
        return self.show(value)

    def check(self, key: str, value: Any) -> tuple[int, ...]:
        """Take a text, a number, or a list of codes and names."""
        items = value if isinstance(value, (list, tuple)) else (value,)
        if all(isinstance(item, (int, str)) and not isinstance(item, bool) for item in items):
            try:
                return self.parse(" ".join(map(str, items)))
            except ValueError:
                pass
        raise ValueError(f"{key!r} isn't made of {self.expects}")


def _code(word: str) -> int:
    """Return an exit code, or a signal as a negative number; ValueError if it is neither."""
    if word.isdecimal():
        code = int(word)
        if code > _MOST:
            raise ValueError(word)
        return code
    number = signal_number(word.removeprefix("-"))
    if number == 0:
        raise ValueError(word)
    return -number


class Backoff(Kind):
    """The shortest and the longest pause, in seconds."""

    expects = f"a range such as 1s..60s (units ms s m h), not below {SHORTEST:g} s"

    def parse(self, text: str) -> tuple[float, float]:
        first, dots, longest = text.partition("..")
        return _range(_seconds(first), _seconds(longest if dots else first))

    def show(self, value: Any) -> str:
        return "..".join(f"{seconds:g}s" for seconds in value)

    def plain(self, value: Any) -> str:
        return self.show(value)

    def check(self, key: str, value: Any) -> tuple[float, float]:
        """Take a text, a number of seconds, or a pair of them."""
        pair = value if isinstance(value, (list, tuple)) else (value, value)
        try:
            if isinstance(value, str):
                return self.parse(value)
            if not any(isinstance(one, (bool, str)) for one in pair):
                first, longest = pair
                return _range(float(first), float(longest))
        except (TypeError, ValueError, OverflowError):
            pass
        raise ValueError(f"{key!r} isn't {self.expects}")


def _seconds(text: str) -> float:
    """Return the seconds of a text such as ``500ms``; ValueError if it is none."""
    match = _SECONDS.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(text)
    return float(match[1]) * _UNITS[match[2]]


def _range(first: float, longest: float) -> tuple[float, float]:
    """Return a range of pauses; ValueError if it is none."""
    if not SHORTEST <= first <= longest < math.inf:
        raise ValueError(f"{first}..{longest}")
    return first, longest
