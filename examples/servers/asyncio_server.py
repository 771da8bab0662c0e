"""A web server on asyncio alone that loses no connection when it is stopped.

usage: asyncio_server.py FD

FD is the number of the listening socket, which several processes share. At SIGTERM it takes no more
connections (the others do), answers those that it has, and ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys

HELLO = f"Hello from process {os.getpid()}\n"
ANSWER = (
    f"HTTP/1.1 200 OK\r\nContent-Length: {len(HELLO)}\r\nConnection: close\r\n\r\n{HELLO}"
).encode()


async def answer(connection: socket.socket) -> None:
    """Answer one request."""
    reader, writer = await asyncio.open_connection(sock=connection)
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):  # the client went away
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ANSWER)
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def main() -> None:
    """Serve on the socket of the given number until SIGTERM comes."""
    loop = asyncio.get_running_loop()
    listening = socket.socket(fileno=int(sys.argv[1]))
    at_work: set[asyncio.Task[None]] = set()

    def accept() -> None:
        try:
            connection, _ = listening.accept()
        except BlockingIOError:
            return  # another process was faster
        task = loop.create_task(answer(connection))
        at_work.add(task)
        task.add_done_callback(at_work.discard)

    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_reader(listening, accept)
    await stop.wait()
    # asyncio.Server.close() would drop what was accepted a moment ago
    loop.remove_reader(listening)
    await asyncio.gather(*at_work)


asyncio.run(main())
