"""A controller over a fake fleet, and a raw client to put anything on its endpoint."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading

import zmq

from circus.controller import Controller
from circus.endpoint import Mailbox

PATIENCE = 10
"""Seconds after which a test gives up waiting for what must come."""


class Dealer:
    """A DEALER socket of the running loop that sends any frames and keeps what comes back."""

    def __init__(self, context, endpoint, kind=zmq.DEALER):
        socket = context.socket(kind)
        socket.connect(endpoint)
        self.answers = asyncio.Queue()
        self.mailbox = Mailbox(socket, asyncio.get_running_loop(), self.answers.put_nowait)

    def send(self, *frames):
        assert self.mailbox.send(frames)

    def ask(self, command, id="i", **properties):  # noqa: A002 - the wire's own name
        asked = {"command": command, "properties": properties, "id": id}
        self.send(json.dumps(asked).encode())

    async def answer(self):
        (raw,) = await asyncio.wait_for(self.answers.get(), PATIENCE)
        return json.loads(raw)

    async def call(self, command, **properties):
        self.ask(command, **properties)
        return await self.answer()

    def close(self):
        self.mailbox.close(0)


@contextlib.contextmanager
def desk(fleet, endpoint):
    """Run a controller in the running loop, and a client of it."""
    context = zmq.Context()
    controller = Controller(endpoint, None, context, asyncio.get_running_loop(), fleet)
    controller.start()
    dealer = Dealer(context, endpoint)
    try:
        yield controller, dealer
    finally:
        dealer.close()
        controller.stop()
        context.destroy(0)


@contextlib.contextmanager
def served(fleet, endpoint):
    """Run a controller in a thread with a loop of its own, for clients that block."""
    ready, loops = threading.Event(), []

    async def serve():
        stop = asyncio.Event()
        loops.append((asyncio.get_running_loop(), stop))
        with desk(fleet, endpoint):
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert ready.wait(PATIENCE)
    try:
        yield
    finally:
        loop, stop = loops[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join(PATIENCE)
