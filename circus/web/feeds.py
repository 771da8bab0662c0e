"""Server-sent events: the events of the daemon, and the output of a watcher, for programs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from tornado.http1connection import HTTP1Connection
from tornado.iostream import StreamClosedError

from circus.commands import select
from circus.web.answers import Refusal
from circus.web.lasting import Lasting
from circus.web.post import Full, Post
from circus.web.tailing import STREAMS, follow

MOST_FEEDS = 1000
"""So many feeds may be open at a time."""
QUIET = 15.0
"""Seconds without anything after which a comment is sent, so that a gone client is noticed."""


class Feed(Lasting):
    """A stream of events in the format of the HTML standard (text/event-stream)."""

    watched: str | None = None

    async def feed(self) -> None:
        """Send what comes until the client is gone."""
        if self.open_of(Feed) >= MOST_FEEDS:
            raise Refusal(503, f"cannot serve more than {MOST_FEEDS} feeds at a time")
        self.set_header("Content-Type", "text/event-stream; charset=utf-8")
        self.set_header("X-Accel-Buffering", "no")  # a proxy is not to wait for more
        self.post_box = Post()
        self.news = asyncio.Event()
        self.full = False
        self.stay(self)
        try:
            self.begin()
            self.write(": circus\n\n")
            await self.flush()
            while not self.full:
                await self._next()
        except StreamClosedError:
            return
        finally:
            self.go()
            self.end()

    async def _next(self) -> None:
        try:
            await asyncio.wait_for(self.news.wait(), QUIET)
        except asyncio.TimeoutError:
            self.write(": nothing new\n\n")
        self.news.clear()
        while (text := self.post_box.take()) is not None:
            self.write(text)
            await self.flush()
        await self.flush()

    def begin(self) -> None:
        """Begin to listen."""

    def end(self) -> None:
        """Listen no more."""

    def send(self, event: str, data: Mapping[str, Any]) -> None:
        """Send one event; a client that reads too slowly is given up."""
        try:
            self.post_box.put(f"event: {event}\ndata: {json.dumps(data)}\n\n")
        except Full:
            self.close()
        self.news.set()

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """End the connection: what waits to be written to it would keep us waiting for ever."""
        del code, reason  # it has no words for them
        self.full = True
        self.end()
        self.news.set()
        connection = self.request.connection
        if isinstance(connection, HTTP1Connection):
            connection.stream.close()

    def on_connection_close(self) -> None:
        """End, for the client is gone."""
        self.full = True
        if hasattr(self, "news"):
            self.news.set()


class Events(Feed):
    """``/api/events``: every event of the daemon, or of one watcher."""

    async def get(self) -> None:
        """Send the events."""
        self.only = self.get_query_argument("watcher", None)
        await self.feed()

    def begin(self) -> None:
        """Join those who look."""
        self.rooms.audience.join(self)

    def end(self) -> None:
        """Look no more."""
        self.rooms.audience.leave(self)

    def say(self, kind: str, text: str) -> None:
        """Be told something: events are sent on, and how many were missed."""
        if kind == "event":
            message = json.loads(text)
            if self.only is None or self.only.lower() == message["watcher"].lower():
                about = {"watcher": message["watcher"], "time": message["at"]}
                self.send(message["event"], {**message["fields"], **about})
        elif kind == "missed":
            self.send("missed", {"count": json.loads(text)["count"]})


class Output(Feed):
    """``/api/watchers/NAME/output``: what the processes of a watcher write."""

    async def get(self, name: str) -> None:
        """Send the output, with the last lines of its past."""
        seen = self.rooms.mirror.find(name)
        if seen is None:
            raise Refusal(404, select.unknown(name))
        self.name, self.stream = seen.name, self.get_query_argument("stream", STREAMS[0])
        if self.stream not in STREAMS:
            raise Refusal(400, f"'stream' is one of {', '.join(STREAMS)}")
        await self.feed()

    def begin(self) -> None:
        """Follow the output."""
        self._following = asyncio.get_running_loop().create_task(
            follow(self.rooms.follower, self.name, self.stream, self.tell)
        )

    def end(self) -> None:
        """Follow it no more."""
        self._following.cancel()

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send a part of the output on."""
        self.send(message["type"], {key: one for key, one in message.items() if key != "type"})
