"""Who comes in and who does not: the attacks of the issue, on a real console."""

from __future__ import annotations

import asyncio
import time

import pytest

from circus.web.gate import MOST_WAITING, PATIENCE
from circus.web.handlers import HEADERS
from tests.helpers.console import TOKEN, alone

EVERYTHING = [
    ("GET", "/api/watchers"),
    ("GET", "/api/watchers/web"),
    ("GET", "/api/watchers/web/options"),
    ("GET", "/api/watchers/web/output"),
    ("GET", "/api/events"),
    ("GET", "/api/live"),
    ("GET", "/api/openapi.json"),
    ("GET", "/metrics"),
    ("GET", "/healthz"),
    ("POST", "/api/watchers/web/stop"),
    ("POST", "/api/quit"),
    ("POST", "/api/nonsense"),
]
"""Paths that need a token."""


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
@pytest.mark.parametrize("token", [None, "a-wrong-token-long-enough"])
def test_without_the_token_nothing_is_told_and_nothing_done(site, method, path, token):
    fresh(site)
    reply = site.ask(method, path, body={} if method == "POST" else None, token=token)
    assert reply.status == 401, reply
    assert reply.json["reason"]
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")


def fresh(site):
    """Begin with a site that has seen no wrong token: a right one is always answered at once."""
    assert site.ask("GET", "/healthz").status == 200


HOST = "127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"Host": "evil.example"}, "host 'evil.example'"),
        ({"Host": "evil.example:{port}"}, "evil.example"),
        ({"Host": "127.0.0.1.evil.example"}, "evil.example"),
        ({"Host": ""}, "host"),
        ({"Origin": "http://evil.example"}, "page of 'http://evil.example'"),
        ({"Origin": "null"}, "page of 'null'"),
        ({"Origin": "http://127.0.0.1:1"}, "page of"),
        ({"Origin": "http://localhost:1", "Host": "localhost:{port}"}, "page of"),
        ({"Origin": "http://localhost", "Host": "localhost:{port}"}, "page of"),
        ({"Sec-Fetch-Site": "cross-site"}, "another site"),
        ({"Sec-Fetch-Site": "same-site"}, "another site"),
    ],
)
@pytest.mark.parametrize(("method", "path"), [EVERYTHING[0], EVERYTHING[5], EVERYTHING[9]])
def test_another_host_or_a_foreign_page_is_refused_even_with_the_token(
    site, method, path, headers, why
):
    sent = {name: value.format(port=site.port) for name, value in headers.items()}
    reply = site.ask(method, path, body={} if method == "POST" else None, **sent)
    assert reply.status == 403, reply
    assert why in reply.json["reason"]


def test_our_own_page_is_let_in(site):
    sent = {"Host": f"localhost:{site.port}", "Origin": f"http://localhost:{site.port}"}
    reply = site.ask("GET", "/api/watchers", **sent, **{"Sec-Fetch-Site": "same-origin"})
    assert reply.status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/page/../command.py",
        "/page/..%2fcommand.py",
        "/page/%2e%2e/%2e%2e/exc.py",
        "/page//etc/passwd",
        "/page/%00",
        "/page/",
        "/page/nothing.js",
        "/../../etc/passwd",
        "/nothing",
    ],
)
def test_no_path_leads_out_of_the_page(site, path):
    reply = site.ask("GET", path)
    assert reply.status == 404
    assert reply.json["reason"]


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/api/watchers"), ("PUT", "/"), ("GET", "/login")]
)
def test_a_method_that_means_nothing_is_refused(site, method, path):
    assert site.ask(method, path).status == 405


def test_who_has_no_session_gets_the_page_to_log_in_at_and_who_has_one_the_console(site):
    assert site.ask("GET", "/", token=None).status == 401
    cookie = site.session()
    reply = site.ask("GET", "/", token=None, Cookie=cookie)
    assert reply.status == 200
    assert reply.headers["Content-Type"].startswith("text/html")


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(site):
    reply = site.ask("POST", "/login", {"token": TOKEN}, token=None)
    cookie = reply.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {*cookie.split("; ")}
    assert "Secure" not in cookie
    assert TOKEN not in cookie
    sent = {"X-Forwarded-Proto": "https"}
    behind = site.ask("POST", "/login", {"token": TOKEN}, token=None, **sent)
    assert "Secure" in behind.headers["Set-Cookie"].split("; ")


def test_a_session_opens_everything_until_it_is_ended(site):
    cookie = site.session()
    assert site.ask("GET", "/api/watchers", token=None, Cookie=cookie).status == 200
    assert site.ask("POST", "/logout", "", token=None, Cookie=cookie).status == 204
    assert site.ask("GET", "/api/watchers", token=None, Cookie=cookie).status == 401
    assert site.ask("POST", "/logout", "", token=None).status == 204


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ({"token": "a-wrong-token-long-enough"}, {}, 401),
        ({"token": 5}, {}, 400),
        ({}, {}, 400),
        ("[]", {"Content-Type": "application/json"}, 400),
        ("{", {"Content-Type": "application/json"}, 400),
        (f"token={TOKEN}", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"token": TOKEN}, {"Content-Type": "text/plain"}, 415),
    ],
)
def test_a_login_without_the_token_gives_no_cookie(site, body, headers, status):
    reply = site.ask("POST", "/login", body, token=None, **headers)
    assert reply.status == status
    assert "Set-Cookie" not in reply.headers
    assert reply.json["reason"]


def test_every_answer_keeps_the_page_to_itself(site):
    for path in ("/", "/api/watchers", "/nothing"):
        headers = site.ask("GET", path).headers
        for name, value in HEADERS.items():
            assert headers[name] == value
    assert "'unsafe" not in HEADERS["Content-Security-Policy"]


def test_a_file_of_the_page_is_asked_for_again_only_when_it_has_changed(site):
    reply = site.ask("GET", "/page/login.html", token=None)
    assert reply.status == 200
    again = site.ask(
        "GET", "/page/login.html", token=None, **{"If-None-Match": reply.headers["ETag"]}
    )
    assert (again.status, again.text) == (304, "")


def test_who_tries_many_tokens_waits_and_nobody_else_does(console):
    site = console()

    async def attack():
        began = time.monotonic()
        for _ in range(PATIENCE):
            assert (
                await site.fetch("POST", "/login", {"token": "wrong"}, token=None)
            ).status == 401
        slow = asyncio.create_task(site.fetch("GET", "/healthz", token="wrong"))
        right = await site.fetch("GET", "/healthz")
        assert not slow.done()
        assert right.status == 200
        assert (await slow).status == 401
        assert time.monotonic() - began >= 1
        many = [site.fetch("GET", "/healthz", token="wrong") for _ in range(2 * MOST_WAITING)]
        statuses = [reply.status for reply in await asyncio.gather(*many)]
        assert {*statuses} <= {401, 429, 599}
        assert 429 in statuses
        assert (await site.fetch("GET", "/healthz")).status == 200

    asyncio.run(attack())


def test_the_right_token_opens_while_wrong_ones_are_refused_at_once(tmp_path):
    async def scene():
        async with alone(tmp_path) as (rooms, site):
            rooms.gate.waiting = MOST_WAITING
            assert (await site.fetch("GET", "/api/openapi.json", token="wrong")).status == 429
            assert (await site.fetch("GET", "/api/openapi.json")).status == 200
            login = await site.fetch("POST", "/login", {"token": TOKEN}, token=None)
            assert login.status == 204

    asyncio.run(scene())
