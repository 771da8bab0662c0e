# ruff: noqa: D102, TRY004 - Kind documents the methods; ValueError is what all of them raise
"""The kinds of values that plugins measure and match with (spec §9.3)."""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

from circus.spec.values import Kind

UNITS = "BKMGTPEZY"
"""The units of bytes: each is 1,024 of the one before."""


def human2bytes(s: str) -> int:
    """Return the bytes that a text such as ``250M`` or ``30.93K`` stands for.

    :raises ValueError: there is no unit, or no number before it
    """
    number, unit = s.strip()[:-1], s.strip()[-1:].upper()
    if not unit or unit not in UNITS or not math.isfinite(float(number)):
        raise ValueError(f"cannot read {s!r} as a number of bytes")
    return int(float(number) * 1024 ** UNITS.index(unit))


class Number(Kind):
    """Any finite number of at least *least*.

    :param optional: the empty text (and null) means that nothing is set
    """

    def __init__(self, least: float = 0.0, *, optional: bool = False) -> None:
        self._least = least
        self._optional = optional
        self.expects = f"a number of at least {least:g}"

    def parse(self, text: str) -> float | None:
        if self._optional and not text:
            return None
        number = float(text)
        if not math.isfinite(number) or number < self._least:
            raise ValueError(text)
        return number

    def show(self, value: Any) -> str:
        return "" if value is None else f"{value:g}"

    def check(self, key: str, value: Any) -> float | None:
        if value is None and self._optional:
            return None
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise ValueError(f"{key!r} isn't a number")
        return self.parse(str(value))


class Amount(NamedTuple):
    """An amount of memory.

    :param value: so many bytes, or so many percent of the machine's memory
    :param in_bytes: which of the two
    """

    value: float
    in_bytes: bool = False


class Memory(Kind):
    """An amount of memory: a number is percent, a number with a unit is bytes."""

    expects = "percent such as 90, or bytes with a unit such as 250M"

    def __init__(self, *, optional: bool = False) -> None:
        self._optional = optional

    def parse(self, text: str) -> Amount | None:
        text = text.strip()
        if self._optional and not text:
            return None
        if text[-1:].upper() in UNITS:
            amount = Amount(human2bytes(text), in_bytes=True)
        else:
            amount = Amount(float(text))
        if not math.isfinite(amount.value) or amount.value < 0:
            raise ValueError(text)
        return amount

    def show(self, value: Any) -> str:
        if value is None:
            return ""
        return f"{value.value:.0f}B" if value.in_bytes else f"{value.value:g}"

    def check(self, key: str, value: Any) -> Amount | None:
        if value is None and self._optional:
            return None
        if isinstance(value, Amount):
            return value
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise ValueError(f"{key!r} isn't an amount of memory")
        return self.parse(str(value))


class Regex(Kind):
    """A regular expression in Python's language.

    :param groups: the named groups that it must have
    """

    def __init__(self, *groups: str) -> None:
        self._groups = frozenset(groups)
        named = " and ".join(f"(?P<{group}>…)" for group in groups)
        self.expects = "a regular expression" + (f" with {named}" if groups else "")

    def parse(self, text: str) -> str:
        try:
            known = re.compile(text).groupindex
        except re.error as error:
            raise ValueError(str(error)) from error
        if not self._groups <= known.keys():
            raise ValueError(text)
        return text

    def check(self, key: str, value: Any) -> str:
        if isinstance(value, str):
            return self.parse(value)
        raise ValueError(f"{key!r} isn't {self.expects}")
