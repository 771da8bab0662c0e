"""Reading the INI language of spec §5.1, from text to entries. Permissive where Circus was.

What sets it apart from Python's own parser: names keep their case, a continuation line is any
indented line, ``#`` inside a value is data, a ``;`` behind a blank starts a comment (the first
one of the value only, and never on a continuation line), and nothing is interpolated.
"""

from __future__ import annotations

import re
from dataclasses import replace

from circus.spec.finding import HEADER, Entry, Finding, Severity, at

_TITLE = re.compile(r"\[([^]]+)\]")
_OPTION = re.compile(r"\s*([^:=]*?)\s*[:=]\s*(.*)")
_REMARK = re.compile(r"[#;]|rem(\s|$)", re.IGNORECASE)


def parse(text: str, file: str) -> tuple[list[Entry], list[Finding]]:
    """Read the text of one file.

    :param text: the whole text
    :param file: its name, for the places of what is found
    :returns: the entries in their order, each title as an entry of its own (``HEADER``), and
        what is wrong with the text
    """
    reader = _Reader(file)
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        reader.feed(number, line.rstrip("\r"))
    return reader.entries, reader.findings


class _Reader:
    """Where the reading of one file stands."""

    def __init__(self, file: str) -> None:
        self.entries: list[Entry] = []
        self.findings: list[Finding] = []
        self._file = file
        self._section: str | None = None
        self._continues = False

    def feed(self, number: int, line: str) -> None:
        """Take the next line."""
        if not line.strip() or _REMARK.match(line):
            return
        if "\0" in line:
            self._refuse(number, line, "text without NUL characters")
        elif self._continues and line[0].isspace():
            last = self.entries[-1]
            self.entries[-1] = replace(last, value=f"{last.value}\n{line.strip()}")
        elif title := _TITLE.match(line):
            self._section, self._continues = title[1].strip(), False
            self.entries.append(Entry(self._section, HEADER, "", self._file, number))
        elif self._section is None:
            self._refuse(number, line, "a section's title such as [circus] first")
        else:
            self._option(self._section, number, line)

    def _option(self, section: str, number: int, line: str) -> None:
        """Take a line that should be ``name = value``."""
        match = _OPTION.match(line)
        self._continues = bool(match and match[1])
        if not match or not match[1]:
            self._refuse(number, line, "name = value")
            return
        entry = Entry(section, match[1], _value(match[2]), self._file, number)
        self.entries.append(entry)

    def _refuse(self, number: int, line: str, expected: str) -> None:
        place = Entry(self._section or "", "", "", self._file, number)
        message = f"found {line.strip()!r}, expected {expected}"
        self.findings.append(at(place, Severity.ERROR, message))


def _value(text: str) -> str:
    """Return the value of an option's first line: without its comment, trimmed, ``""`` empty."""
    semicolon = text.find(";")
    if semicolon > 0 and text[semicolon - 1].isspace():
        text = text[:semicolon]
    text = text.strip()
    return "" if text == '""' else text
