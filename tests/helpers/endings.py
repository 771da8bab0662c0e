"""Owners of processes that note what they hear when these end."""

from __future__ import annotations

import asyncio

from tests.helpers.launching import PATIENCE, shell


class Owner:
    """A watcher that notes what it hears; each call of feed is one batch."""

    def __init__(self, asked=()):
        self.batches = []
        self.asked = {*asked}
        self._news = asyncio.Event()

    def asked_to_end(self, pid):
        return pid in self.asked

    def feed(self, *events):
        self.batches.append(list(events))
        self._news.set()

    def events(self):
        return [event for batch in self.batches for event in batch]

    async def until(self, count=1):
        """Wait until so many events were heard; return all."""
        while len(self.events()) < count:
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), PATIENCE)
        return self.events()


def launch(floor, what, owner, contain="session", **more):
    """Launch a plan, or a shell that runs a text, for an owner; return its pid."""
    plan = shell(what, **more) if isinstance(what, str) else what
    pid = floor.crew.kin.spawn(plan, contain, "test")
    floor.crew.deaths.own(pid, owner)
    return pid
