"""What plugins are tried with: a daemon that says what the test says, and ears for metrics."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
import time

import zmq

from circus.wire.topics import announcement

PATIENCE = 20.0
"""Seconds after which a test gives up waiting for what must come."""
BELL = 0.05
"""Seconds between two tries to have something heard."""
NOWHERE = "ipc:///nowhere"


class Wire:
    """Both endpoints of a daemon.

    :param answer: from the request to the answer; None: there is none
    :param events: (watcher, event, fields), published once somebody has subscribed
    """

    def __init__(self, folder, answer=lambda asked: {"status": "ok"}, events=()) -> None:
        self.endpoint, self.pubsub = f"ipc://{folder}/ctl", f"ipc://{folder}/pub"
        self.asked: list[dict] = []
        self._heard = threading.Condition()
        self._answer = answer
        self._events = [announcement(*one, time.time(), seq) for seq, one in enumerate(events)]
        self._context = zmq.Context()
        self._router = self._bound(zmq.ROUTER, self.endpoint)
        self._pub = self._bound(zmq.XPUB, self.pubsub)
        self._end = self._bound(zmq.PAIR, "inproc://end")
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _bound(self, kind, place):
        made = self._context.socket(kind)
        made.linger = 0
        made.bind(place)
        return made

    def _serve(self) -> None:
        poller = zmq.Poller()
        for one in (self._router, self._pub, self._end):
            poller.register(one, zmq.POLLIN)
        while True:
            ready = dict(poller.poll())
            if self._end in ready:
                return
            if self._pub in ready and self._pub.recv()[:1] == b"\x01":
                for frames in self._events:
                    self._pub.send_multipart(frames)
            if self._router in ready:
                who, raw = self._router.recv_multipart()
                with self._heard:
                    self.asked.append(json.loads(raw))
                    self._heard.notify()
                answer = self._answer(self.asked[-1])
                if answer is not None and self.asked[-1].get("msg_type") != "cast":
                    said = json.dumps({**answer, "id": answer.get("id", self.asked[-1]["id"])})
                    self._router.send_multipart([who, said.encode()])

    def until_asked(self, count: int) -> list[dict]:
        """Wait for so many requests, and return all."""
        with self._heard:
            assert self._heard.wait_for(lambda: len(self.asked) >= count, PATIENCE), self.asked
            return self.asked

    def close(self) -> None:
        with self._context.socket(zmq.PAIR) as end:
            end.connect("inproc://end")
            end.send(b"")
            self._thread.join(PATIENCE)
        self._context.destroy(0)


@contextlib.contextmanager
def alone(cls, answers=None, **config):
    """Yield a plugin without a daemon; what it casts is kept in ``told``.

    :param answers: what a call answers, by its command; otherwise just ok
    """
    plugin = cls(NOWHERE, NOWHERE, 1.0, None, **config)
    plugin.told = []

    def cast(command, **props):
        plugin.told.append((command, props))

    def call(command, **props):
        found = (answers or {}).get(command, {"status": "ok"})
        return found(**props) if callable(found) else found

    plugin.cast, plugin.call = cast, call
    try:
        yield plugin
    finally:
        plugin.stop()


class Udp:
    """Hears what is sent to a UDP port of its own."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.heard: list[str] = []

    def until(self, pattern: str, ring=lambda: None) -> re.Match[str]:
        """Wait for a packet that matches a pattern from end to end.

        :param ring: called again and again until it comes
        """
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            ring()
            self._socket.settimeout(BELL)
            with contextlib.suppress(TimeoutError):
                self.heard.append(self._socket.recv(4096).decode())
                if match := re.fullmatch(pattern, self.heard[-1]):
                    return match
        raise AssertionError(f"{pattern} was never heard, but {self.heard}")

    def so_far(self) -> list[str]:
        """Return what was heard and not waited for yet."""
        self._socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                self.heard.append(self._socket.recv(4096).decode())
        heard, self.heard = self.heard, []
        return heard

    def close(self) -> None:
        self._socket.close()
