"""Connections that stay open: they end with the session that they were opened by."""

from __future__ import annotations

import asyncio
import time

from circus.web.handlers import Handler
from circus.web.rooms import Stays

GOODBYE = 1000
"""Why a connection is closed whose session has ended (RFC 6455 §7.4)."""


class Lasting(Handler):
    """Answers a request with a connection that stays."""

    _until: asyncio.TimerHandle | None = None

    def open_of(self, kind: type[Lasting]) -> int:
        """Return how many of a kind are open."""
        return sum(isinstance(one, kind) for one in self.rooms.open_pages)

    def stay(self, me: Stays) -> None:
        """Be known as open from now on.

        :param me: this very handler, which is closed when its session has ended
        """
        self._me = me
        self.rooms.open_pages.add(me)
        if self.session is not None:
            left = self.rooms.gate.left(self.session, time.time())
            later = asyncio.get_running_loop().call_later
            self._until = later(left, me.close, GOODBYE, "the session is over")

    def go(self) -> None:
        """Be open no more."""
        self.rooms.open_pages.discard(self._me)
        if self._until is not None:
            self._until.cancel()

    def logged_out(self, session: str) -> None:
        """Close the connection if this was its session."""
        if self.session == session:
            self._me.close(GOODBYE, "logged out")
