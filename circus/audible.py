"""What the processes of a watcher say: its streams, the end of it, and their files opened anew."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from circus import logger
from circus.exc import MessageError
from circus.loop import quiet
from circus.output import Channel, Direct
from circus.output.outlets import NAMES, Outlet
from circus.spec import outlet
from circus.spec.model import WatcherSpec
from circus.stage import Stage

REOPEN = 2.0
"""Seconds that files may take to be opened anew until that is told."""
NEXT_ONES = "its processes write the file themselves: only those that start now get the new one"
WHY_NOT = {
    outlet.INHERITED: "it has no stream, so it goes where that of circusd does",
    outlet.CLOSED: "it goes to /dev/null (close_child_{stream})",
}
"""Why nobody knows what was written there."""


class Audible:
    """Whose processes can be heard: a watcher."""

    name: str
    spec: WatcherSpec
    channels: list[Outlet]
    stage: Stage | None

    @property
    def stdout_stream(self) -> Any:
        """The stream object of stdout, or None."""
        return self.channels[0] and self.channels[0].stream

    @property
    def stderr_stream(self) -> Any:
        """The stream object of stderr, or None."""
        return self.channels[1] and self.channels[1].stream

    def tail(self, stream: str, lines: int, since: str) -> asyncio.Future[Mapping[str, Any]]:
        """Return the end of an output, or what came after a position.

        :param stream: ``stdout`` or ``stderr``
        :param lines: how many, when there is no position
        :param since: the ``next`` of an answer before, or nothing
        :returns: a future of ``text``, ``next``, ``skipped`` (bytes that are gone) and ``more``
        :raises MessageError: nobody knows what was written
        """
        loop = asyncio.get_running_loop()
        found: asyncio.Future[Mapping[str, Any]] = loop.create_future()
        here = self.channels[NAMES.index(stream)]
        reason = WHY_NOT.get(outlet.way(self.spec, stream))
        if reason is not None or here is None:
            why = (reason or WHY_NOT[outlet.INHERITED]).format(stream=stream)
            raise MessageError(f"cannot show {stream} of {self.name!r}: {why}")
        if isinstance(here, Direct):
            here.look(loop, lines, since, quiet(found))
        else:
            page = here.ring.since(since) if since else here.ring.last(lines)
            found.set_result(page._asdict())
        return found

    async def reopen_streams(self) -> list[dict[str, Any]]:
        """Have the files of the streams opened anew.

        :returns: for each output that goes to a file ``name``, ``stream``, ``path`` (the way that
            it takes) and ``problem`` (a sentence, or None)
        """
        waits = {
            name: _reopening(here)
            for name, here in zip(NAMES, self.channels, strict=True)
            if isinstance(here, Channel)
        }
        answers = {name: answer for name, answer in waits.items() if answer is not None}
        if answers:
            await asyncio.wait(answers.values(), timeout=REOPEN)
        told: list[dict[str, Any]] = []
        path: str
        problem: str | None
        for name, here in zip(NAMES, self.channels, strict=True):
            if isinstance(here, Direct):
                path, problem = outlet.WRITTEN, NEXT_ONES
            elif name in answers:
                path, problem = outlet.CARRIED, _problem(answers[name])
                if problem:
                    logger.warning("%s of %r is not opened anew: %s", name, self.name, problem)
            else:
                continue
            told.append({"name": self.name, "stream": name, "path": path, "problem": problem})
        return told


def _reopening(channel: Channel) -> asyncio.Future[str] | None:
    """Have a stream opened anew; return a future of what went wrong, or None if it has no file."""
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def heard(problem: str) -> None:
        if not answer.done():
            answer.set_result(problem)

    return answer if channel.reopen(heard) else None


def _problem(answer: asyncio.Future[str]) -> str | None:
    if not answer.done():
        answer.cancel()
        return "it does not return yet; it is opened anew before it is written again"
    return answer.result() or None
