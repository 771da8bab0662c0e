"""A few shapes of reStructuredText."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def heading(text: str, line: str = "=") -> str:
    """Return a heading, underlined with one character."""
    return f"{text}\n{line * len(text)}\n"


def code(text: object) -> str:
    """Return text as it is typed, or nothing for nothing."""
    return f"``{text}``" if str(text) else ""


def prose(text: str) -> str:
    """Return a sentence of the code, in which `names` stand between single backticks."""
    parts = re.split(r"`([^`]+)`", text)
    parts[::2] = [re.sub(r"([\\*|_])", r"\\\1", part) for part in parts[::2]]
    parts[1::2] = [code(part) for part in parts[1::2]]
    return "".join(parts)


def table(head: Sequence[str], lines: Iterable[Sequence[str]], widths: str = "auto") -> str:
    """Return a table with a head; cells are reStructuredText.

    :param widths: of the columns, in parts, such as ``1 3``
    """
    text = [".. list-table::", "   :header-rows: 1", f"   :widths: {widths}", ""]
    for line in (head, *lines):
        for place, cell in enumerate(line):
            first, *more = str(cell).splitlines() or [""]
            text.append(f"   {'*' if place == 0 else ' '} - {first}".rstrip())
            text += [f"       {other}".rstrip() for other in more]
    return "\n".join(text) + "\n"
