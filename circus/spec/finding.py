"""Where an option stands, and what is wrong with it.

An Entry is what every reader of a configuration yields; a Finding is what everybody who judges
one returns. Both are plain data.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

HEADER = ""
"""The key of the entry that stands for a section's title itself."""


@dataclass(frozen=True)
class Entry:
    """One option as it stands in a file.

    :param section: the title, such as ``watcher:web``
    :param key: the option's name in its own case; ``HEADER`` for the title itself
    :param value: the text, trimmed; the lines of a long value are joined by newlines
    :param file: name of the file, as it is to be shown
    :param line: number of the line, from 1
    """

    section: str
    key: str
    value: str
    file: str
    line: int


Places = Mapping[tuple[str, str], Entry]
"""(section title, option) to the entry; the option ``HEADER`` gives the title's own."""


class Severity(enum.Enum):
    """What a finding means for the configuration."""

    ERROR = "error"
    """It cannot be used."""
    WARNING = "warning"
    """It can be used, but perhaps does not say what was meant."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a configuration.

    :param severity: error or warning
    :param message: one sentence without its place; empty where *found* and *expected* say it all
    :param file, line, section, option: the place, as far as there is one
    :param found: the offending text, or None
    :param expected: what may stand there, such as ``a whole number``
    """

    severity: Severity
    message: str = ""
    file: str = ""
    line: int = 0
    section: str = ""
    option: str = ""
    found: str | None = None
    expected: str = ""

    @property
    def place(self) -> str:
        """Return ``circus.ini:12``, or nothing where the finding belongs to no line."""
        return f"{self.file}:{self.line}" if self.line else self.file

    @property
    def text(self) -> str:
        """Return the sentence without its place."""
        return self.message or f"found {self.found!r}, expected {self.expected}"

    def __str__(self) -> str:
        warning = "warning: " if self.severity is Severity.WARNING else ""
        section = f"[{self.section}] " if self.section else ""
        option = f"{self.option}: " if self.option else ""
        place = f"{self.place}: " if self.place else ""
        line = f"{place}{warning}{section}{option}{self.text}"
        return line.encode(errors="backslashreplace").decode()


def at(entry: Entry, severity: Severity, message: str) -> Finding:
    """Return a finding with a sentence of its own at the place of an entry."""
    return Finding(severity, message, entry.file, entry.line, entry.section, entry.key)


def mismatch(entry: Entry, found: str, expected: str) -> Finding:
    """Return the error that an entry's value is not what is expected there.

    :param found: the value after substitution
    """
    place = (entry.file, entry.line, entry.section, entry.key)
    return Finding(Severity.ERROR, "", *place, found=found, expected=expected)
