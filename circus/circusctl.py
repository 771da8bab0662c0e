"""``circusctl``: ask the daemon from a shell (spec §1.2)."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

from circus import __version__, commands
from circus.commands import words
from circus.commands.declare import flag, option
from circus.commands.kinds import SECONDS, Kind
from circus.exc import ArgumentError, CallError, UnknownCommand
from circus.wire.frames import ENDPOINT, make_message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from circus.commands.declare import Command

USAGE = "circusctl [options] command [args]"
VERSION = f"circusctl {__version__}"
DESCRIPTION = "Controls a Circus daemon"

OK, FAILED, USAGE_ERROR, REFUSED = 0, 1, 2, 3
"""The exit codes of spec §1.2."""

OPTIONS = (
    option("endpoint", Kind("endpoint"), "connection endpoint, or CIRCUSCTL_ENDPOINT"),
    option("timeout", SECONDS, "seconds to wait for the answer, 5 if not said"),
    flag("json", "output to JSON"),
    flag("help", "show help and exit, of a command if there is one"),
    flag("version", "display version and exit"),
)


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line.

    :param args: its words, those of the process if None
    :returns: the exit code
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = run(sys.argv[1:] if args is None else args)
        sys.stdout.flush()
    except words.UsageError as problem:
        program = os.path.basename(sys.argv[0])
        return complain(f"usage: {USAGE}\n{program}: error: {problem}", USAGE_ERROR)
    except (ArgumentError, CallError) as problem:
        return complain(str(problem), FAILED)
    except KeyboardInterrupt:
        return FAILED
    except BrokenPipeError:  # nobody reads on; nor shall the interpreter try to at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return code


def run(line: Sequence[str]) -> int:
    """Carry out one line.

    :raises ArgumentError: the line makes no command
    :raises CallError: no answer came
    """
    given, rest = words.split(line, OPTIONS, verb=True)
    if "version" in given:
        return tell(VERSION)
    if not rest:
        return tell(general_help()) if "help" in given else complain(general_help(), USAGE_ERROR)
    command = find(rest[0])
    properties = {} if "help" in given else words.read(command, rest[1:])
    if "help" in given or "help" in properties:
        return tell(help_about(command, "help" in given))
    endpoint = given.get("endpoint") or os.environ.get("CIRCUSCTL_ENDPOINT") or ENDPOINT
    answer = ask(endpoint, given.get("timeout", 5.0), command.name, properties)
    return show(command, answer, "json" in given)


def find(verb: str) -> Command:
    """Return the declaration of a verb.

    :raises UsageError: there is none
    """
    try:
        return commands.find(verb)
    except UnknownCommand:
        raise words.UsageError(f"unrecognized arguments: {verb}") from None


def ask(endpoint: str, timeout: float, verb: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Ask the daemon.

    :raises CallError: no answer came; it says where it was sought, why, and what to do
    """
    from circus.client import CircusClient  # noqa: PLC0415 - help and usage errors do without ZMQ

    client = CircusClient(endpoint=endpoint, timeout=timeout)
    try:
        answer: dict[str, Any] = client.call(make_message(verb, **properties))
    except CallError as problem:
        from circus.cli.advice import advice  # noqa: PLC0415 - needed for failures only

        raise CallError(f"{problem}\n{advice(endpoint, timeout)}") from None
    finally:
        client.stop()
    return answer


def show(command: Command, answer: Mapping[str, Any], as_json: bool) -> int:
    """Print an answer; an error goes to stderr unless JSON is wanted."""
    code = REFUSED if answer.get("status") == "error" else OK
    if as_json:
        tell(json.dumps(answer))
    elif code:
        complain(command.text(answer), code)
    else:
        tell(command.text(answer))
    return code


def general_help() -> str:
    """Return what ``circusctl --help`` prints."""
    from circus.commands import helptext  # noqa: PLC0415 - needed for help only

    titles = [(verb, command.title) for verb, command in commands.get_commands().items()]
    options = [(helptext.spelled(arg), arg.about) for arg in OPTIONS]
    return "\n".join(
        [
            f"usage: {USAGE}\n\n{DESCRIPTION}\n\nCommands:",
            helptext.rows(titles),
            "\noptions:",
            helptext.rows(options),
        ]
    )


def help_about(command: Command, whole: bool) -> str:
    """Return the help of a command: its whole documentation, or its form only."""
    from circus.commands import helptext  # noqa: PLC0415 - needed for help only

    return helptext.long_help(command) if whole else helptext.short_help(command)


def tell(text: str) -> int:
    """Print to stdout.

    :returns: the exit code of success
    """
    sys.stdout.write(f"{text}\n")
    return OK


def complain(text: str, code: int) -> int:
    """Print to stderr.

    :returns: the exit code
    """
    sys.stderr.write(f"{text}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
