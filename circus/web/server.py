"""The server: which path is whose, and the bounds of what is taken from a connection."""

from __future__ import annotations

import socket
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest
from tornado.iostream import IOStream
from tornado.web import Application

from circus import logger
from circus.web import api, feeds, handlers, live, metrics
from circus.web.rooms import Rooms

LARGEST_BODY = 2**20
"""Bytes of a request's body."""
LARGEST_HEADER = 16 * 2**10
"""Bytes of a request's header."""
MOST_CONNECTIONS = 1000
"""Connections that have not become a WebSocket; more are closed at once."""
IDLE = 75.0
"""Seconds that a connection may stay without a whole request."""
BODY_TIME = 30.0
"""Seconds for a body to come."""
PING = 30.0
"""Seconds between two looks whether a page is still there."""


class Site(Application):
    """Which path is whose.

    :param rooms: what the handlers have at hand
    """

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = {"rooms": rooms}
        table: list[tuple[str, type[handlers.Handler]]] = [
            (r"/", handlers.Start),
            (r"/page/([^/]+)", handlers.PageFile),
            (r"/login", handlers.Login),
            (r"/logout", handlers.Logout),
            (r"/healthz", api.Health),
            (r"/metrics", metrics.Metrics),
            (r"/api/openapi.json", api.Document),
            (r"/api/live", live.Live),
            (r"/api/events", feeds.Events),
            (r"/api/watchers", api.Watchers),
            (r"/api/watchers/([^/]+)", api.OneWatcher),
            (r"/api/watchers/([^/]+)/output", feeds.Output),
            (r"/api/watchers/([^/]+)/([^/]+)", api.Order),
            (r"/api/([^/]+)", api.Order),
        ]
        super().__init__(
            [(path, handler, self._rooms) for path, handler in table],
            default_handler_class=handlers.Nothing,
            default_handler_args=self._rooms,
            log_function=_log,
            websocket_ping_interval=PING,
            websocket_max_message_size=live.LARGEST,
        )

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> Any:
        """Return who answers; a body that is too large is refused before it is read."""
        length = request.headers.get("Content-Length", "0")
        if length.isdecimal() and int(length[:20]) > LARGEST_BODY:
            return self.get_handler_delegate(request, handlers.TooLarge, self._rooms)
        return super().find_handler(request, **kwargs)


class Server(HTTPServer):
    """Takes connections, not more than it can bear."""

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        """Have nobody yet."""
        super().initialize(*args, **kwargs)
        self._open = 0

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        """Take a connection, or close it at once."""
        if self._open >= MOST_CONNECTIONS:
            stream.close()
            return
        self._open += 1
        super().handle_stream(stream, address)

    def on_close(self, server_conn: object) -> None:
        """Count a connection less: it is closed, or has become a WebSocket."""
        self._open -= 1
        super().on_close(server_conn)


def serve(rooms: Rooms, sockets: list[socket.socket]) -> Server:
    """Begin to serve on sockets that listen."""
    server = Server(
        Site(rooms),
        max_header_size=LARGEST_HEADER,
        max_body_size=LARGEST_BODY,
        max_buffer_size=LARGEST_BODY + LARGEST_HEADER,
        idle_connection_timeout=IDLE,
        body_timeout=BODY_TIME,
    )
    server.add_sockets(sockets)
    return server


def _log(handler: Any) -> None:
    """Log a request without its query, in which there may be a secret."""
    request = handler.request
    took = 1000 * request.request_time()
    logger.debug("%s %s %d (%.1f ms)", request.method, request.path, handler.get_status(), took)
