"""Who looks at the moment, and what they are told.

Pages (WebSocket) and programs (server-sent events) are one audience. A message is made into text
once, however many hear it. The clock of the samples is here: it beats once a second while somebody
looks, else every ten seconds.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from circus.web.latency import Latency
from circus.web.mirror import Mirror
from circus.web.post import Flood
from circus.web.samples import Samples

TICK, RESTING_TICK = 1.0, 10.0
"""Seconds between two looks at the processes."""


class Member(Protocol):
    """Somebody who looks."""

    watched: str | None
    """The watcher that is looked at closely."""

    def say(self, kind: str, text: str) -> None:
        """Be told something.

        :param kind: the type of the message
        :param text: the message as JSON
        """


class Audience:
    """Everybody who looks.

    :param mirror, samples: what they look at
    """

    def __init__(self, mirror: Mirror, samples: Samples) -> None:
        self.mirror, self.samples = mirror, samples
        self.members: set[Member] = set()
        self.came: Callable[[], None] = _nobody
        """Called when somebody looks and nobody did before."""
        self.lag = Latency()
        """How late the clock of this process was."""
        self._flood = Flood()
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._tick()

    # --- coming and going -------------------------------------------------------------------------

    @property
    def looking(self) -> bool:
        """Whether anybody looks."""
        return bool(self.members)

    def join(self, member: Member) -> None:
        """Tell somebody from now on."""
        first = not self.members
        self.members.add(member)
        if first:
            self.came()
            self._tick()

    def leave(self, member: Member) -> None:
        """Tell somebody no more."""
        self.members.discard(member)

    def close(self) -> None:
        """Tell nobody any more."""
        if self._timer is not None:
            self._timer.cancel()

    # --- what the follower tells ------------------------------------------------------------------

    def fleet_message(self) -> dict[str, Any]:
        """Return everything, as pages are told at first."""
        return {
            "type": "fleet",
            "daemon": self.mirror.daemon(),
            "watchers": self.mirror.fleet(self._loop.time()),
        }

    def fleet(self) -> None:
        """Tell everything, and see what it costs."""
        self.samples.look()
        if self.members:
            self.tell(self.fleet_message())

    def watchers(self, changed: list[str], gone: list[str]) -> None:
        """Tell which watchers have changed, and which are gone."""
        if self.members:
            told = self.mirror.fleet(self._loop.time(), changed)
            self.tell({"type": "watchers", "watchers": told, "gone": gone})

    def event(self, message: Mapping[str, Any]) -> None:
        """Tell an event, unless there are too many of them."""
        if self.members and self._flood.admits(self._loop.time()):
            self.tell(message)

    def daemon(self) -> None:
        """Tell that the daemon is lost or found."""
        mirror = self.mirror
        found = {"type": "daemon", "up": mirror.up, "daemon": mirror.daemon()}
        self.tell(found if mirror.up else {**found, "reason": mirror.reason})

    def tell(self, message: Mapping[str, Any]) -> None:
        """Tell everybody."""
        kind, text = message["type"], json.dumps(message)
        for member in tuple(self.members):
            member.say(kind, text)

    # --- the clock --------------------------------------------------------------------------------

    def _tick(self) -> None:
        """Look at the processes, and tell what was seen."""
        if self._timer is not None:
            self._timer.cancel()
            if self._due <= self._loop.time():
                self.lag.note(self._loop.time() - self._due)
        pace = TICK if self.members else RESTING_TICK
        self._due = self._loop.time() + pace
        self._timer = self._loop.call_at(self._due, self._tick)
        self.samples.look()
        if not self.members:
            return
        self.tell(self.samples.message())
        for name in {member.watched for member in self.members}:
            if name is not None:
                self._tell_processes(name)
        if missed := self._flood.settle():
            self.tell({"type": "missed", "count": missed})

    def _tell_processes(self, name: str) -> None:
        text = json.dumps(self.processes_message(name))
        for member in tuple(self.members):
            if member.watched == name:
                member.say("processes", text)

    def processes_message(self, name: str) -> dict[str, Any]:
        """Return the processes of a watcher, as pages are told."""
        seen = self.mirror.watchers.get(name)
        rows = self.samples.processes(seen) if seen else []
        return {"type": "processes", "name": name, "processes": rows}


def _nobody() -> None:
    """Tell nobody."""
