"""Usage and help of a command, all from its declaration."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from circus.commands.declare import WAITING, Arg, Command
from circus.commands.words import HELP, options_of

if TYPE_CHECKING:
    from collections.abc import Iterable

COLUMN = 22
"""How wide the first column of a help text is."""


def usage(command: Command) -> str:
    """Return the command's form on one line, such as ``incr <name> [<nb>] [--waiting]``."""
    words = [_shown(arg) for arg in command.places]
    dashed = [f"[{_long(arg)}]" for arg in options_of(command) if arg is not HELP]
    return " ".join([command.name, *words, *dashed])


def _shown(arg: Arg) -> str:
    name = f"<{arg.kind.metavar}>"
    if arg.place == "rest":
        name += "…"
    return name if arg.required else f"[{name}]"


def spelled(arg: Arg) -> str:
    """Return an option as it is shown, with its value if it takes one."""
    return f"{arg.short}, {_long(arg)}" if arg.short else _long(arg)


def _long(arg: Arg) -> str:
    return arg.flag if arg.stores is not None else f"{arg.flag} {arg.name.upper()}"


def short_help(command: Command) -> str:
    """Return the help that ``circusctl VERB --help`` prints."""
    words = [(_shown(arg), arg.about) for arg in command.places]
    options = [(spelled(arg), arg.about) for arg in options_of(command)]
    return "\n\n".join(
        [
            f"usage: circusctl [options] {usage(command)}",
            command.title,
            *(["arguments:\n" + rows(words)] if words else []),
            "options:\n" + rows(options),
        ]
    )


def long_help(command: Command) -> str:
    """Return the whole documentation, which ``circusctl --help VERB`` prints."""
    first, _, more = command.about.partition("\n")
    properties = [
        (arg.name, arg.about + ("" if arg.required else " (optional)")) for arg in command.args
    ]
    if command.waits:
        properties.append((WAITING.name, f"{WAITING.about} (optional)"))
    parts = [
        f"{command.title}\n{'=' * len(command.title)}",
        f"{first}\n{textwrap.dedent(more)}".strip(),
        f"Command line\n------------\n\n  circusctl {usage(command)}",
        *(["Properties\n----------\n\n" + rows(properties)] if properties else []),
    ]
    return "\n\n".join(parts)


def rows(pairs: Iterable[tuple[str, str]]) -> str:
    """Return two columns; a first one that is too long has its line alone."""
    return "\n".join(
        f"  {left:<{COLUMN}}{right}" if len(left) < COLUMN else f"  {left}\n  {'':{COLUMN}}{right}"
        for left, right in pairs
    )
