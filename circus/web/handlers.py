"""What all handlers have in common, and those of the page: every request passes the gate here."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from tornado.web import Finish, HTTPError, RequestHandler, stream_request_body

from circus.web.answers import Refusal, read_object
from circus.web.rooms import Rooms

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Server": "circushttpd",
}
"""Of every answer."""
TOO_MANY = "the token is wrong, and too many wrong ones wait for their answer"


class Handler(RequestHandler):
    """Answers a request that has passed the gate; every error is JSON with a ``reason``."""

    open_to_all = False
    """Nothing here is secret: no token is needed."""
    from_elsewhere = False
    """A link of another site may lead here."""
    session: str | None = None
    """The session that the request was let in by; None: by the token, or nobody has asked."""

    def initialize(self, rooms: Rooms) -> None:
        """Have the rooms at hand."""
        self.rooms = rooms

    def set_default_headers(self) -> None:
        """Have the headers of every answer."""
        for name, value in HEADERS.items():
            self.set_header(name, value)

    async def prepare(self) -> None:
        """Let in who may come in.

        :raises Refusal: somebody who may not
        """
        self.meet()
        if not (self.open_to_all or await self.known()):
            raise Refusal(401, "a token is needed: Authorization: Bearer TOKEN, or log in")

    def meet(self) -> None:
        """Look at the names that a request brings.

        :raises Refusal: it is meant for another host, or sent by a foreign page
        """
        gate, headers = self.rooms.gate, self.request.headers
        host = headers.get("Host", "")
        if not gate.knows_host(host):
            raise Refusal(403, f"cannot answer for the host {host!r:.200}: see httpd_hosts")
        origin = headers.get("Origin")
        if origin is not None and not gate.knows_origin(origin, host):
            raise Refusal(403, f"cannot answer a page of {origin!r:.200}")
        site = headers.get("Sec-Fetch-Site", "none")
        if site not in {"same-origin", "none"} and not self.from_elsewhere:
            raise Refusal(403, f"cannot answer a page of another site ({site!r:.40})")

    # --- who it is --------------------------------------------------------------------------------

    async def known(self) -> bool:
        """Say whether a request brings a token or a session; a wrong token is refused.

        :raises Refusal: the token is wrong
        """
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            await self.hold_up(token.strip())
            return True
        cookie = self.get_cookie(self.rooms.cookie)
        if cookie is None or not self.rooms.gate.admits(cookie, time.time()):
            return False
        self.session = cookie
        return True

    async def hold_up(self, token: str) -> None:
        """Look at a token.

        :raises Refusal: it is wrong; after some wrong ones this takes a second
        """
        gate = self.rooms.gate
        if gate.opens(token):
            return
        if gate.besieged:
            raise Refusal(429, TOO_MANY)
        gate.waiting += 1
        try:
            await asyncio.sleep(gate.wrong(time.monotonic()))
        finally:
            gate.waiting -= 1
        raise Refusal(401, "the token is wrong")

    # --- answers ----------------------------------------------------------------------------------

    def answer(self, answer: Any, status: int = 200) -> None:
        """Answer with JSON."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps(answer))

    def body(self) -> dict[str, Any]:
        """Return the JSON object in the body.

        :raises Refusal: it is none, or not said to be JSON
        """
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if self.request.body and kind != "application/json":
            raise Refusal(415, "the body has to be JSON: Content-Type: application/json")
        return read_object(self.request.body)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with a sentence on what is wrong."""
        problem = kwargs.get("exc_info", (None, None, None))[1]
        reason = self._reason
        if isinstance(problem, Refusal):
            status_code, reason = problem.status, str(problem)
        if status_code == 401:  # noqa: PLR2004 - RFC 9110 wants this with it
            self.set_header("WWW-Authenticate", 'Bearer realm="circus"')
        self.answer({"reason": reason}, status_code)

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Take the status of a refusal before it is logged."""
        problem = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(problem, Refusal):
            status_code = problem.status
        super().send_error(status_code, **kwargs)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log what nobody expected; a refusal is told to who asked, and fills no log."""
        if not isinstance(value, (Refusal, Finish, HTTPError)):
            super().log_exception(typ, value, tb)

    def data_received(self, chunk: bytes) -> None:
        """Take no part of a body before it is whole."""

    def check_etag_header(self) -> bool:
        """Compare no tags but those of pages."""
        return False

    def compute_etag(self) -> None:
        """Make no tag."""


class Nothing(Handler):
    """What is not there."""

    open_to_all = True

    async def prepare(self) -> None:
        """Say so."""
        self.meet()
        raise Refusal(404, "there is nothing here")


@stream_request_body
class TooLarge(Handler):
    """A body that is too large to be read."""

    def set_default_headers(self) -> None:
        """End the connection, whatever is still on its way."""
        super().set_default_headers()
        self.set_header("Connection", "close")

    async def prepare(self) -> None:
        """Say so, and read no more."""
        raise Refusal(413, "the body is too large: 1 MiB is the most")


class Start(Handler):
    """``/``: the page for who has a session, else the one to log in at."""

    from_elsewhere = open_to_all = True

    async def get(self) -> None:
        """Answer with the page."""
        inside = await self.known()
        self.show("index.html" if inside else "login.html", 200 if inside else 401)

    def show(self, name: str, status: int = 200) -> None:
        """Answer with a file of the page."""
        page = self.rooms.pages.find(name)
        assert page is not None, "it belongs to the package"
        self.set_status(status)
        self.set_header("Content-Type", page.kind)
        self.finish(page.body)


class PageFile(Handler):
    """``/page/NAME``: the files of the page, in which nothing is secret."""

    open_to_all = True

    def get(self, name: str) -> None:
        """Answer with a file."""
        page = self.rooms.pages.find(name)
        if page is None:
            raise Refusal(404, "there is no such file")
        self.set_header("Content-Type", page.kind)
        self.set_header("Cache-Control", "no-cache")
        self.set_header("ETag", page.tag)
        if self.request.headers.get("If-None-Match") == page.tag:
            self.set_status(304)
            self.finish()
        else:
            self.finish(page.body)


class Login(Handler):
    """``/login``: a cookie for a token."""

    open_to_all = True

    async def post(self) -> None:
        """Give a cookie."""
        token = self.body().get("token")
        if not isinstance(token, str):
            raise Refusal(400, "'token' is missing")
        await self.hold_up(token)
        # behind a proxy that speaks https the cookie is for https alone
        secure = "https" in {self.request.protocol, self.request.headers.get("X-Forwarded-Proto")}
        session = self.rooms.gate.session(time.time())
        self.set_cookie(
            self.rooms.cookie, session, path="/", httponly=True, samesite="Strict", secure=secure
        )
        self.set_status(204)


class Logout(Handler):
    """``/logout``: the end of a session."""

    open_to_all = True

    def post(self) -> None:
        """End a session, and close the pages and feeds that are open by it."""
        cookie = self.get_cookie(self.rooms.cookie)
        if cookie is not None:
            self.rooms.gate.log_out(cookie)
            for page in tuple(self.rooms.open_pages):
                page.logged_out(cookie)
        self.clear_cookie(self.rooms.cookie)
        self.set_status(204)
