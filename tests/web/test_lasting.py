"""The end of a session is the end of the pages and feeds that it has opened."""

from __future__ import annotations

import asyncio
import time

from circus.web.gate import SESSION
from circus.web.lasting import GOODBYE
from tests.helpers.console import alone
from tests.helpers.daemon import PATIENCE


def test_who_logs_out_loses_the_pages_that_are_open(site):
    cookie = site.session()

    async def scene():
        page = await site.page(None, Cookie=cookie)
        await page.until("fleet")
        await site.fetch("POST", "/logout", "", token=None, Cookie=cookie)
        assert await page.closed() == GOODBYE

    site.play(scene)


def test_one_page_is_not_closed_by_the_end_of_another_session(site):
    mine, other = site.session(), site.session()

    async def scene():
        page = await site.page(None, Cookie=mine)
        await page.until("fleet")
        await site.fetch("POST", "/logout", "", token=None, Cookie=other)
        await page.say(watch="web")
        await page.until("history")

    site.play(scene)


async def opened(site, rooms, cookie):
    """Open a feed by a session; return its reader once it is known as open."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    said = f"Host: 127.0.0.1:{site.port}\r\nCookie: {cookie}\r\n\r\n"
    writer.write(f"GET /api/events HTTP/1.1\r\n{said}".encode())
    await reader.readuntil(b": circus\n\n")
    assert len(rooms.open_pages) == 1
    return reader, writer


def test_who_logs_out_loses_the_feeds_that_are_open(tmp_path):
    async def scene():
        async with alone(tmp_path) as (rooms, site):
            mine, other = (f"circus={rooms.gate.session(time.time())}" for _ in range(2))
            reader, writer = await opened(site, rooms, mine)
            await site.fetch("POST", "/logout", "", token=None, Cookie=other)
            assert rooms.open_pages
            await site.fetch("POST", "/logout", "", token=None, Cookie=mine)
            await reader.read()
            assert not rooms.audience.looking
            writer.close()

    asyncio.run(asyncio.wait_for(scene(), PATIENCE))


def test_a_feed_and_a_page_end_with_their_session(tmp_path):
    async def scene():
        async with alone(tmp_path) as (rooms, site):
            nearly = f"circus={rooms.gate.session(time.time() - SESSION + 2)}"
            page = await site.page(None, Cookie=nearly)
            await page.until("fleet")
            assert await page.closed() == GOODBYE
            nearly = f"circus={rooms.gate.session(time.time() - SESSION + 2)}"
            reader, writer = await opened(site, rooms, nearly)
            await reader.read()
            writer.close()

    asyncio.run(asyncio.wait_for(scene(), PATIENCE))
