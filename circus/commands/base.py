"""Commands in Circus's old form, for programs that have their own and for tests that use ours.

A subclass of :class:`Command` that has a name and a docstring is registered by being defined
(spec §11.6). It answers on the wire and is a verb of ``circusctl`` like any other: :class:`Adapted`
is its declaration. The other way round, :func:`old_class` makes the class of that form which Circus
had for each verb out of the verb's declaration.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from circus.commands import declare
from circus.commands.declare import DEALER, DECLARED, WAITING, Arg, Later
from circus.commands.kinds import Kind, Names
from circus.commands.words import HELP, options_of
from circus.exc import ArgumentError, MessageError
from circus.wire.frames import make_message

if TYPE_CHECKING:
    from circus.commands.declare import Answer

Option = tuple[str, str, Any, str]
"""An option of the command line: its short and long name, its default, its help."""


class Command:
    """The root of commands in the old form.

    The first line of the docstring is the title. ``options`` are those of the command line;
    ``properties`` names those that a request must have; ``msg_type`` is ``dealer``, or ``sub`` for
    a command that the daemon refuses.
    """

    name: ClassVar[str] = ""
    options: ClassVar[Sequence[Option]] = ()
    properties: ClassVar[Sequence[str]] = ()
    msg_type: ClassVar[str] = DEALER
    waiting_options: ClassVar[list[Option]] = [("", WAITING.name, False, WAITING.about)]
    desc: ClassVar[str] = ""
    short: ClassVar[str] = ""

    def __init_subclass__(cls, declared: declare.Command | None = None) -> None:
        """Register the command, unless it was made of a declaration."""
        super().__init_subclass__()
        cls.desc = inspect.cleandoc(cls.__doc__ or "")
        cls.short = cls.desc.partition("\n")[0]
        if cls.name and declared is None:
            DECLARED[cls.name.lower()] = adapted(cls())

    def make_message(self, **props: Any) -> dict[str, Any]:
        """Make a request for this command."""
        return make_message(self.name, **props)

    def message(self, *args: Any, **opts: Any) -> Any:
        """Turn a command line into a request.

        :param args: its words
        :param opts: the values of its options
        :returns: a request, or a list of ``{"cmd": command, "msg": request}``
        :raises ArgumentError: the words make no command
        """
        if args:
            raise ArgumentError("Invalid number of arguments")
        return self.make_message(**{name: value for name, value in opts.items() if value})

    def validate(self, props: Mapping[str, Any]) -> None:
        """Refuse a request that lacks a property; MessageError."""
        for name in self.properties:
            if name not in props:
                raise MessageError(f"message invalid '{name}' is missing")

    def execute(self, arbiter: Any, props: Mapping[str, Any]) -> Any:  # noqa: ARG002 - for subclasses
        """Do what is asked for.

        :param arbiter: the daemon
        :returns: an object, a list or None; or an awaitable of one, which is known later
        """
        raise MessageError(f"cannot {self.name}: it does nothing")

    def console_msg(self, msg: Mapping[str, Any]) -> str:
        """Turn an answer into text for people."""
        return declare.refused(msg) if msg.get("status") == "error" else declare.fine(msg)


@functools.cache
def old_class(name: str, declared: declare.Command) -> type[Command]:
    """Make the class that Circus had for a verb.

    :param name: its name in Circus
    :param declared: the verb's declaration, which everything in it comes from
    """
    body = {
        "__doc__": f"{declared.title}\n\n{declared.about}",
        "__module__": declared.handler.__module__,
        "name": declared.name,
        "options": [_old_option(arg) for arg in options_of(declared) if arg is not HELP],
        "properties": [arg.name for arg in declared.args if arg.required],
        "msg_type": declared.msg_type,
        "message": lambda _self, *args, **opts: _request(declared, args, opts),
        "validate": lambda _self, props: declared.check(props) and None,
        "execute": lambda _self, arbiter, props: _Result.of(declared.run(arbiter, props)),
        "console_msg": lambda _self, msg: declared.text(msg),
    }
    made: type[Command] = type(name, (Command,), body, declared=declared)
    return made


def _old_option(arg: Arg) -> Option:
    default = False if arg.stores is not None else arg.default
    return "", arg.flag[2:], default, arg.about


def _request(
    declared: declare.Command, args: Sequence[Any], opts: Mapping[str, Any]
) -> dict[str, Any]:
    """Make a request of words and options that a program gives; numbers may be numbers."""
    given = {}
    for arg in options_of(declared):
        value = opts.get(arg.flag[2:])
        if value or (value is not None and arg.stores is None):
            read = arg.kind.read if isinstance(value, str) else (lambda as_it_is: as_it_is)
            given[arg.name] = read(value) if arg.stores is None else arg.stores
    return declared.requests([str(word) for word in args], given)[0]


class _Result:
    """The fields of an answer that are known later; the work goes on whether or not it is awaited.

    :param later: what the handler returned
    """

    def __init__(self, later: Later) -> None:
        self._later = later

    @classmethod
    def of(cls, result: Answer | Later) -> Any:
        """Return what an old-style ``execute`` returns."""
        return cls(result) if isinstance(result, Later) else result

    def __await__(self) -> Any:
        result = yield from self._later.result.__await__()
        return self._later.shape(result)


class Adapted(declare.Command):
    """The declaration that stands for an old-style command; its handler is ``execute``."""

    __slots__ = ()

    @property
    def old(self) -> Command:
        """The command itself."""
        bound: Any = self.handler
        command: Command = bound.__self__
        return command

    @property
    def about(self) -> str:
        """The long documentation, without the title."""
        return self.old.desc.partition("\n")[2].strip()

    def check(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Let the command validate the properties; it takes them as they come."""
        self.old.validate(properties)
        return dict(properties)

    def run(self, fleet: Any, properties: Mapping[str, Any]) -> Answer | Later:
        """Let the command do what it does."""
        result = self.old.execute(fleet, self.check(properties))
        return Later(result, _fields) if inspect.isawaitable(result) else _fields(result)

    def requests(self, plain: Sequence[str], given: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Let the command make its requests."""
        defaults = {long.replace("-", "_"): default for _, long, default, _ in self.old.options}
        made = self.old.message(*plain, **{**defaults, **given})
        return [one["msg"] for one in made] if isinstance(made, list) else [made]

    def text(self, answer: Answer) -> str:
        """Let the command turn an answer into text."""
        return self.old.console_msg(answer)


def _fields(result: Any) -> Any:
    return {} if result is None else result


def adapted(old: Command) -> Adapted:
    """Return the declaration of an old-style command."""
    own = [option for option in old.options if option[1] != WAITING.name]
    args = (
        declare.rest("args", Names("arg"), "see above", default=()),
        *(declare.wire(name, Kind(name), "see above", declare.REQUIRED) for name in old.properties),
        *(_declared(*option) for option in own),
    )
    return Adapted(
        old.name, old.short, args, old.execute, waits=old.msg_type == DEALER, msg_type=old.msg_type
    )


def _declared(_short: str, long: str, default: Any, about: str) -> Arg:
    name = long.replace("-", "_")
    if isinstance(default, bool):
        return declare.flag(name, about, spelling=long)
    return declare.option(name, Kind(name), about, default)._replace(flag=f"--{long}")
