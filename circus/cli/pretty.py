"""JSON for people: on many lines, sorted, and in colours at a terminal that has pygments."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from circus.cli.table import colourful

if TYPE_CHECKING:
    from collections.abc import Mapping


def json_text(answer: Mapping[str, Any]) -> str:
    """Return an answer as JSON with an indent of 2 and its keys in order."""
    text = json.dumps(answer, indent=2, sort_keys=True)
    if not (sys.stdout.isatty() and colourful()):
        return text
    try:
        from pygments import formatters, highlight, lexers  # noqa: PLC0415 - may be missing
    except ImportError:
        return text
    coloured: str = highlight(text, lexers.JsonLexer(), formatters.TerminalFormatter())
    return coloured.rstrip("\n")
