"""The command line of a command: words into properties, by its declaration.

Options may stand anywhere, are known by any beginning that fits one only, and take their value as
``--match simple`` or ``--match=simple``. Once the argument that takes all remaining words has
begun, only options spelled in full are taken out, and a word with a dash that is none belongs to
it; after ``--`` everything does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from circus.commands.declare import WAITING, Arg, Command, flag
from circus.exc import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HELP = flag("help", "show this help")


class UsageError(ArgumentError):
    """A command line that nobody can read."""

    exit_code = 2


def options_of(command: Command) -> list[Arg]:
    """Return what may stand with dashes on the command's line."""
    own = [arg for arg in command.args if arg.place == "option"]
    return [*own, *([WAITING] if command.waits else []), HELP]


def read(command: Command, words: Sequence[str]) -> list[dict[str, Any]]:
    """Turn the words behind a verb into requests; into none when help is wanted.

    :raises ArgumentError: the number of words is wrong, or one of them
    :raises UsageError: an option is unknown or lacks its value
    """
    given, plain = parts(command, words)
    return [] if HELP.name in given else command.requests(plain, given)


def parts(command: Command, words: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Tell the options behind a verb from its plain words; see :func:`split`."""
    rest = next((n for n, arg in enumerate(command.places) if arg.place == "rest"), None)
    return split(words, options_of(command), rest)


def split(
    words: Sequence[str], options: Sequence[Arg], rest: int | None = None, verb: bool = False
) -> tuple[dict[str, Any], list[str]]:
    """Take the options out of a line.

    :param rest: the place at which the argument begins that takes all remaining words
    :param verb: everything from the first plain word on is left alone
    :returns: the options' values by property, and the plain words
    :raises UsageError: an option is unknown or lacks its value
    """
    given: dict[str, Any] = {}
    plain: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        begun = rest is not None and len(plain) > rest
        if word == "--":
            return given, plain + left
        if not _is_option(word) or (begun and not _exact(word, options)):
            plain.append(word)
            if verb:
                return given, plain + left
            continue
        arg, text = _option(word, options)
        given[arg.name] = arg.stores if arg.stores is not None else _value(arg, text, left)
    return given, plain


def _is_option(word: str) -> bool:
    """Say whether it begins with a dash and is neither a lone dash nor a negative number."""
    return word.startswith("-") and word != "-" and not word[1].isdigit()


def _exact(word: str, options: Iterable[Arg]) -> bool:
    name = word.partition("=")[0]
    return any(name in {arg.flag, arg.short} for arg in options)


def _option(word: str, options: Sequence[Arg]) -> tuple[Arg, str | None]:
    name, equals, text = word.partition("=")
    fitting = [arg for arg in options if name in {arg.flag, arg.short}] or [
        arg for arg in options if name.startswith("--") and arg.flag.startswith(name)
    ]
    if len(fitting) > 1:
        could = ", ".join(arg.flag for arg in fitting)
        raise UsageError(f"ambiguous option: {name} could match {could}")
    if not fitting or (equals and fitting[0].stores is not None):
        raise UsageError(f"unrecognized arguments: {word}")
    return fitting[0], text if equals else None


def _value(arg: Arg, text: str | None, left: list[str]) -> Any:
    if text is None:
        if not left:
            raise UsageError(f"argument {arg.flag}: expected one argument")
        text = left.pop(0)
    return arg.kind.read(text)
