"""The page of commands, from circus.commands."""

from __future__ import annotations

import inspect

from circus.commands import get_commands
from circus.commands.declare import REQUIRED, WAITING, Arg, Command
from circus.commands.helptext import usage
from docs import rst


def page() -> str:
    """Return the page."""
    commands = get_commands()
    index = [(f":ref:`{name} <command-{name}>`", c.title) for name, c in commands.items()]
    return "\n".join(
        [
            rst.heading("Commands"),
            "Each can be given to ``circusctl`` and sent as JSON to the ``endpoint``:",
            '``{"id": "1", "command": "incr", "properties": {"name": "web", "nb": 2}}``.\n',
            "A command that takes time answers as soon as it has begun. With ``waiting`` it",
            "answers when it is done, or when a newer command took over.\n",
            rst.table(("command", "what it does"), index),
            *(_section(command) for command in commands.values()),
        ]
    )


def _section(command: Command) -> str:
    args = [*command.args, *([WAITING] if command.waits else [])]
    lines = [(rst.code(arg.name), arg.about, _default(arg)) for arg in args]
    return "\n".join(
        [
            f".. _command-{command.name}:\n",
            rst.heading(command.name, "-"),
            f"{command.title}: ``circusctl {usage(command)}``\n",
            inspect.cleandoc(command.about) + "\n",
            *([rst.table(("property", "meaning", "default"), lines)] if args else []),
        ]
    )


def _default(arg: Arg) -> str:
    return "needed" if arg.default is REQUIRED else rst.code(arg.default)
