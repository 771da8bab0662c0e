"""The way to the daemon: lost, found, hung, missed."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json

import pytest

from circus.exc import CallError
from circus.web import follower as module
from circus.web.follower import Follower, TooLate
from circus.web.mirror import Mirror
from tests.helpers.house import watcher
from tests.helpers.launching import PATIENCE


class Listener:
    """Hears what the follower tells."""

    looking = True

    def __init__(self):
        self.heard = []

    def fleet(self):
        self.heard.append("fleet")

    def daemon(self):
        self.heard.append("daemon")

    def watchers(self, changed, gone):
        self.heard.append(("watchers", changed, gone))

    def event(self, message):
        self.heard.append((message["watcher"], message["event"]))


@contextlib.asynccontextmanager
async def following(folder):
    """Follow the daemon in a folder."""
    mirror = Mirror(f"ipc://{folder}/ctl")
    ends = f"ipc://{folder}/ctl", f"ipc://{folder}/pub"
    made = Follower(*ends, mirror, Listener())
    made.start()
    try:
        yield made
    finally:
        made.stop()
        await asyncio.sleep(0)


async def settled(wanted):
    """Wait until something is so."""

    async def look():
        while not wanted():  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.001)

    await asyncio.wait_for(look(), PATIENCE)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Look often."""
    for name in ("PACE", "RESTING_PACE", "WHOLE_PACE", "BEAT", "RESTING_BEAT"):
        monkeypatch.setattr(module, name, 0.01)


def test_it_keeps_a_mirror_of_the_watchers(play):
    async def scene(at):
        arbiter = await at.up(watcher("web", numprocesses=2), watcher("idle", autostart=False))
        async with following(at.folder) as one:
            mirror = one.mirror
            await settled(lambda: mirror.up)
            assert {*mirror.watchers} == {"web", "idle"}
            assert {*mirror.watchers["web"].pids} == {*arbiter.get_watcher("web").processes}
            await arbiter.get_watcher("web").incr()
            await settled(lambda: mirror.watchers["web"].facts["up"] == 3)
            await arbiter.get_watcher("web").stop()
            await settled(lambda: mirror.watchers["web"].status == "stopped")
            assert not mirror.watchers["web"].pids
            arbiter.add_watcher("new", "sleep 60")
            await settled(lambda: "new" in mirror.watchers)
            await arbiter.rm_watcher("new")
            await settled(lambda: "new" not in mirror.watchers)
            assert ("watchers", [], ["new"]) in one.listener.heard
            assert one.listener.heard[:2] == ["daemon", "fleet"]

    play(scene)


def test_it_tells_events_and_asks_anew_when_some_were_missed(play):
    async def scene(at):
        arbiter = await at.up(watcher("web"))
        async with following(at.folder) as one:
            await settled(lambda: one.mirror.up)
            frames = (b"watcher.web.updated", json.dumps({"watcher": "web", "seq": 5000}).encode())
            one.mirror.watchers["ghost"] = one.mirror.watchers["web"]
            one._heard(frames)
            one._heard([frames[0], frames[1].replace(b"5000", b"5007")])
            assert ("web", "updated") in one.listener.heard
            await settled(lambda: "ghost" not in one.mirror.watchers)
            one._heard([b"nonsense"])
            one._heard([b"watcher.web.spawn", b"[]"])
            assert arbiter.running

    play(scene)


def test_a_daemon_that_goes_is_missed_at_once_and_one_that_comes_is_found(play):
    async def scene(at):
        async with following(at.folder) as one:
            with pytest.raises(CallError, match="cannot reach circusd"):
                await one.ask("status")
            first = await at.up(watcher("web"))
            await settled(lambda: one.mirror.up)
            assert (await one.ask("numwatchers"))["numwatchers"] == 1
            await first.quit()
            await settled(lambda: not one.mirror.up)
            assert one.mirror.reason == "has gone"
            await at.up(watcher("other"))
            await settled(lambda: one.mirror.up and {*one.mirror.watchers} == {"other"})

    play(scene)


def test_who_waits_when_the_daemon_goes_hears_so_and_nothing_is_sent_later(play):
    async def scene(at):
        arbiter = await at.up(watcher("web", stop_signal="CONT", graceful_timeout=PATIENCE))
        async with following(at.folder) as one:
            await settled(lambda: one.mirror.up)
            waits = asyncio.ensure_future(one.ask("stop", PATIENCE, name="web", waiting=True))
            await settled(lambda: arbiter.get_watcher("web").is_stopping())
            one._connection_lost()
            with pytest.raises(CallError, match="stopped"):
                await waits

    play(scene)


def test_an_answer_that_is_an_error_does_not_mean_that_nothing_is_there(play):
    async def scene(at):
        await at.up(watcher("web"))
        async with following(at.folder) as one:
            await settled(lambda: one.mirror.up)
            told = await one.ask("status", verbose=True, about=True)
            busy = {"status": "error", "reason": "cannot take more than 1000 requests at a time"}
            answers = {"status": busy, "dstats": busy}

            async def ask(verb, patience, **properties):
                return answers.get(verb, {"status": "ok"})

            one._ask = ask
            with pytest.raises(CallError, match="1000 requests"):
                await one._ask_all()
            assert {*one.mirror.watchers} == {"web"}
            one.mirror.lost("has gone")
            answers["status"] = told
            with pytest.raises(CallError, match="'info'"):
                await one._ask_all()
            assert not one.mirror.up

    play(scene)


def test_a_daemon_that_does_not_answer_is_down_until_it_does(play, monkeypatch):
    async def scene(at):
        await at.up(watcher("web"))
        async with following(at.folder) as one:
            await settled(lambda: one.mirror.up)
            monkeypatch.setattr(module, "PATIENCE", 0.0)
            await settled(lambda: not one.mirror.up)
            assert one.mirror.reason == "does not answer"
            monkeypatch.undo()
            await settled(lambda: one.mirror.up)
            with pytest.raises(TooLate, match="within 0 seconds"):
                await one.ask("stats", 0.0)

    play(scene)


def test_times_of_answers_are_noted(play):
    async def scene(at):
        await at.up()
        async with following(at.folder) as one:
            await settled(lambda: one.mirror.up and one.lag.total)
            assert one.latencies["status"].buckets()[-1][1] >= 1
            assert one.lag.buckets()[-1][1] >= 1

    play(scene)


def test_who_is_stopped_while_it_asks_complains_of_nothing(play):
    async def ask_and_stop(folder):
        async with following(folder) as one:
            await settled(lambda: one.mirror.up)
            asks = asyncio.ensure_future(one.ask("stop", name="web"))
            while not one._client._waiting:  # noqa: ASYNC110 - nobody tells of it
                await asyncio.sleep(0)
            asks.cancel()
        await asyncio.wait([asks])

    async def scene(at):
        await at.up(watcher("web"))
        complaints = []
        asyncio.get_running_loop().set_exception_handler(lambda _, about: complaints.append(about))
        await ask_and_stop(at.folder)
        for _ in range(10):
            await asyncio.sleep(0)
        gc.collect()
        assert complaints == []

    play(scene)
