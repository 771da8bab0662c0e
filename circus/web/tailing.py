"""The output of a watcher as it comes: ``tail`` asked again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from circus.exc import CallError

STREAMS = ("stdout", "stderr")
FIRST = 100
"""Lines of the past that are shown at first."""
PACE, SLOWEST = 0.2, 1.0
"""Seconds between two questions: after something came, and after nothing did for a while."""


class Asking(Protocol):
    """Who asks the daemon."""

    async def ask(self, verb: str, patience: float = ..., **properties: Any) -> dict[str, Any]:
        """Ask the daemon; CallError when it cannot be reached."""


async def follow(
    asking: Asking, name: str, stream: str, say: Callable[[Mapping[str, Any]], None]
) -> None:
    """Tell what the processes of a watcher write, for ever, with the last lines of the past.

    An output that circusd does not carry is told once, with ``reason``, and that is all.

    :param stream: ``stdout`` or ``stderr``
    :param say: called with messages ``output`` and ``missed``
    """
    since: dict[str, str] = {}
    pace = PACE
    about = {"type": "output", "name": name, "pid": None, "stream": stream}
    while True:
        try:
            asked: dict[str, Any] = {
                "name": name,
                "stderr": stream == "stderr",
                "lines": FIRST,
                **since,
            }
            answer = await asking.ask("tail", **asked)
        except CallError:
            since, pace = {}, SLOWEST  # the daemon may come back, and begins anew then
        else:
            if answer.get("status") == "error":
                say({**about, "text": "", "reason": answer.get("reason")})
                return
            if answer["skipped"]:
                say({"type": "missed", "count": answer["skipped"], "unit": "bytes", "name": name})
            if answer["text"]:
                say({**about, "text": answer["text"]})
            since = {"since": answer["next"]}
            if answer["more"]:
                continue
            pace = PACE if answer["text"] else min(SLOWEST, pace + PACE)
        await asyncio.sleep(pace)


class Tailing:
    """The outputs of one watcher that somebody looks at.

    :param asking: asks the daemon
    :param say: called with messages
    """

    def __init__(self, asking: Asking, say: Callable[[Mapping[str, Any]], None]) -> None:
        self._asking, self._say = asking, say
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self, name: str) -> None:
        """Tell both outputs of a watcher, and no other any more."""
        self.end()
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(follow(self._asking, name, stream, self._say)) for stream in STREAMS
        ]

    def end(self) -> None:
        """Tell nothing more."""
        for task in self._tasks:
            task.cancel()
        self._tasks = []
