"""The file of ``env_file``: lines ``NAME=VALUE`` to variables. Pure; docs/decisions/dotenv.rst.

A value is one of three: bare words to the end of the line, text in single quotes that is taken as
it stands, or text in double quotes with a few escapes. Nothing is replaced in any of them: a
dollar sign is a dollar sign. A message never repeats a value: it may be a secret.
"""

from __future__ import annotations

import re

_HEAD = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*")
_NOTHING = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_BARE = re.compile(r"[^\n]*")
_COMMENT = re.compile(r"(?:^|[ \t])#.*")
_QUOTED = {
    "'": re.compile(r"'([^']*)'"),
    '"': re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL),
}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$", "`": "`", "\n": ""}


class DotenvError(ValueError):
    """A line is not understood.

    :param line: its number, from 1
    :param reason: why, without the value
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


def parse(text: str) -> dict[str, str]:
    """Return the variables of a text; of two with one name the later one holds.

    Lines may end as on Windows, and the text may begin with a byte order mark.

    :raises DotenvError: for the first line that is not understood
    """
    found: dict[str, str] = {}
    text = text.replace("\r\n", "\n")
    place = 1 if text.startswith("\N{BYTE ORDER MARK}") else 0
    while place < len(text):
        if nothing := _NOTHING.match(text, place):
            place = nothing.end()
            continue
        head = _HEAD.match(text, place)
        if not head:
            raise _wrong(text, place, "expected NAME=VALUE")
        value, place = _value(text, head.end())
        if "\0" in value:
            raise _wrong(text, head.start(), f"the value of {head[1]} has a null byte")
        found[head[1]] = value
    return found


def _value(text: str, place: int) -> tuple[str, int]:
    """Return the value that begins at a place, and where the next line begins."""
    quote = text[place : place + 1]
    if quote not in _QUOTED:
        bare = _BARE.match(text, place)
        assert bare
        return _COMMENT.sub("", bare[0]).strip(" \t"), bare.end() + 1
    quoted = _QUOTED[quote].match(text, place)
    if not quoted:
        raise _wrong(text, place, f"the quotation that {quote} opens has no end")
    end = _NOTHING.match(text, quoted.end())
    if not end:
        raise _wrong(text, quoted.end(), "there is more behind the closing quotation mark")
    value = quoted[1] if quote == "'" else _ESCAPE.sub(_unescaped, quoted[1])
    return value, end.end()


def _unescaped(match: re.Match[str]) -> str:
    """Return what an escape stands for; one that is not known stays as it is."""
    return _ESCAPES.get(match[1], match[0])


def _wrong(text: str, place: int, reason: str) -> DotenvError:
    return DotenvError(text.count("\n", 0, place) + 1, reason)
