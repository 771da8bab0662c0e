"""What a service manager is told: the protocol of systemd's ``Type=notify`` (sd_notify(3)).

Whoever starts circusd may name a socket in NOTIFY_SOCKET. One datagram there is one message, lines
of NAME=value:

``READY=1``
    the endpoints are bound and every watcher with autostart was tried once;
``RELOADING=1`` with ``MONOTONIC_USEC``, then ``READY=1``
    around a reload, a reloadconfig and a restart of everything; of several at once the last counts;
``STOPPING=1``
    everything is being stopped for good;
``STATUS=…``
    how many watchers are up: when that has changed, once a second at most;
``MAINPID=…``
    after ``--daemon``;
``WATCHDOG=1``
    twice in each WATCHDOG_USEC, from the event loop: a circusd that hangs is found out;
``EXTEND_TIMEOUT_USEC=…``
    while a start or a stop takes long: that is what the watchers ask for, and bounded by them.

Where nobody listens, nothing is said and no timer runs.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from circus import logger
from circus.spec.environment import SERVICE

PACE = 1.0
"""Seconds between two messages about the number of watchers that are up."""
LONG = 10.0
"""Seconds after which a start or a stop takes long; each time it is said again."""
EXTENSION = 30.0
"""Seconds that a manager is to wait from then on."""
_MICRO = 1_000_000


class Notifier:
    """Where a service manager listens.

    :param place: the path of its socket, or ``@`` and an abstract name; empty: nobody listens
    :param watchdog: seconds within which it wants to hear of us; 0: it does not
    """

    def __init__(self, place: str = "", watchdog: float = 0.0) -> None:
        if place and place[0] not in "/@":
            logger.warning("cannot tell the service manager at %r anything: no path", place)
            place = ""
        self.place = place
        self.watchdog = watchdog if place else 0.0
        self._failed = False

    @classmethod
    def received(cls, environ: MutableMapping[str, str]) -> Notifier:
        """Return what the environment speaks of, and take it out of there.

        :param environ: our own environment: our children are none of that manager's business
        """
        said = {name: environ.pop(name, "") for name in SERVICE}
        ours = said["WATCHDOG_PID"] in {"", str(os.getpid())}
        usec = said["WATCHDOG_USEC"]
        return cls(said["NOTIFY_SOCKET"], int(usec) / _MICRO if ours and usec.isdecimal() else 0.0)

    def say(self, **fields: object) -> None:
        """Send one message. Never blocks; one that cannot be sent is lost, and that is logged."""
        if not self.place:
            return
        text = "\n".join(f"{name}={value}" for name, value in fields.items())
        name = self.place.replace("@", "\0", 1) if self.place[0] == "@" else self.place
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
                sock.setblocking(False)
                sock.sendto(text.encode(errors="replace"), name)
        except OSError as error:
            if not self._failed:
                logger.warning("cannot tell the service manager: %s", error.strerror or error)
            self._failed = True


class Service:
    """Tells a service manager how an arbiter is, and the next one in the same process.

    :param notifier: where to
    :param detached: this is not the process that the manager started
    """

    def __init__(self, notifier: Notifier | None = None, detached: bool = False) -> None:
        self._notifier = notifier or Notifier()
        self._detached = detached
        self._loop: asyncio.AbstractEventLoop | None = None
        self._statuses: Callable[[], Mapping[str, str]] = dict
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._told, self._told_at = "", float("-inf")
        self._reloads = 0
        self._started = self._leaving = False

    def open(
        self, loop: asyncio.AbstractEventLoop, statuses: Callable[[], Mapping[str, str]]
    ) -> None:
        """Begin with an arbiter whose endpoints are bound.

        :param statuses: returns the status of each watcher by its name
        """
        if not self._notifier.place:
            return
        self._loop, self._statuses = loop, statuses
        self._started = self._leaving = False
        self._reloads = 0
        if self._detached:
            self._notifier.say(MAINPID=os.getpid())
        if self._notifier.watchdog:
            self._ping()
        self._in(LONG, self._lengthen)

    def close(self) -> None:
        """End with an arbiter: no timer is left."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._loop = None

    def starting(self, first: asyncio.Future[Any]) -> asyncio.Future[Any]:
        """Tell when the first start of all is over; return its future."""
        if self._loop:
            first.add_done_callback(self._ready)
        return first

    def moving(self, verb: str, done: asyncio.Future[Any]) -> asyncio.Future[Any]:
        """Tell of a command that moves everything; return its future.

        :param verb: ``reload``, ``reloadconfig``, ``restart`` or ``quit``
        """
        if self._loop is None:
            return done
        if verb == "quit":
            self._leave(STOPPING=1)
        elif verb == "restart":
            self._leave(**_reloading())
        elif self._started and not self._leaving:
            self._reloads += 1
            self._notifier.say(**_reloading())
            done.add_done_callback(self._reloaded)
        return done

    def news(self) -> None:
        """Tell soon how many watchers are up, if that has changed."""
        if self._loop and "_tell" not in self._timers:
            self._in(max(0.0, self._told_at + PACE - self._loop.time()), self._tell)

    def _ready(self, first: asyncio.Future[Any]) -> None:
        del first  # however it ended: each watcher was tried, or a command took it over
        if self._loop and not self._leaving:
            self._started = True
            self._stop(self._lengthen)
            self._notifier.say(READY=1, STATUS=self._status())

    def _reloaded(self, done: asyncio.Future[Any]) -> None:
        del done
        self._reloads -= 1
        if self._loop and not self._reloads and not self._leaving:
            self._notifier.say(READY=1, STATUS=self._status())

    def _leave(self, **fields: object) -> None:
        """Say once that everything is being stopped; an end for good is said after all."""
        if not self._leaving or "STOPPING" in fields:
            self._notifier.say(**fields)
        if not self._leaving:
            self._in(LONG, self._lengthen)
        self._leaving = True

    def _status(self) -> str:
        found = [*self._statuses().values()]
        assert self._loop is not None
        self._told_at = self._loop.time()
        self._told = f"{found.count('active')} of {len(found)} watchers are up"
        return self._told

    def _tell(self) -> None:
        before = self._told
        if self._status() != before:
            self._notifier.say(STATUS=self._told)

    def _ping(self) -> None:
        self._notifier.say(WATCHDOG=1)
        self._in(self._notifier.watchdog / 2, self._ping)

    def _lengthen(self) -> None:
        self._notifier.say(EXTEND_TIMEOUT_USEC=int(EXTENSION * _MICRO))
        self._in(LONG, self._lengthen)

    def _in(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something in so many seconds; what was to come before is forgotten."""
        self._stop(act)

        def due() -> None:
            self._timers.pop(act.__name__, None)
            act()

        if self._loop:
            self._timers[act.__name__] = self._loop.call_later(seconds, due)

    def _stop(self, act: Callable[[], None]) -> None:
        timer = self._timers.pop(act.__name__, None)
        if timer:
            timer.cancel()


def _reloading() -> dict[str, object]:
    """Return that a reload begins, and when, by the clock that systemd compares with."""
    return {"RELOADING": 1, "MONOTONIC_USEC": time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}
