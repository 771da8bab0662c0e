"""From a request of the HTTP API to a command of the wire, and back to an HTTP status.

Everything comes from the declarations of :mod:`circus.commands`: the verbs, which of them only
read, what their arguments may be. What a client sends is the client's business: nothing of it is
ever answered with 500.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from circus import commands
from circus.commands import select
from circus.commands.declare import DEALER, Arg, Command
from circus.commands.kinds import NewName, WatcherName
from circus.exc import (
    BAD_MSG_DATA_ERROR,
    COMMAND_ERROR,
    INVALID_JSON,
    MESSAGE_ERROR,
    OS_ERROR,
    UNKNOWN_COMMAND,
    ArgumentError,
    CircusError,
)

STATUS = {
    INVALID_JSON: 400,
    UNKNOWN_COMMAND: 404,
    MESSAGE_ERROR: 400,
    OS_ERROR: 422,
    COMMAND_ERROR: 409,
    BAD_MSG_DATA_ERROR: 502,
}
"""The HTTP status of each number of the wire: what the system refuses is 422, what another command
or the state of things forbids is 409, what nobody expected inside the daemon is 502."""

PATIENCE = 10.0
"""Seconds for a command that is answered when it has begun, or only reads."""
WAITING_PATIENCE = 120.0
"""Seconds for a command that is answered when it is done."""


class Refusal(CircusError):  # noqa: N818 - what it is
    """A request that is refused.

    :param status: the HTTP status
    :param reason: a sentence
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def verbs() -> dict[str, Command]:
    """Return the commands that can be asked for: all but those that a client carries out itself."""
    return {verb: one for verb, one in commands.get_commands().items() if one.msg_type == DEALER}


def names_watcher(command: Command) -> Arg | None:
    """Return the first argument of a command if it is a watcher's name, or None."""
    first = command.args[0] if command.args else None
    return first if first and isinstance(first.kind, (WatcherName, NewName)) else None


def find(verb: str, name: str | None) -> Command:
    """Return the command of a path.

    :param name: the watcher in the path, if there is one
    :raises Refusal: there is no such command there
    """
    command = verbs().get(verb)
    if command is None:
        raise Refusal(404, f"there is no command {verb!r:.80}")
    first = names_watcher(command)
    if name is not None and first is None:
        raise Refusal(404, f"{verb} is not about one watcher: it is at /api/{verb}")
    if name is None and first is not None and first.required:
        raise Refusal(404, f"{verb} is about one watcher: it is at /api/watchers/NAME/{verb}")
    return command


def from_query(command: Command, query: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the properties that a query string says.

    :raises Refusal: one is not known, or not of its kind
    """
    known = {arg.name: arg for arg in command.args}
    found = {}
    for key, texts in query.items():
        arg = known.get(key)
        if arg is None:
            raise Refusal(400, _stranger(command, key))
        try:
            found[key] = (
                arg.kind.read_all(texts) if arg.place == "rest" else arg.kind.read(texts[-1])
            )
        except ArgumentError as problem:
            raise Refusal(400, f"{key}: {problem}") from None
    return found


def from_body(command: Command, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties that the body of a request says.

    :raises Refusal: one of them is not known
    """
    known = {name for arg in command.args for name in (arg.name, *arg.also)} | {"waiting"}
    for key in found:
        if key not in known:
            raise Refusal(400, _stranger(command, key))
    return dict(found)


def read_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in the body of a request; nothing at all is an empty one.

    :raises Refusal: it is none
    """
    try:
        found = json.loads(body or b"{}", parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Refusal(400, "the body is no JSON") from None
    if not isinstance(found, dict):
        raise Refusal(400, "the body is no JSON object")
    return found


def named(command: Command, name: str | None, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties with the watcher of the path.

    A name in a path is one watcher's, never a pattern, unless ``match`` says so.

    :raises Refusal: the properties name one as well, or would mean everything
    """
    if name is None:
        return dict(properties)
    first = names_watcher(command)
    assert first is not None
    if first.name in properties:
        raise Refusal(400, f"{first.name!r} stands in the path already")
    match = {"match": "simple"} if any(arg.name == "match" for arg in command.args) else {}
    return {**match, **properties, first.name: name}


def checked(command: Command, properties: Mapping[str, Any]) -> None:
    """Hold properties against the declaration, as the daemon does.

    :raises Refusal: they do not fit
    """
    try:
        command.check(properties)
    except CircusError as problem:
        raise Refusal(STATUS.get(problem.errno, 400), str(problem)) from None


def status_of(answer: Mapping[str, Any], properties: Mapping[str, Any]) -> int:
    """Return the HTTP status of an answer of the wire."""
    if answer.get("status") != "error":
        return 200
    number, reason = answer.get("errno"), answer.get("reason")
    if number == MESSAGE_ERROR and reason == select.unknown(str(properties.get("name"))):
        return 404
    return STATUS.get(number, 502) if isinstance(number, int) else 502


def patience(command: Command, properties: Mapping[str, Any]) -> float:
    """Return how many seconds an answer may take."""
    waits = command.waits and properties.get("waiting")
    return WAITING_PATIENCE if waits or not command.waits else PATIENCE


def _stranger(command: Command, key: str) -> str:
    known = ", ".join(arg.name for arg in command.args) or "nothing"
    return f"{command.name} does not know {key!r:.80}: it takes {known}"


def _refuse(constant: str) -> Any:
    """NaN and Infinity are no JSON, though Python's reader would take them."""
    raise ValueError(constant)
