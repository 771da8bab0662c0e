"""An ASGI application, and uvicorn stopped in a way that loses no connection.

usage: uvicorn_server.py FD

FD is the number of the listening socket, which several processes share. `uvicorn --fd FD` would do
as well, but when it is stopped it closes the connections whose request has not come yet. This one
stops to accept first, gives those a moment to speak, and only then goes on as uvicorn does.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

import uvicorn

MOMENT = 0.5
"""Seconds that a client has to send its request."""


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer one request."""
    del receive
    if scope["type"] == "http":
        body = f"Hello from process {os.getpid()}\n".encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Server(uvicorn.Server):
    """A uvicorn that lets accepted connections speak before it stops."""

    async def shutdown(self, sockets: Any = None) -> None:
        """Take no more connections, wait a moment, and stop."""
        loop = asyncio.get_running_loop()
        for server in self.servers:
            for listening in server.sockets:
                loop.remove_reader(listening.fileno())
        await asyncio.sleep(MOMENT)
        await super().shutdown(sockets)


Server(
    uvicorn.Config(app, fd=int(sys.argv[1]), lifespan="off", loop="asyncio", log_level="warning")
).run()
