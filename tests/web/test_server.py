"""The bounds of what is taken from a connection."""

from __future__ import annotations

import socket

import pytest

from circus.web.server import LARGEST_BODY, LARGEST_HEADER
from tests.helpers.console import TOKEN
from tests.helpers.daemon import PATIENCE


def raw(site, *parts):
    """Send bytes; return all that comes back until the connection ends."""
    with socket.create_connection(("127.0.0.1", site.port), PATIENCE) as connection:
        try:
            for part in parts:
                connection.sendall(part)
            connection.shutdown(socket.SHUT_WR)
            found = b""
            while chunk := connection.recv(65536):
                found += chunk
        except (ConnectionResetError, BrokenPipeError):
            return b""
    return found


def head(site, method, path, *lines):
    said = (f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{site.port}", *lines)
    return ("\r\n".join(said) + "\r\n\r\n").encode()


def test_a_body_that_is_too_large_is_refused_before_it_is_read(site):
    bearer = f"Authorization: Bearer {TOKEN}"
    length = f"Content-Length: {LARGEST_BODY + 1}"
    reply = raw(site, head(site, "POST", "/api/watchers/web/stop", bearer, length))
    assert reply.startswith(b"HTTP/1.1 413 ")
    assert b'"reason"' in reply


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 99999999999999999999999999",),
        ("Content-Length: -1",),
        ("Content-Length: 5, 6",),
        ("Transfer-Encoding: chunked", "Content-Length: 5"),
        ("X: " + "x" * LARGEST_HEADER,),
        (*(f"X-{number}: x" * 10 for number in range(500)),),
    ],
)
def test_a_header_that_makes_no_sense_ends_the_connection(site, lines):
    reply = raw(site, head(site, "POST", "/login", *lines))
    assert reply == b"" or reply[9:12] in {b"400", b"413", b"431"}
    assert site.ask("GET", "/healthz").status == 200


def test_chunks_without_an_end_are_not_kept(site):
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    start = head(site, "POST", "/login", "Transfer-Encoding: chunked")
    reply = raw(site, start, *[chunk] * 20)
    assert reply == b"" or reply[9:12] in {b"400", b"413"}
    assert site.ask("GET", "/healthz").status == 200


@pytest.mark.parametrize(
    "junk", [b"\0" * 100, b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00", b"PRI * HTTP/2.0\r\n\r\n"]
)
def test_what_is_no_http_harms_nothing(site, junk):
    raw(site, junk)
    assert site.ask("GET", "/healthz").status == 200


def test_a_query_does_not_come_into_the_log(console):
    site = console(
        circus="httpd = True\nhttpd_port = 0\nhttpd_token = " + TOKEN + "\ndebug = True\n"
    )
    assert site.ask("GET", "/healthz?secret=hush").status == 200
    site.daemon.log.until("GET /healthz 200")
    assert "hush" not in site.daemon.log.so_far()
    assert TOKEN not in "\n".join(site.daemon.log.lines)
