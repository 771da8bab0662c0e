"""The prompt of circusctl: the same commands, one line after the other (spec §1.2)."""

from __future__ import annotations

import cmd
import contextlib
import io
import shlex
import sys
from typing import TYPE_CHECKING

from circus import commands
from circus.cli import complete, editing
from circus.cli.complete import Candidate
from circus.commands import helptext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from circus.commands.ports import Known

PROMPT = "(circusctl) "
HELP, END = "help", "EOF"


def run(act: Callable[[Sequence[str]], object], known: Known) -> None:
    """Read lines and carry them out, until the end of the input or Ctrl-C.

    :param act: carries out the words of one command, and tells what goes wrong
    :param known: the daemon, for completion
    """
    read = editing.reader(lambda line: candidates(line, known))
    act(["status"])
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            obey(read(PROMPT), act)
    sys.stdout.write("\n")


def obey(line: str, act: Callable[[Sequence[str]], object]) -> None:
    """Carry out one line; an empty one does nothing.

    :raises EOFError: the line says that it is the last
    """
    try:
        words = shlex.split(line)
    except ValueError as problem:
        sys.stderr.write(f"cannot read the line: {problem}\n")
        return
    if not words:
        return
    if words[0] == END:
        raise EOFError
    if words[0] == HELP:
        sys.stdout.write(f"{help_about(words[1:])}\n")
    elif words[0].lower() in commands.get_commands():
        act(words)
    else:
        sys.stdout.write(f"*** Unknown syntax: {line.strip()}\n")


def help_about(words: Sequence[str]) -> str:
    """Return the list of all commands, or the help of one."""
    declared = commands.get_commands()
    if not words:
        return "\n".join(
            [
                *_topics("Documented commands (type help <topic>):", [*declared, HELP]),
                *_topics("Undocumented commands:", [END]),
            ]
        )
    verb = words[0].lower()
    return helptext.long_help(declared[verb]) if verb in declared else f"*** No help on {words[0]}"


def _topics(title: str, names: Iterable[str]) -> list[str]:
    """Return a list of names under its title, in columns, as Python's own cmd prints it."""
    columns = io.StringIO()
    cmd.Cmd(stdout=columns).columnize(sorted(names))
    return ["", title, "=" * len(title), *columns.getvalue().splitlines()]


def candidates(line: str, known: Known) -> list[Candidate]:
    """Return what may stand at the end of a line of the prompt."""
    *before, current = complete.cut(line) or [""]
    if not before:
        found: Iterable[Candidate] = [*complete.verbs(), Candidate(HELP, "Explain a command")]
    elif before[0] == HELP:
        found = complete.verbs()
    else:
        found = complete.after(before, current, known)
    return complete.fitting(found, current)
