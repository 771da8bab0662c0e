"""The sources of circus-top: circusd-stats first, and through it the daemon itself.

circus-top is told where circusd-stats publishes. The samples say where the daemon is; from then on
its events are heard as well, it is asked for the states of its watchers, and it can be told what to
do.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import zmq

from circus.aclient import AsyncCircusClient
from circus.consumer import CircusConsumer
from circus.endpoint import Mailbox
from circus.exc import CallError
from circus.stats.client import StatsClient, read

if TYPE_CHECKING:
    from circus.top.board import Board

ASK_EVERY = 1.0
"""Seconds between two questions for the states of all watchers."""
NOWHERE = "cannot reach circusd: circusd-stats has not said yet where it is"


class Feed:
    """Feeds a board.

    :param board: what is fed
    :param endpoint: where circusd-stats publishes
    :param ssh_server: ``user@host:port``, through which everything is reached
    :raises CallError: the endpoint makes no sense
    """

    def __init__(self, board: Board, endpoint: str, ssh_server: str | None = None) -> None:
        self.board = board
        self.ssh_server = ssh_server
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._client: AsyncCircusClient | None = None
        self._mailboxes: list[Mailbox] = []
        self._asking: asyncio.Task[None] | None = None
        self.changed: Callable[[], None] = _nothing
        """Called after an event; samples come every second anyway."""
        try:
            self._stats = StatsClient(endpoint, ssh_server, self.context)
        except BaseException:
            self.context.destroy(0)
            raise

    def start(self) -> None:
        """Listen, in the running loop."""
        self._listen(self._stats, self._sampled)

    async def ask(self, command: str, **properties: Any) -> dict[str, Any]:
        """Ask the daemon; what goes wrong is an answer with ``reason`` as well."""
        if self._client is None:
            return {"status": "error", "reason": NOWHERE}
        try:
            answer: dict[str, Any] = await self._client.send_message(command, **properties)
        except CallError as problem:
            return {"status": "error", "reason": str(problem)}
        return answer

    async def stop(self) -> None:
        """Listen no more, and close everything."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait([self._asking])
        for mailbox in self._mailboxes:
            mailbox.close(0)
        if self._client is not None:
            self._client.stop()
        self.context.destroy(0)

    def _listen(self, consumer: CircusConsumer, take: Callable[[list[bytes]], None]) -> None:
        loop = asyncio.get_running_loop()
        self._mailboxes.append(Mailbox(consumer.pubsub_socket, loop, take))

    def _sampled(self, frames: list[bytes]) -> None:
        self.board.sample(*read(*frames), time.monotonic())
        if self._client is None and self.board.endpoint and self.board.pubsub_endpoint:
            self._client = AsyncCircusClient(
                self.context, self.board.endpoint, ssh_server=self.ssh_server
            )
            places = (self.context, self.board.pubsub_endpoint, self.ssh_server)
            self._listen(CircusConsumer(["watcher."], *places), self._heard)
            self._asking = asyncio.get_running_loop().create_task(self._ask_again())

    def _heard(self, frames: list[bytes]) -> None:
        fields = json.loads(frames[1])
        self.board.heard(fields["watcher"], frames[0].rpartition(b".")[2].decode(), fields)
        self.changed()

    async def _ask_again(self) -> None:
        while True:
            answer = await self.ask("status", verbose=True)
            if answer.get("status") != "error":
                self.board.told(answer)
                self.changed()
            await asyncio.sleep(ASK_EVERY)


def _nothing() -> None:
    """Tell nobody."""
