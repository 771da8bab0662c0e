import asyncio
import contextlib

import pytest

from circus.top.board import Board
from circus.top.feed import Feed
from tests.helpers.daemon import PATIENCE, running

pytest.importorskip("textual", reason="the screen of circus-top needs textual")
from textual.widgets import DataTable, Input, RichLog

from circus.top.app import Sure, Top

WATCHERS = """
[watcher:api]
cmd = sleep 600
[watcher:web]
cmd = sleep 600
numprocesses = 2
"""
STATS = """
statsd = True
stats_endpoint = ipc://{}/stats
"""


class Scene:
    """circus-top on a real daemon, and the wait for what its screen must show."""

    def __init__(self, app, pilot):
        self.app, self.pilot = app, pilot

    @property
    def table(self):
        return self.app.query_one(DataTable)

    def row(self, key):
        return self.table.get_row(key)

    def shown(self):
        return [row.value for row in self.table.rows]

    async def until(self, wanted):
        async def look():
            while not wanted():
                await self.pilot.pause(0.01)

        await asyncio.wait_for(look(), PATIENCE)

    async def choose(self, key):
        self.table.move_cursor(row=self.table.get_row_index(key))
        await self.pilot.pause()


@contextlib.asynccontextmanager
async def screen(folder):
    app = Top(Feed(Board(), f"ipc://{folder}/stats"))
    async with app.run_test(size=(120, 40)) as pilot:
        scene = Scene(app, pilot)
        known = app.board.lines
        await scene.until(lambda: len(known) == 3 and all(one.status for one in known.values()))
        yield scene


def play(folder, scene):
    with running(folder, WATCHERS, circus=STATS.format(folder)) as daemon:
        daemon.log.until("circusd-stats publishes at")

        async def run():
            async with screen(folder) as shown:
                await scene(shown, daemon)

        asyncio.run(run())


def test_every_process_has_its_row_and_keys_act_on_the_daemon(tmp_path):
    async def scene(top, daemon):
        for pid in daemon.pids("web"):
            await top.until(lambda pid=pid: f"web/{pid}" in top.shown())
        await top.choose(f"web/{daemon.pids('web')[0]}")
        await top.pilot.press("plus")
        await top.until(lambda: len(daemon.pids("web")) == 3)
        await top.pilot.press("minus")
        await top.until(lambda: len(daemon.pids("web")) == 2)
        before = daemon.pids("api")
        await top.choose("api")
        await top.pilot.press("l")
        await top.until(lambda: daemon.pids("api") not in ([], before))

    play(tmp_path, scene)


def test_what_hurts_is_asked_about_first(tmp_path):
    async def scene(top, daemon):
        await top.choose("web")
        await top.pilot.press("x")
        await top.until(lambda: isinstance(top.app.screen, Sure))
        await top.pilot.press("n")
        await top.until(lambda: not isinstance(top.app.screen, Sure))
        assert daemon.call("status", name="web")["status"] == "active"
        await top.pilot.press("x")
        await top.until(lambda: isinstance(top.app.screen, Sure))
        await top.pilot.click("#yes")
        await top.until(lambda: top.row("web")[1] == "stopped")
        assert daemon.pids("web") == []
        await top.pilot.press("s")
        await top.until(lambda: top.row("web")[1] == "active")

    play(tmp_path, scene)


def test_the_table_is_sorted_inverted_and_filtered(tmp_path):
    async def scene(top, _daemon):
        names = lambda: [key for key in top.shown() if "/" not in key]  # noqa: E731 - short
        assert names() == ["api", "web"]
        await top.pilot.press("i")
        assert names() == ["web", "api"]
        await top.pilot.press("i", "o")
        assert top.app.sort_by == "state"
        await top.pilot.press("slash", "w", "e", "b", "enter")
        assert names() == ["web"]
        assert not top.app.query_one(Input).has_class("shown")
        await top.pilot.press("escape")
        assert len(names()) == 2

    play(tmp_path, scene)


def test_events_are_followed(tmp_path):
    async def scene(top, daemon):
        log = top.app.query_one(RichLog)
        assert not log.display
        await top.pilot.press("e")
        assert log.display
        await top.until(
            lambda: daemon.call("incr", name="web", waiting=True) and top.app.board.total
        )
        await top.until(lambda: any("web spawn" in line.text for line in log.lines))

    play(tmp_path, scene)


def test_a_refusal_of_the_daemon_is_shown(tmp_path):
    async def scene(top, daemon):
        await top.choose("web")
        daemon.call("rm", name="web", waiting=True)
        top.app.feed._asking.cancel()  # else it learns by itself that there is none
        top.app.board.line("web")
        top.app.redraw()
        await top.choose("web")
        await top.pilot.press("plus")
        await top.until(lambda: len(top.app._notifications))
        assert "not found" in next(iter(top.app._notifications)).message

    play(tmp_path, scene)
