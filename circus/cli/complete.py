"""What may stand next on a line: for the three shells and for the prompt.

All of it comes from the declarations: the verbs with their titles, the options with what they mean,
and for each argument its kind, which completes itself. What only a running daemon knows is asked of
it; where none runs nothing is offered, and nothing is said.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, NamedTuple

from circus import commands
from circus.client import CircusClient
from circus.commands.words import UsageError, options_of, parts, split
from circus.exc import CallError, UnknownCommand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from circus.commands.declare import Arg, Command
    from circus.commands.ports import Known

PATIENCE = 1.0
"""Seconds that somebody who pressed TAB waits for the daemon at most."""
CURSOR = "\0"


class Candidate(NamedTuple):
    """One word that may stand at the cursor.

    :param word: the word, not quoted
    :param about: what it means, or nothing
    """

    word: str
    about: str = ""


class Daemon:
    """What the daemon at an endpoint knows (:class:`circus.commands.ports.Known`)."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def watchers(self) -> Iterable[str]:
        """Return the names of the watchers."""
        return list(self._ask("statuses", "status"))

    def pids(self, name: str) -> Iterable[str]:
        """Return the pids of a watcher's processes."""
        return [str(pid) for pid in self._ask("pids", "list", name=name)]

    def options(self, name: str) -> Iterable[str]:
        """Return the names of a watcher's options."""
        return list(self._ask("options", "options", name=name))

    def _ask(self, key: str, verb: str, **properties: Any) -> Any:
        try:
            client = CircusClient(endpoint=self._endpoint, timeout=PATIENCE)
        except CallError:
            return ()
        try:
            return client.send_message(verb, **properties).get(key, ())
        except CallError:
            return ()
        finally:
            client.stop()


def shell(line: str, options: Sequence[Arg], connect: Callable[[Mapping[str, Any]], Known]) -> str:
    """Complete a line of a shell.

    :param line: the line up to the cursor, the program's name included
    :param options: those of the program
    :param connect: makes the daemon out of the options that are on the line
    :returns: a line for each candidate: the word, and if it is known a tab and what it means
    """
    *before, current = cut(line)[1:] or [""]
    try:
        given, rest = split(before, options, verb=True)
    except UsageError:  # an option that lacks its value: nobody knows it
        return ""
    if rest:
        found = after(rest, current, connect(given))
    else:
        found = _flags(options) if current.startswith("-") else verbs()
    return "\n".join("\t".join(filter(None, one)) for one in fitting(found, current))


def cut(line: str) -> list[str]:
    """Cut a line up to the cursor into words, the last of which is begun; quotes may be open."""
    for quote in ("", "'", '"'):
        try:
            words = shlex.split(line + CURSOR + quote)
        except ValueError:
            continue
        return [word.replace(CURSOR, "") for word in words]
    return [line]


def fitting(candidates: Iterable[Candidate], current: str) -> list[Candidate]:
    """Return the candidates that begin like the current word, in any case."""
    return [one for one in candidates if one.word.lower().startswith(current.lower())]


def verbs() -> Iterator[Candidate]:
    """Return all verbs with their titles."""
    return (Candidate(verb, one.title) for verb, one in commands.get_commands().items())


def after(words: Sequence[str], current: str, known: Known) -> Iterable[Candidate]:
    """Return what may stand behind a verb.

    :param words: the verb and what follows it up to the current word
    """
    try:
        command = commands.find(words[0])
    except UnknownCommand:
        return ()
    options = options_of(command)
    last = next((arg for arg in options if arg.flag == words[-1] and arg.stores is None), None)
    if last is not None:
        return map(Candidate, last.kind.complete(known, {}))
    if current.startswith("-"):
        return _flags(options)
    try:
        return map(Candidate, _words(command, parts(command, words[1:])[1], known))
    except UsageError:
        return ()


def _flags(options: Iterable[Arg]) -> list[Candidate]:
    return [Candidate(arg.flag, arg.about) for arg in options]


def _words(command: Command, plain: Sequence[str], known: Known) -> Iterator[str]:
    """Yield what the argument may be that comes next; behind an optional one it may be either."""
    places, at = command.places, len(plain)
    said = {
        arg.name: plain[n:] if arg.place == "rest" else plain[n : n + 1]
        for n, arg in enumerate(places)
    }
    for n, arg in enumerate(places):
        needed = sum(other.required for other in places[:n])
        if needed <= at and (at <= n or arg.place == "rest"):
            yield from arg.kind.complete(known, said)
