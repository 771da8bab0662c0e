"""Pages that are open, on a real daemon."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time

import pytest
from tornado.httpclient import HTTPClientError

from circus.web import lasting, live
from tests.helpers.console import TOKEN, alone
from tests.helpers.daemon import PATIENCE, kill


def test_a_page_is_told_everything_and_then_what_changes(console):
    site = console()

    async def scene():
        page = await site.page()
        fleet = await page.until("fleet")
        assert {one["name"] for one in fleet["watchers"]} >= {"web", "Idle One"}
        assert fleet["daemon"]["up"]
        samples = await page.until("samples", lambda one: one["watchers"].get("web", [0, 0])[1])
        assert samples["daemon"][1] > 0
        first = site.daemon.pids("web")[0]
        kill([first])
        reap = await page.until("event", lambda one: one["event"] == "reap")
        assert (reap["watcher"], reap["fields"]["process_pid"]) == ("web", first)
        changed = await page.until(
            "watchers", lambda one: any(each["restarts"] for each in one["watchers"])
        )
        (web,) = changed["watchers"]
        assert web["name"] == "web"
        assert web["restarts_hour"] == 1
        assert web["last_exit"]["signal"] == 9

    site.play(scene)


def test_who_watches_a_watcher_sees_its_past_its_processes_and_its_output(console):
    site = console()

    async def scene():
        page = await site.page()
        await page.say(ref="r", command="incr", properties={"name": "web", "waiting": True})
        answer = await page.until("answer")
        assert (answer["ref"], answer["ok"]) == ("r", True)
        assert answer["answer"]["numprocesses"] == 3
        await page.say(watch="WEB")
        history = await page.until("history")
        assert history["name"] == "web"
        assert len(history["at"]) == len(history["cpu"]) == len(history["mem"])
        old = await page.until("event", lambda one: one.get("old"))
        assert old["event"] == "spawn"
        processes = await page.until("processes", lambda one: len(one["processes"]) == 3)
        assert {one["wid"] for one in processes["processes"]} == {1, 2, 3}
        await page.say(tail=True)
        both = [await page.until("output"), await page.until("output")]
        silent, said = sorted(both, key=lambda one: one["stream"])
        assert (said["name"], said["stream"]) == ("web", "stdout")
        assert "hello\n" in said["text"]
        assert (silent["stream"], silent["text"]) == ("stderr", "")
        assert "no stream" in silent["reason"]
        await page.say(watch=None, tail=False)
        assert (await page.until("history"))["name"] is None

    site.play(scene)


def test_a_page_is_told_the_past_of_the_watchers_that_it_asks_for(console):
    site = console()

    async def scene():
        page = await site.page()
        await page.until("samples", lambda one: "web" in one["watchers"])
        await page.say(past=["nobody", 5, "web"])
        history = await page.until("history")
        assert history["name"] == "web"
        assert history["at"]
        await page.say(past="web")
        await page.say(watch=None)
        assert (await page.until("history"))["name"] is None

    site.play(scene)


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("nonsense", "no JSON"),
        ("[]", "no JSON object"),
        ('{"ref": 1, "command": 5}', "a verb"),
        ('{"ref": 1, "command": "nope"}', "'nope'"),
        ('{"ref": 1, "command": "listen"}', "'listen'"),
        ('{"ref": 1, "command": "incr", "properties": [1]}', "an object"),
        ('{"ref": 1, "command": "incr", "properties": {"colour": 1}}', "'colour'"),
        ('{"ref": 1, "command": "incr", "properties": {"name": "nobody"}}', "nobody not found"),
        ('{"ref": 1, "command": "incr"}', "'name' is missing"),
    ],
)
def test_what_a_page_should_not_say_is_answered_with_a_sentence(site, message, why):
    async def scene():
        page = await site.page()
        await page.connection.write_message(message)
        answer = await page.until("answer")
        assert not answer["ok"]
        assert why in answer["reason"]

    site.play(scene)


def test_a_message_that_is_too_large_ends_the_connection(site):
    async def scene():
        page = await site.page()
        await page.connection.write_message("x" * (live.LARGEST + 1))
        assert await page.closed() == 1009

    site.play(scene)


def test_a_page_that_is_closed_gives_no_orders_any_more(tmp_path):
    async def scene():
        async with alone(tmp_path) as (rooms, site):
            page = await site.page()
            await page.until("fleet")
            (mine,) = rooms.open_pages
            ordered = []
            mine._order = ordered.append
            mine.close(lasting.GOODBYE, "logged out")
            mine.on_message('{"command": "quit"}')
            assert ordered == []
            assert await page.closed() == lasting.GOODBYE

    asyncio.run(asyncio.wait_for(scene(), PATIENCE))


def test_more_commands_than_a_page_may_have_under_way_are_refused(site):
    async def scene():
        page = await site.page()
        order = {"ref": 1, "command": "status", "properties": {}}
        for _ in range(live.MOST_ORDERS + 5):
            page.connection.write_message(json.dumps(order))
        for _ in range(live.MOST_ORDERS + 5):
            answer = await page.until("answer")
            assert answer["ok"] or "at a time" in answer["reason"]

    site.play(scene)


@pytest.mark.parametrize("origin", ["http://localhost:1", "http://localhost", "null"])
def test_a_page_of_another_port_gets_no_socket(site, origin):
    cookie = site.session()

    async def scene():
        host = f"localhost:{site.port}"
        with pytest.raises(HTTPClientError) as refused:
            await site.page(None, Cookie=cookie, Host=host, Origin=origin)
        assert refused.value.code == 403

    site.play(scene)


@contextlib.contextmanager
def deaf(site):
    """A page that never reads; yield its connection."""
    said = (
        f"GET /api/live HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n"
        f"Authorization: Bearer {TOKEN}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", site.port), PATIENCE) as connection:
        connection.sendall(said.encode())
        yield connection


def keep_saying(connection, frames):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        connection.sendall(frames)


def test_a_page_that_says_too_much_is_given_up_and_delays_nobody(site):
    body = b'{"watch": "web"}'
    frame = bytes([0x81, 0x80 | len(body), 0, 0, 0, 0]) + body  # masked with nothing, RFC 6455
    with deaf(site) as connection, pytest.raises((ConnectionResetError, BrokenPipeError)):
        keep_saying(connection, frame * 100)
    assert site.ask("GET", "/healthz").status == 200


def test_a_page_that_says_what_it_wants_at_leisure_is_kept(site):
    async def scene():
        page = await site.page()
        for _ in range(live.MOST_SAID // 4):
            await page.say(watch="web")
            await page.until("history")

    site.play(scene)
