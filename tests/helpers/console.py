"""A web console of a test's own, beside a real circusd, and a browser without a face."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from typing import Any, NamedTuple

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.netutil import bind_sockets
from tornado.websocket import websocket_connect

from circus.web import command
from circus.web.gate import Gate
from circus.web.server import serve
from tests.helpers.daemon import PATIENCE, running

TOKEN = "a-token-that-is-long-enough"
WATCHERS = """
[watcher:web]
cmd = sh -c 'echo hello; exec sleep 600'
stdout_stream.class = StdoutStream
numprocesses = 2
[watcher:Idle One]
cmd = sleep 600
autostart = False
"""
CIRCUS = f"httpd = True\nhttpd_port = 0\nhttpd_token = {TOKEN}\n"


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: Any
    text: str

    @property
    def json(self):
        return json.loads(self.text)


class Site:
    """A console that is served at a port."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._pages: list[Page] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method, path, body=None, token: str | None = TOKEN, **headers) -> Reply:
        """Ask for something, as a program with the token does unless it is None."""
        return asyncio.run(self.fetch(method, path, body, token, **headers))

    async def fetch(self, method, path, body=None, token: str | None = TOKEN, **headers) -> Reply:
        """Ask for something in a loop that runs."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if isinstance(body, dict):
            sent.setdefault("Content-Type", "application/json")
            body = json.dumps(body)
        client = AsyncHTTPClient(force_instance=True)
        try:
            found = await client.fetch(
                HTTPRequest(
                    self.url + path,
                    method=method,
                    body=body,
                    headers=sent,
                    request_timeout=PATIENCE,
                    allow_nonstandard_methods=True,
                    follow_redirects=False,
                ),
                raise_error=False,
            )
        finally:
            client.close()
        return Reply(found.code, found.headers, (found.body or b"").decode())

    def session(self) -> str:
        """Log in; return the cookie."""
        reply = self.ask("POST", "/login", {"token": TOKEN}, token=None)
        assert reply.status == 204, reply
        return reply.headers["Set-Cookie"].partition(";")[0]

    async def page(self, token: str | None = TOKEN, **headers):
        """Open a page: a WebSocket."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        url = f"ws://127.0.0.1:{self.port}/api/live"
        self._pages.append(Page(await websocket_connect(HTTPRequest(url, headers=sent))))
        return self._pages[-1]

    def play(self, scene, patience: float = 2 * PATIENCE) -> None:
        """Run a scene, an async function; the pages that it opens are closed at its end."""

        async def run() -> None:
            try:
                await asyncio.wait_for(scene(), patience)
            finally:
                await self.leave()

        asyncio.run(run())

    async def leave(self) -> None:
        """Close the pages that are open."""
        pages, self._pages = self._pages, []
        for page in pages:
            page.connection.close()
            await page.closed()


class Console(Site):
    """The console of a daemon.

    :param daemon: whose log says where it is
    :param said: what has to stand there first
    """

    def __init__(self, daemon, *said: str) -> None:
        self.daemon = daemon
        line = daemon.log.until(*(said or ("circusd answers at", "circushttpd serves at")))
        text = "\n".join([*daemon.log.lines, line])
        super().__init__(
            int(re.findall(r"circushttpd serves at http://127\.0\.0\.1:(\d+)/", text)[-1])
        )


class Page:
    """A page that is open."""

    def __init__(self, connection) -> None:
        self.connection = connection
        self._stream = connection.protocol.stream
        self._over = False

    async def say(self, **message) -> None:
        await self.connection.write_message(json.dumps(message))

    async def until(self, kind, wanted=lambda _: True):
        """Return the next message of a kind that is as wanted."""

        async def read():
            while True:
                raw = await self.connection.read_message()
                assert raw is not None, f"closed: {self.connection.close_code}"
                message = json.loads(raw)
                if message["type"] == kind and wanted(message):
                    return message

        return await asyncio.wait_for(read(), PATIENCE)

    async def closed(self) -> int | None:
        """Wait for the end; return its number."""

        async def read():
            while await self.connection.read_message() is not None:
                pass

        if not self._over:
            await asyncio.wait_for(read(), PATIENCE)
        self._over = True
        self.connection.close()
        self._stream.close()
        return self.connection.close_code


@contextlib.asynccontextmanager
async def alone(folder):
    """Serve a console in the loop that runs, beside no daemon; yield its rooms and it."""
    ends = "--endpoint", f"ipc://{folder}/ctl", "--pubsub", f"ipc://{folder}/pub"
    rooms = command._rooms(command.parser().parse_args(ends), Gate(TOKEN))
    sockets = bind_sockets(0, "127.0.0.1")
    server = serve(rooms, sockets)
    try:
        site = Site(sockets[0].getsockname()[1])
        yield rooms, site
        await site.leave()
    finally:
        await command._end(server, rooms)


@contextlib.contextmanager
def console(folder, text: str = WATCHERS, circus: str = CIRCUS):
    """Run a daemon with its console."""
    with running(folder, text, circus=circus) as daemon:
        yield Console(daemon)
