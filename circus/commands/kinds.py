"""What a property may be. A kind knows how to read, to check and to complete itself.

``read`` turns a word of a command line into the JSON value that is sent; it raises ArgumentError.
``check`` turns a JSON value that came over the wire into what the handler gets; it raises
MessageError. ``complete`` returns what may stand there. The kind that leans on the table of
options lives in :mod:`circus.commands.asked`: a verb that does not need it does not pay for it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from circus.exc import ArgumentError, MessageError
from circus.spec.values import SIGNALS, boolean, signal_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from circus.commands.ports import Known


class Kind:
    """A text, the simplest kind and the root of the others.

    :param metavar: what stands for it in a usage line
    """

    wanted = "isn't a string"
    shape: Mapping[str, Any] = {"type": "string"}
    least = 1  # how many words it takes at least, when it takes all that remain

    def __init__(self, metavar: str) -> None:
        self.metavar = metavar

    def read(self, word: str) -> Any:
        """Turn one word of a command line into a JSON value."""
        return word

    def read_all(self, words: Sequence[str]) -> Any:
        """Turn all remaining words of a command line into a JSON value."""
        return " ".join(words)

    def check(self, name: str, value: Any) -> Any:
        """Turn a JSON value into what the handler gets.

        :param name: the property, for the message
        """
        if not isinstance(value, str):
            self.refuse(name)
        return value

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of what may be sent; some kinds are lenient and take more."""
        return dict(self.shape)

    def complete(self, known: Known, said: Mapping[str, Sequence[str]]) -> Iterable[str]:  # noqa: ARG002 - for the kinds below
        """Return the words that may stand here, as far as they can be known.

        :param known: the daemon
        :param said: the words that were said before, by the property they belong to
        """
        return ()

    def refuse(self, name: str) -> None:
        """Raise the error that says what was wanted."""
        raise MessageError(f"'{name}' {self.wanted}")


class NewName(Kind):
    """The name of a watcher to be: not empty (flaw D13)."""

    shape: Mapping[str, Any] = {"type": "string", "minLength": 1}

    def check(self, name: str, value: Any) -> str:
        """Refuse an empty name."""
        text: str = super().check(name, value)
        if not text.strip():
            raise MessageError(f"'{name}' is empty")
        return text


class WatcherName(Kind):
    """The name of a watcher, or a pattern of names."""

    def complete(self, known: Known, said: Mapping[str, Sequence[str]]) -> Iterable[str]:  # noqa: ARG002 - it depends on nothing else
        """Return the names of the watchers."""
        return known.watchers()


class WholeNumber(Kind):
    """An integer. A numeric text will do: Circus's own circusctl sends some."""

    wanted = "isn't an integer"
    shape: Mapping[str, Any] = {"type": "integer"}

    def read(self, word: str) -> int:
        """Turn a word into an integer."""
        try:
            return int(word)
        except ValueError:
            raise ArgumentError(f"cannot read {word!r}: it isn't an integer") from None

    def check(self, name: str, value: Any) -> int:
        """Refuse what is no integer."""
        if isinstance(value, str):
            try:
                value = int(value)
            except ValueError:
                self.refuse(name)
        if not isinstance(value, int) or isinstance(value, bool):
            self.refuse(name)
        return int(value)


class Amount(WholeNumber):
    """A number of processes more or less."""

    most = 2**31 - 1
    shape: Mapping[str, Any] = {"type": "integer", "minimum": -most, "maximum": most}

    def check(self, name: str, value: Any) -> int:
        """Refuse what no machine has as well."""
        number = super().check(name, value)
        if abs(number) > self.most:
            raise MessageError(f"'{name}' isn't an integer of a size that any machine has")
        return number


class Pid(WholeNumber):
    """The number of a process of the watcher that is named before."""

    def complete(self, known: Known, said: Mapping[str, Sequence[str]]) -> Iterable[str]:
        """Return the pids of that watcher."""
        return known.pids(said["name"][0])


class GivenPid(Pid):
    """A pid that the answer shows as it was given, number or text (spec §4.15)."""

    def check(self, name: str, value: Any) -> Any:
        """Refuse what is no integer; leave it as it is."""
        super().check(name, value)
        return value


class Seconds(Kind):
    """A span of time: a number, not negative. A numeric text will do."""

    wanted = "isn't a number"
    shape: Mapping[str, Any] = {"type": "number", "minimum": 0}

    def read(self, word: str) -> float:
        """Turn a word into seconds."""
        try:
            return self._span(word)
        except ValueError:
            raise ArgumentError(f"cannot read {word!r}: it isn't a number of seconds") from None

    def check(self, name: str, value: Any) -> float:
        """Refuse what is no span of time."""
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            self.refuse(name)
        try:
            return self._span(value)
        except (ValueError, OverflowError):
            self.refuse(name)
            raise

    @staticmethod
    def _span(value: str | float) -> float:
        span = float(value)
        if not 0 <= span < math.inf:
            raise ValueError(value)
        return span


class Flag(Kind):
    """Yes or no. 1, 0 and null will do."""

    wanted = "isn't a valid boolean"
    shape: Mapping[str, Any] = {"type": "boolean"}

    def read(self, word: str) -> bool:
        """Turn a word such as yes, no, true, false, 1 or 0 into a truth."""
        try:
            return boolean(word)
        except ValueError:
            raise ArgumentError(f"cannot read {word!r}: it isn't yes or no") from None

    def check(self, name: str, value: Any) -> bool:
        """Refuse what is neither yes nor no."""
        if value not in (True, False, None):
            self.refuse(name)
        return bool(value)


class SignalName(Kind):
    """A signal: a number, or a name with or without SIG, in any case (spec §4.16)."""

    shape: Mapping[str, Any] = {"type": ["string", "integer"], "examples": ["HUP", 15]}

    def check(self, name: str, value: Any) -> int:  # noqa: ARG002 - Circus's message names no property
        """Refuse what is no signal of this system."""
        try:
            return signal_number(value)
        except ValueError:
            raise MessageError("signal invalid") from None

    def complete(self, known: Known, said: Mapping[str, Sequence[str]]) -> Iterable[str]:  # noqa: ARG002 - these are always the same
        """Return the names without SIG."""
        return SIGNALS


class Match(Kind):
    """How a pattern finds watchers (spec §4.0.1)."""

    methods = ("glob", "simple", "regex")
    shape: Mapping[str, Any] = {"type": "string", "enum": list(methods)}

    def check(self, name: str, value: Any) -> str:  # noqa: ARG002 - Circus's message names no property
        """Refuse an unknown method."""
        if value not in self.methods:
            raise MessageError(f"unknown match method {value}")
        return str(value)

    def complete(self, known: Known, said: Mapping[str, Sequence[str]]) -> Iterable[str]:  # noqa: ARG002 - these are always the same
        """Return the methods."""
        return self.methods


class Names(Kind):
    """A list of names."""

    wanted = "isn't a list of strings"
    shape: Mapping[str, Any] = {"type": "array", "items": {"type": "string"}}

    def read_all(self, words: Sequence[str]) -> list[str]:
        """Take the words as they are."""
        return list(words)

    def check(self, name: str, value: Any) -> list[str]:
        """Refuse what is no list of strings."""
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.refuse(name)
        return list(value)


class Keys(Names):
    """The names of options of the watcher that is named before."""

    def complete(self, known: Known, said: Mapping[str, Sequence[str]]) -> Iterable[str]:
        """Return the options of that watcher."""
        return known.options(said["name"][0])


class Words(Kind):
    """The arguments of a program: one text, or a list."""

    wanted = "isn't a string or a list of strings"
    shape: Mapping[str, Any] = {"type": ["string", "array"], "items": {"type": "string"}}

    def check(self, name: str, value: Any) -> str | list[str]:
        """Refuse what is neither a text nor a list of texts."""
        if isinstance(value, str):
            return value
        if not isinstance(value, list) or not all(isinstance(item, (str, int)) for item in value):
            self.refuse(name)
        return [str(item) for item in value]


NAME = WatcherName("name")
PATTERN = WatcherName("name")
NEW_NAME = NewName("name")
COMMAND_LINE = Kind("cmd")
PID = Pid("pid")
GIVEN_PID = GivenPid("pid")
COUNT = Amount("nb")
SECONDS = Seconds("seconds")
FLAG = Flag("")
SIGNAL = SignalName("signum")
MATCH = Match("match")
KEYS = Keys("key")
WORDS = Words("args")
