"""The client for asyncio and tornado: many questions at a time (spec §11.5)."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

from circus.client import Connection, read
from circus.endpoint import Mailbox
from circus.exc import CallError
from circus.wire.frames import make_message, with_id

if TYPE_CHECKING:
    from collections.abc import Mapping


class AsyncCircusClient(Connection):
    """Asks a daemon from a coroutine. Concurrent calls each get their own answer.

    Its arguments are those of :class:`circus.client.Connection`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._mailbox: Mailbox | None = None
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        super().__init__(*args, **kwargs)

    async def send_message(self, command: str, **props: Any) -> Any:
        """Ask for a command with these properties; see :meth:`call`."""
        return await self.call(make_message(command, **props))

    async def call(self, cmd: Mapping[str, Any]) -> Any:
        """Ask, and return the answer.

        A cast is sent and not waited for: the result is None.

        :param cmd: a request, as :func:`~circus.client.make_message` makes it
        :raises CallError: no answer came in time, or the client was stopped meanwhile
        """
        name = os.urandom(16).hex()
        raw = with_id(cmd, name)
        loop = asyncio.get_running_loop()
        if self.socket.closed:
            raise CallError("cannot ask: the client is stopped")
        if self._mailbox is None or self._mailbox.loop is not loop:
            self._mailbox = Mailbox(self.socket, loop, self._take)
        if not self._mailbox.send((raw,)):
            raise CallError("cannot ask: too much is on its way already")
        if cmd.get("msg_type") == "cast":
            return None
        self._waiting[name] = answer = loop.create_future()
        try:
            return await asyncio.wait_for(answer, self.timeout / 1000)
        except asyncio.TimeoutError:
            raise CallError("Timed out.") from None
        finally:
            self._waiting.pop(name, None)

    def _take(self, message: list[bytes]) -> None:
        answer = read(message[0])
        future = self._waiting.pop(str(answer.get("id")), None)
        if future is not None and not future.done():
            future.set_result(answer)

    def stop(self) -> None:
        """Close the socket, and the context if it is the client's own; open calls fail."""
        if self._mailbox is not None:
            self._mailbox.close(0)
        super().stop()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(CallError("cannot ask: the client is stopped"))
