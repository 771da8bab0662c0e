"""Requests and answers: bytes into values and back (spec §2).

A request is one JSON object in one frame, and so is an answer. :func:`parse` takes any bytes
whatever and either returns a :class:`Request` or raises :class:`RequestError`, which says what is
wrong and whom to tell. :func:`pack` turns any answer into JSON that every reader takes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from circus.exc import (
    BAD_MSG_DATA_ERROR,
    CircusError,
    InvalidJSON,
    MessageError,
    UnknownCommand,
)

ENDPOINT = "tcp://127.0.0.1:5555"
"""Where the daemon answers when nothing else is said (spec §5.3)."""

LIMIT = 1024 * 1024
"""The longest request that is read, in bytes."""

DEPTH = 64
"""How many objects and lists a request may have inside one another."""


class Request(NamedTuple):
    """What a client asks for.

    :param command: the verb, in lower case; not yet known to exist
    :param properties: the arguments as they came
    :param id: any JSON value, given back with the answer
    :param is_cast: the client wants no answer, not even an error
    :param waiting: the answer is wanted when the work is done, not when it has begun
    """

    command: str
    properties: Mapping[str, Any]
    id: Any = None
    is_cast: bool = False
    waiting: bool = False


class RequestError(Exception):
    """A request that makes no sense.

    :param error: what is wrong with it
    :param id: its id, as far as it could be read
    :param is_cast: nobody wants to hear of it
    """

    def __init__(self, error: CircusError, id: Any = None, is_cast: bool = False) -> None:  # noqa: A002 - the wire's own name
        super().__init__(str(error))
        self.error = error
        self.id = id
        self.is_cast = is_cast


def parse(raw: bytes, limit: int = LIMIT) -> Request:
    """Read one request.

    :param raw: the bytes of one frame
    :param limit: the most bytes that are looked at
    :raises RequestError: for everything that is not a request (spec §2.5)
    """
    asked = _load(raw, limit)
    id, is_cast = asked.get("id"), asked.get("msg_type") == "cast"  # noqa: A001 - the wire's own name
    if "command" not in asked:
        raise RequestError(MessageError("message invalid 'command' is missing"), id, is_cast)
    verb = asked["command"]
    if not isinstance(verb, str):
        raise RequestError(UnknownCommand(f"unknown command: {verb!r:.80}"), id, is_cast)
    properties = asked.get("properties") or {}
    if not isinstance(properties, dict):
        raise RequestError(MessageError("'properties' should be an object"), id, is_cast)
    waiting = bool(properties.get("waiting") or asked.get("waiting"))
    return Request(verb.lower(), properties, id, is_cast, waiting)


def _load(raw: bytes, limit: int) -> dict[str, Any]:
    if len(raw) > limit:
        raise RequestError(
            InvalidJSON(f"cannot read a request of {len(raw)} bytes: {limit} is the most")
        )
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise RequestError(InvalidJSON("json invalid")) from None
    if not isinstance(value, dict):
        raise RequestError(InvalidJSON("json invalid: a request is an object"))
    if raw.count(b"[") + raw.count(b"{") > DEPTH and _is_deep(value):
        raise RequestError(InvalidJSON(f"json invalid: nested deeper than {DEPTH}"))
    return value


def _refuse(constant: str) -> Any:
    """NaN and Infinity are no JSON, though Python's reader would take them."""
    raise ValueError(constant)


def _is_deep(value: Any) -> bool:
    layer = [value]
    for _ in range(DEPTH):
        layer = [inner for outer in layer for inner in _inside(outer)]
        if not layer:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def success(answer: object, time: float) -> dict[str, Any]:
    """Make the answer of a command into a response (spec §2.3).

    :param answer: the command's fields, which may replace ``status``, or a list of results
    :param time: seconds since the epoch
    """
    if isinstance(answer, list):
        answer = {"results": answer}
    if not isinstance(answer, Mapping):
        return failure("server error", BAD_MSG_DATA_ERROR, time)
    return {"status": "ok", "time": time, **answer}


def failure(reason: str, errno: int, time: float, tb: str | None = None) -> dict[str, Any]:
    """Make an error response (spec §2.3).

    :param reason: one line for people
    :param errno: one of the numbers of :mod:`circus.exc`
    :param time: seconds since the epoch
    :param tb: a traceback; the daemon writes its own into the log and sends none
    """
    return {"status": "error", "reason": reason, "tb": tb, "time": time, "errno": errno}


def pack(response: Mapping[str, Any], id: Any = None) -> bytes:  # noqa: A002 - the wire's own name
    """Turn a response into the bytes of its frame.

    :param id: the id of the request that is answered
    """
    return encode({**response, "id": id})


def encode(value: Any) -> bytes:
    """Turn any value into JSON that every reader takes.

    What JSON has no word for is put as near as can be: a number that is not finite as null, bytes
    as text, a set as a list, any other object as its ``str()``.
    """
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        text = json.dumps(_plain(value, DEPTH + 1))
    return text.encode()


def _plain(value: Any, depth: int) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, (bytes, bytearray)):
        return value.decode("utf-8", "replace")
    if isinstance(value, (Mapping, list, tuple, set, frozenset)):
        return _plain_inside(value, depth - 1) if depth else "..."
    return value if value is None or isinstance(value, (str, int, float)) else str(value)


def _plain_inside(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner, depth) for key, inner in value.items()}
    return [_plain(inner, depth) for inner in value]


def make_message(command: str, **properties: Any) -> dict[str, Any]:
    """Make a call: ``{"command": …, "properties": {…}}`` (spec §11.5)."""
    return {"command": command, "properties": properties}


def cast_message(command: str, **properties: Any) -> dict[str, Any]:
    """Make a cast: a request that is never answered."""
    return {**make_message(command, **properties), "msg_type": "cast"}


def make_json(command: str, **properties: Any) -> bytes:
    """Make a call as the bytes of its frame."""
    return encode(make_message(command, **properties))


def with_id(call: Mapping[str, Any], id: str) -> bytes:  # noqa: A002 - the wire's own name
    """Give a call its id, and turn it into the bytes of its frame.

    :raises DeprecationWarning: for a text, as Circus does: a call is a mapping
    """
    if not isinstance(call, Mapping):
        raise DeprecationWarning("call() takes a mapping")
    return encode({**call, "id": id})
