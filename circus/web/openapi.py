"""The OpenAPI document, made of the declarations of the commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from circus import __version__
from circus.commands.declare import REQUIRED, Arg, Command
from circus.web import answers
from circus.wire.topics import TOPICS

WAITING = {
    "type": "boolean",
    "default": False,
    "description": "answer when it is done, not when it has begun",
}
REASONS = {
    "400": "The arguments are wrong.",
    "401": "There is no token, or a wrong one.",
    "403": "The request is for another host, or comes from a page of another site.",
    "404": "There is no such watcher.",
    "409": "The state of things, or another command, forbids it.",
    "413": "The body is too large.",
    "415": "The body is not said to be JSON.",
    "422": "The operating system refuses it.",
    "429": "Too many wrong tokens wait for their answer.",
    "501": "prometheus_client is not installed.",
    "502": "circusd cannot be reached.",
    "503": "circusd does not answer, or too much is asked for at a time.",
    "504": "circusd has not answered in time.",
}
"""What an error means, by its status."""
COMMON = ("400", "401", "403", "429")
WITH_BODY = ("413", "415")
ASKED = ("404", "409", "422", "502", "503", "504")

TEXT = {"type": "string"}
NUMBER = {"type": "number"}
WHOLE = {"type": "integer"}

SCHEMAS: Mapping[str, Any] = {
    "Error": {
        "type": "object",
        "required": ["reason"],
        "properties": {"reason": {**TEXT, "description": "a sentence"}},
    },
    "Answer": {
        "type": "object",
        "description": "The answer of circusd; its further fields are told with the operation.",
        "required": ["status"],
        "properties": {
            "status": {**TEXT, "description": "ok, or the status of a watcher"},
            "time": {**NUMBER, "description": "seconds since the epoch"},
        },
    },
    "Watcher": {
        "type": "object",
        "required": ["name", "status", "restarts", "restarts_hour"],
        "properties": {
            "name": TEXT,
            "status": {"enum": ["stopped", "starting", "active", "stopping"]},
            "up": {**WHOLE, "description": "how many processes run"},
            "wanted": {**WHOLE, "description": "how many should"},
            "reason": {**TEXT, "description": "why not"},
            "next_try": {**NUMBER, "description": "seconds until the next start is tried"},
            "restarts": {**WHOLE, "description": "how many ended by themselves and were replaced"},
            "restarts_hour": {
                **WHOLE,
                "description": "those of the last hour, as far as the console has seen them",
            },
            "last_exit": {"type": "object", "description": "how a process ended last"},
            "priority": WHOLE,
            "singleton": {"type": "boolean"},
            "on_demand": {"type": "boolean"},
        },
    },
    "Process": {
        "type": "object",
        "required": ["pid"],
        "properties": {
            "pid": WHOLE,
            "wid": {"type": ["integer", "null"]},
            "cpu": {"type": ["number", "null"], "description": "percent of one processor"},
            "mem": {"type": ["integer", "null"], "description": "resident bytes"},
            "age": {"type": ["number", "null"], "description": "seconds"},
            "fds": {**WHOLE, "description": "open descriptors"},
        },
    },
    "Daemon": {
        "type": "object",
        "required": ["up"],
        "properties": {
            "up": {"type": "boolean"},
            "pid": {"type": ["integer", "null"]},
            "version": {"type": ["string", "null"]},
            "endpoint": TEXT,
            "since": {"type": ["number", "null"], "description": "seconds since the epoch"},
            "reason": {**TEXT, "description": "why it is not up"},
        },
    },
}


def document(cookie: str = "circus") -> dict[str, Any]:
    """Return the whole document.

    :param cookie: the name of the session's cookie
    """
    paths: dict[str, Any] = {**_own()}
    for verb, command in answers.verbs().items():
        for path, operation in _operations(verb, command):
            paths.setdefault(path, {}).update(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Circus",
            "version": __version__,
            "description": "The watchers of circusd: seen, followed and commanded. "
            "Every operation needs the token of the console, or the cookie that /login gives.",
        },
        "security": [{"token": []}, {"session": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(SCHEMAS),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": cookie},
            },
        },
    }


# --- commands -------------------------------------------------------------------------------------


def _operations(verb: str, command: Command) -> Iterator[tuple[str, dict[str, Any]]]:
    """Iterate over the paths of a verb with their operations."""
    first = answers.names_watcher(command)
    if first is not None:
        args = [arg for arg in command.args if arg is not first]
        yield f"/api/watchers/{{name}}/{verb}", _operation(command, args, first)
    if first is None or not first.required:
        yield f"/api/{verb}", _operation(command, list(command.args), None)


def _operation(command: Command, args: list[Arg], named: Arg | None) -> dict[str, Any]:
    place = "watchers" if named else "all"
    found: dict[str, Any] = {
        "operationId": f"{command.name}-{place}",
        "summary": command.title,
        "description": command.about,
        "tags": [place],
        "responses": _responses(_schema("Answer"), body=not command.reads, statuses=ASKED),
    }
    parameters = [_in_path(named)] if named else []
    if command.reads:
        parameters += [_in_query(arg) for arg in args]
        method = "get"
    else:
        found["requestBody"] = _body(command, args)
        method = "post"
    return {method: {**found, "parameters": parameters} if parameters else found}


def _in_path(named: Arg) -> dict[str, Any]:
    schema = {**named.kind.schema(), "minLength": 1}
    return {
        "name": "name",
        "in": "path",
        "required": True,
        "description": "the watcher, in any case; never a pattern, unless match says so",
        "schema": schema,
    }


def _in_query(arg: Arg) -> dict[str, Any]:
    return {
        "name": arg.name,
        "in": "query",
        "required": arg.required,
        "description": arg.about,
        "schema": _with_default(arg),
    }


def _body(command: Command, args: list[Arg]) -> dict[str, Any]:
    properties = {arg.name: {**_with_default(arg), "description": arg.about} for arg in args}
    if command.waits:
        properties["waiting"] = dict(WAITING)
    required = [arg.name for arg in args if arg.required]
    schema: dict[str, Any] = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    if required:
        schema["required"] = required
    content = {"application/json": {"schema": schema}}
    return {"required": bool(required), "content": content}


def _with_default(arg: Arg) -> dict[str, Any]:
    schema = arg.kind.schema()
    if arg.default is REQUIRED or arg.default is None or arg.default == ():
        return schema
    return {**schema, "default": arg.default}


# --- what is no command ---------------------------------------------------------------------------


def _own() -> dict[str, Any]:
    name = {"name": "name", "in": "path", "required": True, "schema": {**TEXT, "minLength": 1}}
    stream = {
        "name": "stream",
        "in": "query",
        "schema": {"enum": ["stdout", "stderr"], "default": "stdout"},
    }
    only = {"name": "watcher", "in": "query", "description": "of this one alone", "schema": TEXT}
    watchers = {"type": "array", "items": _schema("Watcher")}
    every = _object(watchers=watchers, daemon=_schema("Daemon"))
    processes = {"type": "array", "items": _schema("Process")}
    one = {"allOf": [_schema("Watcher"), _object(processes=processes)]}
    topics = ", ".join(TOPICS)
    return {
        "/api/watchers": _get("Everything at a glance", every),
        "/api/watchers/{name}": _get("One watcher with its processes", one, name, also=("404",)),
        "/api/watchers/{name}/output": _get(
            "Follow the output of a watcher (server-sent events)",
            TEXT,
            name,
            stream,
            also=("404",),
            kind="text/event-stream",
        ),
        "/api/events": _get(
            f"Follow the events of circusd (server-sent events): {topics}, and missed, with how"
            " many were left out of a flood",
            TEXT,
            only,
            kind="text/event-stream",
        ),
        "/api/openapi.json": _get("This document", {"type": "object"}),
        "/healthz": _get("Whether circusd answers", _schema("Daemon"), also=("503",)),
        "/metrics": _get(
            "Metrics in the format of Prometheus", TEXT, also=("501",), kind="text/plain"
        ),
    }


def _get(
    summary: str,
    schema: Mapping[str, Any],
    *parameters: Mapping[str, Any],
    also: tuple[str, ...] = (),
    kind: str = "application/json",
) -> dict[str, Any]:
    found = {"summary": summary, "responses": _responses(schema, statuses=also, kind=kind)}
    return {"get": {**found, "parameters": list(parameters)} if parameters else found}


def _responses(
    schema: Mapping[str, Any],
    body: bool = False,
    statuses: tuple[str, ...] = (),
    kind: str = "application/json",
) -> dict[str, Any]:
    wrong = sorted({*COMMON, *statuses, *(WITH_BODY if body else ())})
    error = {"application/json": {"schema": _schema("Error")}}
    found = {one: {"description": REASONS[one], "content": error} for one in wrong}
    return {"200": {"description": "Done.", "content": {kind: {"schema": schema}}}, **found}


def _schema(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}
