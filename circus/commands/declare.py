"""A command is declared once.

``@command`` stands over a handler and says the verb, its title, its arguments and their kinds. From
that come the check of a request (:meth:`Command.check`), the command line with its usage and help
(:mod:`circus.commands.words`), and the text for people (:meth:`Command.text`).

A handler gets the fleet and one keyword argument for each argument. What it is to do begins when it
is called. It returns the answer's fields, or :class:`Later` when they will be known later; whether
a client waits for that is not the handler's business.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, NamedTuple

from circus.commands.kinds import FLAG, Kind
from circus.exc import ArgumentError, MessageError
from circus.wire.frames import make_message

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from circus.commands.ports import Fleet

    Answer = Mapping[str, Any]
    Handler = Callable[..., "Answer | Later"]

REQUIRED: Any = object()
"""The default of an argument that has none."""

DEALER, SUBSCRIBER = "dealer", "sub"
"""How a client carries a command out: it asks and is answered, or it listens to events."""

DECLARED: dict[str, Command] = {}
"""Every verb whose file is imported."""


def no_fields(_result: Any) -> Answer:
    """Shape of an answer that says no more than that it is done."""
    return {}


def as_info(result: Any) -> Answer:
    """Shape of the answer of a single watcher's start, stop, restart and reload (spec §4.3)."""
    return {"info": result}


class Later(NamedTuple):
    """An answer that will be known later.

    :param result: resolves when the goal is met
    :param shape: makes the answer's fields of the result
    """

    result: Awaitable[Any]
    shape: Callable[[Any], Answer] = no_fields


class Arg(NamedTuple):
    """One argument: a property on the wire, and a word or an option on the command line.

    :param name: the property
    :param kind: what it may be
    :param about: what it means, in a few words
    :param default: what the handler gets when it is missing; None counts as missing
    :param place: ``word``, ``rest`` (all remaining words), ``option``, or ``wire`` (nowhere)
    :param flag: the option's spelling
    :param stores: what an option without a value sends
    :param also: other names on the wire
    :param short: the option's spelling with one dash, if it has one
    """

    name: str
    kind: Kind
    about: str
    default: Any = REQUIRED
    place: str = "word"
    flag: str = ""
    stores: Any = None
    also: tuple[str, ...] = ()
    short: str = ""

    @property
    def required(self) -> bool:
        """Whether it must be there."""
        return self.default is REQUIRED

    def value(self, properties: Mapping[str, Any]) -> Any:
        """Take the argument out of a request's properties, checked.

        :raises MessageError: it is missing, or not of its kind
        """
        for name in (self.name, *self.also):
            value = properties.get(name)
            if value is not None:
                return self.kind.check(name, value)
        if self.required:
            raise MessageError(f"message invalid '{self.name}' is missing")
        return self.default


def word(name: str, kind: Kind, about: str, default: Any = REQUIRED) -> Arg:
    """Declare a word of the command line."""
    return Arg(name, kind, about, default)


def rest(name: str, kind: Kind, about: str, default: Any = REQUIRED) -> Arg:
    """Declare the argument that takes all remaining words."""
    return Arg(name, kind, about, default, place="rest")


def option(name: str, kind: Kind, about: str, default: Any = None, short: str = "") -> Arg:
    """Declare an option that takes a value."""
    return Arg(name, kind, about, default, "option", f"--{name}", short=short)


def flag(name: str, about: str, spelling: str = "", stores: bool = True, short: str = "") -> Arg:
    """Declare an option without a value; it sends *stores*, and its default is the opposite."""
    spelled = f"--{spelling or name}"
    return Arg(name, FLAG, about, not stores, "option", spelled, stores, short=short)


def wire(name: str, kind: Kind, about: str, default: Any = None, also: tuple[str, ...] = ()) -> Arg:
    """Declare a property that has no place on the command line."""
    return Arg(name, kind, about, default, "wire", also=also)


WAITING = flag("waiting", "answer when it is done, not when it has begun")
"""Belongs to every verb that waits; the wire reads it, no handler gets it."""


def fine(_answer: Answer) -> str:
    """Text of an answer that has nothing to tell."""
    return "ok"


def refused(answer: Answer) -> str:
    """Text of an error."""
    return f"error: {answer.get('reason')}"


class Command(NamedTuple):
    """The declaration of one verb.

    :param name: the verb
    :param title: its first line of help
    :param args: its arguments, in the order in which they are checked
    :param handler: what it does
    :param waits: it takes time; a client may ask for the answer when it is done
    :param show: makes text for people of a good answer
    :param miscount: what is said when the number of words is wrong (spec §4.0)
    :param lenient: surplus words are ignored
    :param refusal: makes text for people of an error
    :param msg_type: DEALER, or SUBSCRIBER for a command that the daemon refuses
    :param reads: it only tells, and changes nothing
    """

    name: str
    title: str
    args: tuple[Arg, ...]
    handler: Handler
    waits: bool = False
    show: Callable[[Answer], str] = fine
    miscount: str = "Invalid number of arguments"
    lenient: bool = False
    refusal: Callable[[Answer], str] = refused
    msg_type: str = DEALER
    reads: bool = False

    @property
    def places(self) -> list[Arg]:
        """What may stand without dashes on the command's line, in its order."""
        return [arg for arg in self.args if arg.place in {"word", "rest"}]

    @property
    def about(self) -> str:
        """The long documentation."""
        return self.handler.__doc__ or ""

    def check(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Turn the properties of a request into the handler's arguments.

        :raises MessageError: the first thing that is wrong, in the order of declaration
        """
        missing = [arg for arg in self.args if arg.required and arg.name not in properties]
        if missing:
            missing[0].value(properties)
        return {arg.name: arg.value(properties) for arg in self.args}

    def run(self, fleet: Fleet, properties: Mapping[str, Any]) -> Answer | Later:
        """Check a request and do what it asks for.

        :raises CircusError: why it cannot be done
        """
        return self.handler(fleet, **self.check(properties))

    def assign(self, plain: Sequence[str]) -> dict[str, Any]:
        """Give each word of a line its place, the optional ones from the left as far as they go.

        :raises ArgumentError: there are too few words or too many, or one of them is wrong
        """
        spare = len(plain) - sum(arg.kind.least for arg in self.places if arg.required)
        if spare < 0:
            raise ArgumentError(self.miscount)
        properties: dict[str, Any] = {}
        left = [*plain]
        for arg in self.places:
            if arg.place == "rest":
                properties[arg.name], left = arg.kind.read_all(left), []
            elif arg.required or spare:
                spare -= not arg.required
                properties[arg.name] = arg.kind.read(left.pop(0))
        if left and not self.lenient:
            raise ArgumentError(self.miscount)
        return properties

    def requests(self, plain: Sequence[str], given: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return what a line asks for, as requests; only an old-style command makes several.

        :param plain: its words
        :param given: the values of its options
        :raises ArgumentError: as :meth:`assign`
        """
        return [make_message(self.name, **self.assign(plain), **given)]

    def text(self, answer: Answer) -> str:
        """Turn an answer into text for people (spec §4.0)."""
        return self.refusal(answer) if answer.get("status") == "error" else self.show(answer)


def command(
    name: str,
    title: str,
    *args: Arg,
    waits: bool = False,
    show: Callable[[Answer], str] = fine,
    miscount: str = "Invalid number of arguments",
    lenient: bool = False,
    refusal: Callable[[Answer], str] = refused,
    msg_type: str = DEALER,
    reads: bool = False,
) -> Callable[[Handler], Command]:
    """Declare a command; see :class:`Command` for the arguments."""

    def declare(handler: Handler) -> Command:
        declared = Command(
            name, title, args, handler, waits, show, miscount, lenient, refusal, msg_type, reads
        )
        DECLARED[name] = declared
        return declared

    return declare


def old_class(name: str, declared: Command) -> Callable[[str], Any]:
    """Make the ``__getattr__`` of a verb's module: it knows the class that Circus had for the verb.

    The class is made when it is asked for; ``circusctl`` does without.

    :param name: the name of the class
    """

    def find(asked: str) -> Any:
        if asked != name:
            raise AttributeError(f"module {declared.handler.__module__!r} has no {asked!r}")
        return importlib.import_module("circus.commands.base").old_class(name, declared)

    return find
