"""Server-sent events on a real daemon."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json

import pytest

from tests.helpers.console import TOKEN, alone
from tests.helpers.daemon import PATIENCE


@contextlib.contextmanager
def feed(site, path):
    """Open a feed; yield its answer, which is read line by line."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"})
        reply = connection.getresponse()
        assert reply.status == 200
        assert reply.headers["Content-Type"].startswith("text/event-stream")
        assert reply.readline() == b": circus\n"
        yield reply
        reply.close()
    finally:
        connection.close()


def events(reply):
    """Iterate over (event, data)."""
    event = ""
    while line := reply.readline().decode().rstrip("\n"):
        head, _, rest = line.partition(": ")
        if head == "event":
            event = rest
        elif head == "data":
            yield event, json.loads(rest)
            reply.readline()


def first(reply, wanted):
    reply.readline()
    return next((event, data) for event, data in events(reply) if wanted(event, data))


def test_every_event_of_the_daemon_is_sent_on(console):
    site = console()
    with feed(site, "/api/events") as reply:
        site.ask("POST", "/api/watchers/web/incr", {"nb": 1})
        _, data = first(reply, lambda event, _: event == "spawn")
        assert data["watcher"] == "web"
        assert data["process_pid"] in site.daemon.pids("web")
        assert data["time"] > 0


def test_one_may_ask_for_those_of_one_watcher(console):
    site = console()
    with feed(site, "/api/events?watcher=idle%20one") as reply:
        site.ask("POST", "/api/watchers/web/incr", {"nb": 1, "waiting": True})
        site.ask("POST", "/api/watchers/idle%20one/start", {})
        _, data = first(reply, lambda *_: True)
        assert data["watcher"] == "Idle One"


def test_the_output_of_a_watcher_is_sent_on(site):
    with feed(site, "/api/watchers/WEB/output") as reply:
        _, data = first(reply, lambda event, _: event == "output")
        assert (data["name"], data["stream"]) == ("web", "stdout")
        assert "hello\n" in data["text"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/watchers/nobody/output", 404),
        ("/api/watchers/web/output?stream=stdin", 400),
    ],
)
def test_an_output_that_is_not_there_is_refused(site, path, status):
    reply = site.ask("GET", path)
    assert reply.status == status
    assert reply.json["reason"]


def test_who_goes_away_is_forgotten(site):
    async def scene():
        page = await site.page()
        await page.until("fleet")
        with feed(site, "/api/events"):
            pass
        assert (await site.fetch("GET", "/healthz")).status == 200

    site.play(scene)


def test_who_never_reads_is_given_up(tmp_path):
    async def scene():
        async with alone(tmp_path) as (rooms, site):
            reader, writer = await asyncio.open_connection("127.0.0.1", site.port, limit=1024)
            said = f"Host: 127.0.0.1:{site.port}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
            writer.write(f"GET /api/events HTTP/1.1\r\n{said}".encode())
            await reader.readline()  # it is served; nothing is read any more
            message = {"type": "event", "watcher": "web", "event": "spawn", "at": 0.0}
            for _ in range(1000):
                rooms.audience.tell({**message, "fields": {"text": "x" * 100_000}})
                await asyncio.sleep(0)
            assert not rooms.audience.looking
            while rooms.open_pages:  # noqa: ASYNC110 - nobody tells of it
                await asyncio.sleep(0)
            writer.close()

    asyncio.run(asyncio.wait_for(scene(), PATIENCE))


def test_many_feeds_are_served_side_by_side(site):
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(feed(site, "/api/events"))
        assert asyncio.run(site.fetch("GET", "/healthz")).status == 200
