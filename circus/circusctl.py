"""``circusctl``: ask the daemon from a shell (spec §1.2)."""

from __future__ import annotations

import json
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from circus import __version__, commands
from circus.commands import words
from circus.commands.declare import SUBSCRIBER, flag, option
from circus.commands.kinds import SECONDS, Kind
from circus.exc import ArgumentError, CallError, UnknownCommand
from circus.wire.frames import ENDPOINT, make_message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from circus.commands.declare import Command

USAGE = "circusctl [options] command [args]"
VERSION = f"circusctl {__version__}"
DESCRIPTION = "Controls a Circus daemon"

OK, FAILED, USAGE_ERROR, REFUSED = 0, 1, 2, 3
"""The exit codes of spec §1.2."""

TIMEOUT = 5.0
"""Seconds to wait for an answer if nobody says how many."""

COMPLETE = "--complete"
"""How the completion scripts call back; see :mod:`circus.cli.scripts`."""
AUTO_COMPLETE = "AUTO_COMPLETE"
"""The variable by which the completion script of Circus asks."""

OPTIONS = (
    option("endpoint", Kind("endpoint"), "connection endpoint, or CIRCUSCTL_ENDPOINT"),
    option("timeout", SECONDS, "seconds to wait for the answer, 5 if not said"),
    flag("json", "output to JSON"),
    flag("prettify", "with --json: on many lines, and sorted"),
    option("ssh", Kind("server"), "user@host:port, to reach the daemon through ssh"),
    option("ssh_keyfile", Kind("file"), "private key for --ssh"),
    option("completion", Kind("shell"), "print the completion of bash, zsh or fish"),
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
    return guarded(run, sys.argv[1:] if args is None else args)


def guarded(act: Callable[..., int], *args: Any) -> int:
    """Do something; what goes wrong is told, and becomes an exit code."""
    try:
        code = act(*args)
        sys.stdout.flush()
    except words.UsageError as problem:
        program = os.path.basename(sys.argv[0])
        return complain(f"usage: {USAGE}\n{program}: error: {problem}", USAGE_ERROR)
    except (ArgumentError, CallError, ImportError) as problem:
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
    :raises ImportError: what an option needs is not installed
    """
    if AUTO_COMPLETE in os.environ:
        return auto_completed()
    if line and line[0] == COMPLETE:
        return completed(line[1:])
    try:
        given, rest = words.split(line, OPTIONS, verb=True)
    except ArgumentError as problem:  # of an option before the verb: that is a usage error
        raise words.UsageError(str(problem)) from None
    if "version" in given:
        return tell(VERSION)
    if "completion" in given:
        from circus.cli import scripts  # noqa: PLC0415 - needed once in a shell's life

        return tell(scripts.script(given["completion"]))
    if "help" in given:
        return tell(help_about(find(rest[0]), whole=True) if rest else general_help())
    return say(given, rest) if rest else prompt(given)


def find(verb: str) -> Command:
    """Return the declaration of a verb.

    :raises UsageError: there is none
    """
    try:
        return commands.find(verb)
    except UnknownCommand:
        raise words.UsageError(f"unrecognized arguments: {verb}") from None


def say(given: Mapping[str, Any], line: Sequence[str]) -> int:
    """Carry out one command.

    :param given: the options that stand before it
    :param line: the verb and what follows it
    :returns: the exit code
    """
    command = find(line[0])
    requests = words.read(command, line[1:])
    if not requests:
        return tell(help_about(command, whole=False))
    if command.msg_type == SUBSCRIBER:
        from circus.cli import listen  # noqa: PLC0415 - for one verb only

        listen.run(requests[0]["properties"].get("topics", ()), **events(given))
        return OK
    there = endpoint(given)
    if command.name == "tail":
        return follow(command, there, given, requests[0])
    codes = []
    for number, request in enumerate(requests):
        label = f"{number}: " if len(requests) > 1 else ""
        codes.append(show(command, ask(there, given, request), given, label))
    return max(codes)


def endpoint(given: Mapping[str, Any]) -> str:
    """Return where to ask: the end of the tunnel if there is one."""
    if "reached" in given:
        return str(given["reached"])
    there: str = given.get("endpoint") or os.environ.get("CIRCUSCTL_ENDPOINT") or ENDPOINT
    if "ssh" not in given:
        return there
    from circus.tunnel import through  # noqa: PLC0415 - needed with --ssh only

    return through(given["ssh"], there, given.get("ssh_keyfile"))


def events(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return where to listen, as arguments of CircusConsumer.

    ``--endpoint`` is that place for a single command. A prompt knows where the daemon answers, and
    asks it where it publishes.
    """
    where = {"endpoint": given.get("endpoint")}
    if "reached" in given:
        question = make_message("globaloptions", option="pubsub_endpoint")
        where["endpoint"] = ask(given["reached"], given, question)["options"]["pubsub_endpoint"]
    where |= {"ssh_server": given.get("ssh"), "ssh_keyfile": given.get("ssh_keyfile")}
    return {name: value for name, value in where.items() if value}


def ask(there: str, given: Mapping[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """Ask the daemon.

    :raises CallError: no answer came; it says where it was sought, why, and what to do
    """
    from circus.client import CircusClient  # noqa: PLC0415 - help and usage errors do without ZMQ

    timeout = given.get("timeout", TIMEOUT)
    if as_table(given):
        from circus.cli import table  # noqa: PLC0415 - for people at a terminal

        table.prepare(request)
    client = CircusClient(endpoint=there, timeout=timeout)
    try:
        with progress(there, request):
            answer: dict[str, Any] = client.call(request)
    except CallError as problem:
        from circus.cli.advice import advice  # noqa: PLC0415 - needed for failures only

        raise CallError(f"{problem}\n{advice(there, timeout)}") from None
    finally:
        client.stop()
    return answer


def progress(there: str, request: Mapping[str, Any]) -> AbstractContextManager[None]:
    """Show how far the work has come, where somebody at a terminal waits for it."""
    properties = request["properties"]
    if not (properties.get("waiting") and sys.stderr.isatty()):
        return nullcontext()
    from circus.cli.progress import Progress  # noqa: PLC0415 - for people at a terminal

    return Progress(there, properties.get("name"))


def as_table(given: Mapping[str, Any]) -> bool:
    """Say whether answers are for people at a terminal, not for a script."""
    return "json" not in given and sys.stdout.isatty()


def show(
    command: Command, answer: Mapping[str, Any], given: Mapping[str, Any], label: str = ""
) -> int:
    """Print an answer; an error goes to stderr unless JSON is wanted."""
    code = REFUSED if answer.get("status") == "error" else OK
    if "json" in given:
        tell(label + as_json(answer, "prettify" in given))
    elif code:
        complain(label + command.text(answer), code)
    else:
        text = None
        if as_table(given):
            from circus.cli import table  # noqa: PLC0415 - for people at a terminal

            text = table.text(command.name, answer, table.colourful())
        tell(label + (command.text(answer) if text is None else text))
    return code


def follow(
    command: Command, there: str, given: Mapping[str, Any], request: Mapping[str, Any]
) -> int:
    """Print what processes wrote, and perhaps what they go on to write."""
    from circus.cli import tail  # noqa: PLC0415 - for one verb only

    def shown(answer: Mapping[str, Any]) -> int:
        plain = "json" not in given and answer.get("status") != "error"
        return tail.write(answer) if plain else show(command, answer, given)

    return tail.run(there, given.get("timeout", TIMEOUT), request, shown)


def as_json(answer: Mapping[str, Any], pretty: bool) -> str:
    """Return an answer as JSON: on one line, or for people."""
    if not pretty:
        return json.dumps(answer)
    from circus.cli import pretty as printer  # noqa: PLC0415 - needed with --prettify only

    return printer.json_text(answer)


def prompt(given: Mapping[str, Any]) -> int:
    """Read commands and carry them out, one line after the other."""
    from circus.cli import complete, prompt  # noqa: PLC0415 - a one-shot command does without
    from circus.client import Connection  # noqa: PLC0415 - as ever

    tell(VERSION)
    given = {**given, "reached": endpoint(given)}
    tunnel = Connection(endpoint=given["reached"]) if "ssh" in given else None  # keeps it open
    try:
        known = complete.Daemon(given["reached"])
        prompt.run(lambda line: guarded(say, given, line), known)
    finally:
        if tunnel is not None:
            tunnel.stop()
    return OK


def completed(line: Sequence[str]) -> int:
    """Print what may stand at the end of a line; for the completion scripts of the shells."""
    from circus.cli import complete  # noqa: PLC0415 - for the scripts only

    try:
        text = complete.shell(
            "".join(line), OPTIONS, lambda given: complete.Daemon(endpoint(given))
        )
    except (CallError, ImportError):  # a tunnel that cannot be opened
        return FAILED
    return tell(text) if text else OK


def auto_completed() -> int:
    """Print the verbs that the first word may become; for the completion script of Circus.

    :returns: the exit code, which says nothing
    """
    words_so_far = os.environ.get("COMP_WORDS", "").split()
    if os.environ.get("COMP_CWORD") == "1":
        begun = words_so_far[1] if len(words_so_far) > 1 else ""
        tell(" ".join(sorted(verb for verb in commands.get_commands() if verb.startswith(begun))))
    return FAILED


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
