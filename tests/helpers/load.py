"""Clients that ask a web server without a pause, one request for each connection.

Whatever is not a whole answer is lost, and the reason is kept: a refusal, a reset, silence.
"""

from __future__ import annotations

import asyncio
import re
import threading

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
ANSWER = re.compile(rb"HTTP/1\.[01] 200 .*\r\n\r\nHello from process (\d+)\n", re.DOTALL)
PATIENCE = 30.0
"""Seconds after which a client gives a request up, and the test gives up waiting."""
PACE = 0.02
"""Seconds from one request of a client to its next: it is a load, not a flood."""


async def ask(host: str, port: int) -> int:
    """Make one request on a connection of its own; return the number of the process that answered.

    :raises OSError: refused or reset
    :raises ValueError: something else than the answer came
    """
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(REQUEST)
        said = await reader.read()
    finally:
        writer.close()
    found = ANSWER.fullmatch(said)
    if found is None:
        raise ValueError(f"not an answer: {said!r}")
    return int(found[1])


class Load:
    """A load on one address for as long as the context lasts.

    :param clients: how many ask at a time
    """

    def __init__(self, host: str, port: int, clients: int = 8) -> None:
        self.answered = 0
        self.lost: list[str] = []
        self.servers: set[int] = set()
        self._place = host, port
        self._clients = clients
        self._more = threading.Condition()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._run(),))

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(PATIENCE)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(2 * PATIENCE)

    def until(self, more: int) -> None:
        """Wait until so many more requests have ended."""
        with self._more:
            goal = self._ended() + more
            assert self._more.wait_for(lambda: self._ended() >= goal, PATIENCE)

    def _ended(self) -> int:
        return self.answered + len(self.lost)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._ready.set()
        await asyncio.gather(*(self._client() for _ in range(self._clients)))

    async def _client(self) -> None:
        while not self._stop.is_set():
            try:
                pid = await asyncio.wait_for(ask(*self._place), PATIENCE)
            except (OSError, ValueError, asyncio.TimeoutError) as error:
                self._note(lost=repr(error))
            else:
                self._note(pid)
            await asyncio.sleep(PACE)

    def _note(self, pid: int = 0, lost: str = "") -> None:
        with self._more:
            if lost:
                self.lost.append(lost)
            else:
                self.answered += 1
                self.servers.add(pid)
            self._more.notify_all()
