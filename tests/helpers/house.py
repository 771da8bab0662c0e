"""An Arbiter on the test's own loop, and what it says on its PUB socket."""

from __future__ import annotations

import asyncio
import json

import zmq

from circus.arbiter import Arbiter
from circus.endpoint import Mailbox
from circus.watcher import Watcher
from tests.helpers.floor import SLEEP, Ears, lone
from tests.helpers.launching import PATIENCE

BELL = 10
"""Milliseconds between two tries to be heard by a subscriber that is connecting."""


def watcher(name, cmd=SLEEP, **options):
    """Return a watcher whose processes end quickly in any case."""
    return Watcher(name, cmd, **{"graceful_timeout": 10, **options})


class House:
    """Arbiters in the running loop; each has one ear on its events from the first on."""

    def __init__(self, folder):
        self.folder = folder
        self.loop = asyncio.get_running_loop()
        self.ears = Ears()
        self.context = zmq.Context()
        self._arbiters, self._mailboxes = [], []

    def arbiter(self, *watchers, kind=Arbiter, **options):
        """Return an arbiter, not started."""
        places = f"ipc://{self.folder}/ctl", f"ipc://{self.folder}/pub"
        made = kind(watchers, *places, loop=self.loop, **options)
        made.on_open = lambda: self._listen(made)
        self._arbiters.append(made)
        return made

    async def up(self, *watchers, **options):
        """Return an arbiter whose watchers were started; what it said is forgotten."""
        made = self.arbiter(*watchers, **options)
        await made.start()
        for name in [one.name for one in watchers if one.is_active()]:
            await self.ears.until("start", watcher=name)
        self.ears.forget()
        return made

    def _listen(self, arbiter):
        """Hear everything from now on: the subscription has arrived when this returns."""
        socket = self.context.socket(zmq.SUB)
        socket.subscribe(b"")
        socket.connect(arbiter.pubsub_endpoint)
        while not socket.poll(BELL):
            arbiter.publisher.publish(b"bell", b"")
        arbiter.publisher.publish(b"last bell", b"")
        while socket.recv_multipart() != [b"last bell", b""]:
            pass
        self._mailboxes.append(Mailbox(socket, self.loop, self._heard))

    def _heard(self, frames):
        topic, payload = frames
        fields = json.loads(payload)
        self.ears(fields["watcher"], topic.decode().rpartition(".")[2], fields)

    async def close(self):
        """End everything, quickly."""
        for arbiter in self._arbiters:
            if arbiter.running:
                arbiter._exclusive_running_command = None
                if arbiter.check_delay <= 0:
                    arbiter.crew.deaths.start(1.0)
                arbiter.quit()
                arbiter.hasten()
                await asyncio.wait_for(arbiter._over, PATIENCE)
        for mailbox in self._mailboxes:
            mailbox.close(0)
        self.context.destroy(0)


def play(folder, scene):
    """Run a scene, an async function of a House, and hold that nothing is left of it."""

    async def run():
        house = House(folder)
        try:
            await asyncio.wait_for(scene(house), PATIENCE)
        finally:
            await house.close()

    lone(run)
