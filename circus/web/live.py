"""``/api/live``: the WebSocket of a page that is open."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError, WebSocketHandler, WebSocketProtocol

from circus.exc import CircusError
from circus.web import answers
from circus.web.answers import Refusal
from circus.web.api import carry_out
from circus.web.lasting import Lasting
from circus.web.post import Flood, Full, Post
from circus.web.tailing import Tailing

MOST_PAGES = 2000
"""So many pages may be open at a time."""
MOST_CHARTS = 50
"""The past of so many watchers is told at a time."""
MOST_ORDERS = 50
"""So many commands of one page may be under way."""
MOST_SAID = 200
"""So many messages a second may come from one page: what it has sent already is read in one go, and
nobody else has his turn meanwhile."""
LARGEST = 64 * 1024
"""Bytes of a message that a page may send."""
DROPPABLE = frozenset({"samples", "processes"})
"""What comes again in a second anyway."""
TOO_SLOW, TOO_MUCH = 1013, 1008
"""Why a connection is closed (RFC 6455 §7.4, and its registry)."""


class Live(Lasting, WebSocketHandler):
    """One page that is open."""

    async def prepare(self) -> None:
        """Let in who may come in, while there is room."""
        await super().prepare()
        if self.open_of(Live) >= MOST_PAGES:
            raise Refusal(503, f"cannot serve more than {MOST_PAGES} pages at a time")

    def check_origin(self, origin: str) -> bool:
        """Take the page: the gate has looked at where it comes from."""
        return self.rooms.gate.knows_origin(origin, self.request.headers.get("Host", ""))

    # --- life -------------------------------------------------------------------------------------

    def open(self, *_args: str, **_kwargs: str) -> None:
        """Tell everything, and then what changes."""
        self.watched: str | None = None
        self._tails = False
        self._post, self._said = Post(), Flood(MOST_SAID)
        self._sending: asyncio.Task[None] | None = None
        self._orders: set[asyncio.Task[None]] = set()
        self._tailing = Tailing(self.rooms.follower, self.tell)
        self.stay(self)
        self.tell(self.rooms.audience.fleet_message())
        if self.rooms.samples.latest(None):
            self.tell(self.rooms.samples.message())
        self.rooms.audience.join(self)

    def on_close(self) -> None:
        """Forget the page. What it has ordered is done all the same."""
        if self in self.rooms.open_pages:
            self.go()
            self.rooms.audience.leave(self)
            self._tailing.end()
            if self._sending is not None:
                self._sending.cancel()

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Close the page; what it still says before it hears so is not done."""
        self.on_close()
        super().close(code, reason)

    # --- what it is told --------------------------------------------------------------------------

    def tell(self, message: Mapping[str, Any]) -> None:
        """Tell the page something."""
        self.say(message["type"], json.dumps(message))

    def say(self, kind: str, text: str) -> None:
        """Tell the page something; one that reads too slowly is given up."""
        try:
            self._post.put(text, kind in DROPPABLE)
        except Full:
            self.close(TOO_SLOW, "reads too slowly")
            return
        if self._sending is None:
            self._sending = asyncio.get_running_loop().create_task(self._send())

    async def _send(self) -> None:
        try:
            while (text := self._post.take()) is not None:
                await self.write_message(text)
        except (WebSocketClosedError, StreamClosedError):
            self.on_close()
        finally:
            self._sending = None

    # --- what it says -----------------------------------------------------------------------------

    def on_message(self, message: str | bytes) -> None:
        """Do what the page asks for."""
        if self not in self.rooms.open_pages:
            return  # it is given up, and has not heard so yet
        if not self._said.admits(asyncio.get_running_loop().time()):
            self._hang_up()
            return
        raw = message if isinstance(message, bytes) else message.encode()
        try:
            said = answers.read_object(raw)
        except Refusal as problem:
            self.tell(_answer(None, False, {}, str(problem)))
            return
        if "watch" in said:
            self._watch(said["watch"])
        if "past" in said:
            self._tell_past(said["past"])
        if "tail" in said:
            self._tails = bool(said["tail"])
            self._follow_output()
        if "command" in said:
            self._order(said)

    def _hang_up(self) -> None:
        """End the connection to a page that says too much, and read no more of it."""
        connection = self.ws_connection
        self.close(TOO_MUCH, "says too much")
        if isinstance(connection, WebSocketProtocol) and connection.stream is not None:
            connection.stream.close()

    def _watch(self, name: Any) -> None:
        """Look closely at a watcher; None: at circusd itself."""
        seen = self.rooms.mirror.find(name) if isinstance(name, str) else None
        self.watched = seen.name if seen else None
        self.tell(self.rooms.samples.history(self.watched))
        if self.watched is not None:
            self.tell(self.rooms.audience.processes_message(self.watched))
            for event in self.rooms.mirror.recent(self.watched):
                self.tell({**event, "old": True})
        self._follow_output()

    def _tell_past(self, names: Any) -> None:
        """Tell what watchers have cost whose charts come into sight."""
        for name in names[:MOST_CHARTS] if isinstance(names, list) else ():
            if isinstance(name, str) and name in self.rooms.mirror.watchers:
                self.tell(self.rooms.samples.history(name))

    def _follow_output(self) -> None:
        if self._tails and self.watched is not None:
            self._tailing.begin(self.watched)
        else:
            self._tailing.end()

    def _order(self, said: Mapping[str, Any]) -> None:
        ref = said.get("ref")
        if len(self._orders) >= MOST_ORDERS:
            reason = f"cannot take more than {MOST_ORDERS} commands at a time"
            self.tell(_answer(ref, False, {}, reason))
            return
        task = asyncio.get_running_loop().create_task(self._carry_out(ref, said))
        self._orders.add(task)
        task.add_done_callback(self._orders.discard)

    async def _carry_out(self, ref: Any, said: Mapping[str, Any]) -> None:
        properties = said.get("properties") or {}
        try:
            verb = said["command"]
            if not isinstance(verb, str) or not isinstance(properties, dict):
                raise Refusal(400, "'command' is a verb, and 'properties' an object")
            command = answers.verbs().get(verb)
            if command is None:
                raise Refusal(404, f"there is no command {verb!r:.80}")
            whole = answers.from_body(command, properties)
            status, answer = await carry_out(self.rooms, command, whole)
            good = status == 200  # noqa: PLR2004 - RFC 9110
            self.tell(_answer(ref, good, answer, "" if good else str(answer.get("reason"))))
        except CircusError as problem:
            self.tell(_answer(ref, False, {}, str(problem)))


def _answer(ref: Any, good: bool, answer: Mapping[str, Any], reason: str) -> dict[str, Any]:
    return {"type": "answer", "ref": ref, "ok": good, "answer": answer, "reason": reason}
