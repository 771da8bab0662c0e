# ruff: noqa: D102, TRY004 - Kind documents the methods; ValueError is what all of them raise
"""The kinds of single values: each parses, shows and checks its own (spec §5.2, §4.16, §4.17).

A value comes from three sides. *Text* (a file, a command line) goes through ``parse``. *JSON*
(``add``, ``set``) goes through ``check``, which is strict and whose messages clients compare.
*Python* (a constructor's argument) goes through ``accept``, which takes both.
"""

from __future__ import annotations

import math
import os
import re
import signal
from collections.abc import Iterable, Mapping
from typing import Any

YES = ("yes", "true", "on", "1")
NO = ("no", "false", "off", "0")


def boolean(text: str) -> bool:
    """Return the truth of a word of spec §5.2, in any case and trimmed.

    :raises ValueError: ``'x' is not a boolean``
    """
    word = text.strip().lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise ValueError(f"{text!r} is not a boolean")


_SIGNAL = re.compile(r"(?:SIG)?([A-Z][A-Z0-9]*)(?:\+(\d+))?")
SIGNALS: Mapping[str, int] = {
    name[3:]: int(number) for name, number in signal.Signals.__members__.items()
}
"""Every signal of this system by its name without ``SIG``, aliases included."""


def signal_number(signum: int | str) -> int:
    """Return the number of a signal in any form of spec §4.16.

    :param signum: a number, its text, or a name with or without ``SIG`` in any case, optionally
        followed by ``+N`` (``RTMIN+1``)
    :raises ValueError: it names no signal of this system
    """
    number: int | None = None
    if isinstance(signum, str):
        text = signum.strip().upper()
        match = _SIGNAL.fullmatch(text)
        if text.isdecimal():
            number = int(text)
        elif match and match[1] in SIGNALS:
            number = SIGNALS[match[1]] + int(match[2] or 0)
    elif isinstance(signum, int) and not isinstance(signum, bool):
        number = int(signum)
    if number is None or not 0 <= number < signal.NSIG:
        raise ValueError(f"{signum!r} is not a signal")
    return number


class Kind:
    """What a value may be.

    ``expects`` ends the sentence "found 'x', expected ...". ``words`` are the values that can be
    named in advance.
    """

    expects = "text"
    words: tuple[str, ...] = ()

    def parse(self, text: str) -> Any:
        """Return the value that a text stands for; ValueError if it stands for none."""
        raise ValueError(text)

    def show(self, value: Any) -> str:
        """Return a value as the text that parses to it; None is the empty text."""
        return "" if value is None else str(value)

    def plain(self, value: Any) -> Any:
        """Return a value as JSON can carry it: what ``options`` and ``get`` answer."""
        return list(value) if isinstance(value, tuple) else value

    def as_json(self, text: str) -> Any:
        """Return the JSON value that a word of the command line stands for (spec §4.17.1)."""
        return self.parse(text)

    def check(self, key: str, value: Any) -> Any:
        """Return a JSON value in its own type; ValueError with the message of spec §4.17.2."""
        raise ValueError(f"{key!r} cannot be {value!r}")

    def accept(self, key: str, value: Any) -> Any:
        """Return a value given by a Python program, which may also be its text.

        :raises ValueError: a sentence that begins with the key
        """
        if not isinstance(value, str):
            return self.check(key, value)
        try:
            return self.parse(value)
        except ValueError:
            raise ValueError(f"{key!r}: found {value!r}, expected {self.expects}") from None


class Text(Kind):
    """Any text.

    :param optional: the empty text (and null) means that nothing is set
    """

    def __init__(self, *, optional: bool = False) -> None:
        self._optional = optional

    def parse(self, text: str) -> str | None:
        return None if self._optional and not text else text

    def check(self, key: str, value: Any) -> str | None:
        if isinstance(value, str):
            return self.parse(value)
        if value is None and self._optional:
            return None
        raise ValueError(f"{key!r} isn't a string")

    def accept(self, key: str, value: Any) -> str | None:
        """Take a path object as well."""
        path = os.fspath(value) if isinstance(value, os.PathLike) else value
        taken: str | None = super().accept(key, path)
        return taken


_ADDRESS = re.compile(r"tcp://(\[[^]\s]+\]|[^][:\s]+):(\d{1,5}|\*)|(?!tcp:)[a-z]+://\S+")


class Address(Kind):
    """The address of a ZMQ endpoint."""

    expects = "an address such as tcp://127.0.0.1:5555 or ipc:///run/circus.sock"

    def parse(self, text: str) -> str:
        if not _ADDRESS.fullmatch(text):
            raise ValueError(text)
        return text

    def check(self, key: str, value: Any) -> str:
        if isinstance(value, str):
            return self.parse(value)
        raise ValueError(f"{key!r} isn't a string")


class Flag(Kind):
    """Yes or no."""

    expects = f"yes or no ({' '.join(YES)} / {' '.join(NO)})"
    words = YES[:1] + NO[:1]

    def parse(self, text: str) -> bool:
        return boolean(text)

    def check(self, key: str, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        raise ValueError(f"{key!r} isn't a valid boolean")

    def accept(self, key: str, value: Any) -> bool:
        """Take 0 and 1 as well."""
        taken: bool = super().accept(
            key, bool(value) if isinstance(value, int) and value in {0, 1} else value
        )
        return taken


class Whole(Kind):
    """A whole number.

    :param least, most: the bounds that a text is held to
    :param floored: a number below *least* that comes from JSON or Python counts as *least*
    """

    def __init__(
        self, least: int | None = None, most: int | None = None, *, floored: bool = False
    ) -> None:
        self._least = least
        self._most = most
        self._floored = floored
        if least is not None and most is not None:
            self.expects = f"a whole number from {least} to {most}"
        elif least is not None:
            self.expects = f"a whole number of at least {least}"
        else:
            self.expects = "a whole number"

    def _fits(self, number: int) -> bool:
        return (self._least is None or self._least <= number) and (
            self._most is None or number <= self._most
        )

    def parse(self, text: str) -> int:
        number = int(text)
        if not self._fits(number):
            raise ValueError(text)
        return number

    def check(self, key: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(f"{key!r} isn't an integer")
        if self._floored and self._least is not None:
            value = max(self._least, value)
        if not self._fits(value):
            raise ValueError(f"{key!r} isn't {self.expects}")
        return int(value)

    def accept(self, key: str, value: Any) -> int:
        """Take a float without a fraction as well."""
        whole = isinstance(value, float) and value.is_integer()
        taken: int = super().accept(key, int(value) if whole else value)
        return taken


class Seconds(Kind):
    """A time in seconds, with or without a fraction.

    :param least: the bound that every value is held to
    """

    def __init__(self, least: float | None = 0.0) -> None:
        self._least = least
        self.expects = "a number of seconds" + ("" if least is None else f", at least {least:g}")

    def _fits(self, number: float) -> bool:
        return math.isfinite(number) and (self._least is None or number >= self._least)

    def parse(self, text: str) -> float:
        number = float(text)
        if not self._fits(number):
            raise ValueError(text)
        return number

    def show(self, value: Any) -> str:
        return repr(float(value))

    def check(self, key: str, value: Any) -> float:
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise ValueError(f"{key!r} isn't a number")
        try:
            number = float(value)
        except OverflowError:
            raise ValueError(f"{key!r} isn't {self.expects}") from None
        if not self._fits(number):
            raise ValueError(f"{key!r} isn't {self.expects}")
        return number


_ALL_BITS = 0o7777


class Mode(Kind):
    """Permission bits or a umask, as octal text."""

    expects = "an octal number such as 022"

    def parse(self, text: str) -> int:
        number = int(text, 8)
        if not 0 <= number <= _ALL_BITS:
            raise ValueError(text)
        return number

    def show(self, value: Any) -> str:
        return "" if value is None else f"{value:03o}"

    def plain(self, value: Any) -> str:
        return self.show(value)

    def as_json(self, text: str) -> str:
        return self.show(self.parse(text))

    def check(self, key: str, value: Any) -> int:
        if isinstance(value, str):
            taken: int = self.accept(key, value)
            return taken
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _ALL_BITS:
            raise ValueError(f"{key!r} isn't {self.expects}")
        return value


class SignalName(Kind):
    """A signal that can be sent. JSON gives it as a number only (spec §4.17.2)."""

    expects = "a signal such as TERM, SIGTERM or 15"
    words = tuple(SIGNALS)

    def parse(self, text: str) -> int:
        number = signal_number(text)
        if number == 0:
            raise ValueError(text)
        return number

    def show(self, value: Any) -> str:
        """Return the name with ``SIG``; a real-time signal without one as ``SIGRTMIN+N``."""
        if value in set(signal.Signals):
            return signal.Signals(value).name
        return f"SIGRTMIN+{value - SIGNALS['RTMIN']}" if value > SIGNALS["RTMIN"] else str(value)

    def check(self, key: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(f"{key!r} isn't an integer")
        if not 0 < value < signal.NSIG:
            raise ValueError(f"{key!r} isn't {self.expects}")
        return int(value)


class Account(Kind):
    """A user or a group: a name, or a number. Whether it exists is asked at launch."""

    expects = "a name or a number"

    def parse(self, text: str) -> str | int | None:
        word = text.strip()
        return int(word) if word.isdecimal() else word or None

    def as_json(self, text: str) -> str:
        """Return the text as it is: the daemon compares it with ``endpoint_owner``."""
        return text

    def check(self, key: str, value: Any) -> str | int | None:
        if isinstance(value, str):
            return self.parse(value)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        raise ValueError(f"{key!r} isn't an integer or string")


class Choice(Kind):
    """One of a few names, in any case.

    :param prefix: what every name begins with and may be left out
    """

    def __init__(self, names: Iterable[str], prefix: str = "") -> None:
        self.names = self.words = tuple(names)
        self.expects = "one of " + " ".join(self.names)
        self._known = {name.lower(): name for name in self.names}
        self._known.update({name.lower().removeprefix(prefix.lower()): name for name in self.names})

    def parse(self, text: str) -> str:
        word = text.strip().lower()
        if word not in self._known:
            raise ValueError(text)
        return self._known[word]

    def check(self, key: str, value: Any) -> str:
        if isinstance(value, str) and value.strip().lower() in self._known:
            return self.parse(value)
        raise ValueError(f"{key!r} isn't {self.expects}")


class Words(Kind):
    """A list of words, separated by blanks or newlines."""

    expects = "words separated by blanks"

    def parse(self, text: str) -> tuple[str, ...]:
        return tuple(text.split())

    def show(self, value: Any) -> str:
        return " ".join(value)

    def check(self, key: str, value: Any) -> tuple[str, ...]:
        if isinstance(value, (list, tuple)) and all(isinstance(word, str) for word in value):
            return tuple(value)
        raise ValueError(f"{key!r} isn't a list of strings")
