"""The HTTP API: the commands of the wire, and what the mirror knows."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from circus.commands import select
from circus.commands.declare import Command
from circus.exc import CallError
from circus.web import answers, openapi
from circus.web.answers import Refusal
from circus.web.follower import TooLate
from circus.web.handlers import Handler
from circus.web.rooms import Rooms

MOST_UNDER_WAY = 500
"""So many commands may be under way, of all pages and programs together. The daemon takes 1000 of
one client, and what the mirror and the feeds ask needs some of them."""


async def carry_out(
    rooms: Rooms, command: Command, properties: Mapping[str, Any]
) -> tuple[int, dict[str, Any]]:
    """Have the daemon do something; return the HTTP status and its answer.

    :raises Refusal: the properties do not fit, there are too many, or the daemon does not answer
    """
    answers.checked(command, properties)
    if rooms.under_way >= MOST_UNDER_WAY:
        raise Refusal(503, f"cannot take more than {MOST_UNDER_WAY} commands at a time")
    rooms.under_way += 1
    try:
        seconds = answers.patience(command, properties)
        answer = await rooms.follower.ask(command.name, patience=seconds, **properties)
    except TooLate as problem:
        raise Refusal(504, str(problem)) from None
    except CallError as problem:
        raise Refusal(502, str(problem)) from None
    finally:
        rooms.under_way -= 1
    return answers.status_of(answer, properties), answer


class Watchers(Handler):
    """``/api/watchers``: everything at a glance."""

    def get(self) -> None:
        """Answer with the mirror."""
        mirror, now = self.rooms.mirror, time.monotonic()
        self.answer({"watchers": mirror.fleet(now), "daemon": mirror.daemon()})


class OneWatcher(Handler):
    """``/api/watchers/NAME``: one watcher with its processes."""

    def get(self, name: str) -> None:
        """Answer with what the mirror knows of it."""
        seen = self.rooms.mirror.find(name)
        if seen is None:
            raise Refusal(404, select.unknown(name))
        self.rooms.samples.refresh()
        told = seen.told(time.monotonic())
        self.answer({**told, "processes": self.rooms.samples.processes(seen)})


class Order(Handler):
    """``/api/VERB`` and ``/api/watchers/NAME/VERB``: a command of the wire."""

    async def get(self, *path: str) -> None:
        """Carry out a verb that only reads."""
        verb, name = path[-1], path[0] if len(path) > 1 else None
        command = self.command(verb, name, reads=True)
        query = {
            key: [text.decode("utf-8", "replace") for text in texts]
            for key, texts in self.request.query_arguments.items()
        }
        await self.carry_out(command, name, answers.from_query(command, query))

    async def post(self, *path: str) -> None:
        """Carry out a verb that changes something."""
        verb, name = path[-1], path[0] if len(path) > 1 else None
        command = self.command(verb, name, reads=False)
        body = self.body()
        await self.carry_out(command, name, answers.from_body(command, body))

    def command(self, verb: str, name: str | None, reads: bool) -> Command:
        """Return the command of a path; :class:`Refusal` when it is another method's."""
        found = answers.find(verb, name)
        if found.reads is not reads:
            method = "GET" if found.reads else "POST"
            self.set_header("Allow", method)
            raise Refusal(405, f"{verb} is asked for with {method}")
        return found

    async def carry_out(
        self, command: Command, name: str | None, properties: Mapping[str, Any]
    ) -> None:
        """Ask the daemon, and answer with what it says."""
        whole = answers.named(command, name, properties)
        status, answer = await carry_out(self.rooms, command, whole)
        self.answer(answer, status)


class Document(Handler):
    """``/api/openapi.json``: what can be asked for."""

    def get(self) -> None:
        """Answer with the document."""
        self.answer(openapi.document(self.rooms.cookie))


class Health(Handler):
    """``/healthz``: whether the daemon answers."""

    def get(self) -> None:
        """Answer 200, or 503 when it does not."""
        mirror = self.rooms.mirror
        self.answer(mirror.daemon(), 200 if mirror.up else 503)
