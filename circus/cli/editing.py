"""Reading lines at a terminal: they can be edited, earlier ones come back, and TAB completes.

prompt_toolkit does it where it is installed (``circus[prompt]``), otherwise readline, otherwise
nobody. Earlier lines are kept in a file that only its owner can read: a ``set`` may hold a secret.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from circus.cli.complete import Candidate

    Read = Callable[[str], str]
    """Shows a prompt and returns a line; EOFError when there is none left."""
    Complete = Callable[[str], Sequence[Candidate]]
    """Returns what may stand at the end of a line."""

KEPT = 1000
"""How many earlier lines come back."""


def reader(complete: Complete) -> Read:
    """Return the best way to read a line here."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return input
    history = History(place())
    for way in (with_prompt_toolkit, with_readline):
        with contextlib.suppress(ImportError):
            return way(complete, history)
    return input


def place(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the file of earlier lines; None when there is no home for it."""
    home = environment.get("HOME")
    state = environment.get("XDG_STATE_HOME") or (home and f"{home}/.local/state")
    return f"{state}/circus/history" if state else None


class History:
    """The earlier lines, in a file. What goes wrong with it is no reason to complain.

    :param path: the file, or None
    """

    def __init__(self, path: str | None) -> None:
        self._path = path

    def lines(self) -> list[str]:
        """Return the latest of them, the oldest first."""
        with contextlib.suppress(OSError), open(self._path or "", errors="replace") as file:
            return file.read().splitlines()[-KEPT:]
        return []

    def add(self, line: str) -> None:
        """Keep a line, unless it is empty."""
        if line.strip() and self._path:
            with contextlib.suppress(OSError):
                os.makedirs(os.path.dirname(self._path), 0o700, exist_ok=True)
                flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
                with os.fdopen(os.open(self._path, flags, 0o600), "a") as file:
                    file.write(f"{line}\n")


def with_readline(complete: Complete, history: History) -> Read:
    """Read by readline, which is part of Python.

    :raises ImportError: of this Python it is not
    """
    import readline  # noqa: PLC0415 - a Python may be built without

    found: list[str] = []

    def choose(_text: str, state: int) -> str | None:
        if state == 0:
            line = readline.get_line_buffer()[: readline.get_endidx()]
            found[:] = [f"{shlex.quote(one.word)} " for one in complete(line)]
        return found[state] if state < len(found) else None

    def read(prompt: str) -> str:
        line = input(prompt)
        history.add(line)
        return line

    for line in history.lines():
        readline.add_history(line)
    readline.set_completer(choose)
    readline.set_completer_delims(" \t\n")
    readline.parse_and_bind("tab: complete")
    return read


def with_prompt_toolkit(complete: Complete, history: History) -> Read:
    """Read by prompt_toolkit.

    :raises ImportError: it is not installed
    """
    import prompt_toolkit as toolkit  # noqa: PLC0415 - an extra
    from prompt_toolkit.completion import Completer, Completion  # noqa: PLC0415 - an extra
    from prompt_toolkit.history import InMemoryHistory  # noqa: PLC0415 - an extra

    class Offer(Completer):
        def get_completions(self, document: Any, _event: Any) -> Iterator[Completion]:
            line = document.text_before_cursor
            typed = len(line) - max(line.rfind(blank) + 1 for blank in " \t")
            for word, about in complete(line):
                text = shlex.quote(word)
                yield Completion(f"{text} ", -typed, display=text, display_meta=about)

    session: toolkit.PromptSession[str] = toolkit.PromptSession(
        history=InMemoryHistory(history.lines()), completer=Offer(), complete_while_typing=False
    )

    def read(prompt: str) -> str:
        line = session.prompt(prompt)
        history.add(line)
        return line

    return read
