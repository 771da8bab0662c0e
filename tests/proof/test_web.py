"""The web console beside a daemon with 1,000 processes: what it costs, open, at rest, attacked."""

from __future__ import annotations

import asyncio
import resource
import time

import pytest

from benchmarks import proc
from circus.spec.model import CONSOLE
from tests.helpers.console import CIRCUS, Console
from tests.helpers.daemon import running
from tests.proof.conftest import ROUNDS

pytestmark = pytest.mark.proof

COUNT = 1000
TICKS = 5
"""So many samples of every process are waited for."""
RESTS = 12
"""Seconds of rest that are measured."""
FILES = 4096
"""Descriptors that a thousand connections take, with some to spare."""
IDLE = 1000
"""Pages that are open and say nothing."""
TEXT = f"""
[watcher:many]
cmd = sleep 600
numprocesses = {COUNT}
"""


class Room:
    """A daemon with many processes and its console."""

    def __init__(self, daemon):
        said = ("many started", "circusd answers at", "circushttpd serves at")
        self.daemon, self.site = daemon, Console(daemon, *said)
        (self.pid,) = daemon.pids(CONSOLE)

    def spent(self):
        """Return the CPU seconds of the console and of the daemon."""
        return [proc.cpu_ns([pid]) / 1e9 for pid in (self.pid, self.daemon.process.pid)]

    async def shares(self, wait):
        """Return the shares of a processor that both take while something is waited for."""
        before, began = self.spent(), time.monotonic()
        await wait()
        passed = time.monotonic() - began
        return [(new - old) / passed for new, old in zip(self.spent(), before, strict=True)]

    def answers(self, count=200):
        """Return how long the daemon takes to answer, the median in ms."""
        times = []
        for _ in range(count):
            began = time.perf_counter()
            self.daemon.call("numwatchers")
            times.append(1000 * (time.perf_counter() - began))
        return sorted(times)[count // 2]


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    with running(tmp_path_factory.mktemp("web"), TEXT, circus=CIRCUS) as daemon:
        made = Room(daemon)
        page_is_whole(made)
        yield made


def page_is_whole(room):
    """Wait until the console knows all processes."""

    async def scene():
        page = await room.site.page()
        await page.say(watch="many")
        await page.until("processes", lambda one: len(one["processes"]) == COUNT)

    room.site.play(scene)


def test_the_first_message_comes_at_once(room, figure):
    found = []

    async def scene():
        for _ in range(ROUNDS):
            began = time.monotonic()
            page = await room.site.page()
            await page.until("fleet")
            found.append(time.monotonic() - began)

    room.site.play(scene)
    figure("1,000 processes, first message to a page", found, 1.0, "s")


@pytest.mark.parametrize("watched", [None, "many"])
def test_a_page_that_is_open_is_cheap(room, figure, watched):
    console, daemon = [], []

    async def scene():
        page = await room.site.page()
        await page.say(watch=watched)

        async def ticks():
            for _ in range(TICKS):
                await page.until("samples")

        await ticks()
        for _ in range(ROUNDS):
            one, two = await room.shares(ticks)
            console.append(100 * one)
            daemon.append(100 * two)

    room.site.play(scene)
    name = f"1,000 processes, one page on {watched or 'everything'}"
    figure(f"{name}: CPU of circushttpd", console, 20, "%")
    figure(f"{name}: CPU of circusd", daemon, 2, "%")


def test_at_rest_it_costs_next_to_nothing(room, figure):
    found = asyncio.run(room.shares(lambda: asyncio.sleep(RESTS)))
    figure("1,000 processes, nobody looks: CPU of circushttpd", [100 * found[0]], 2, "%")
    figure("1,000 processes, nobody looks: circusd in a second", [1000 * found[1]], 1, "ms")


@pytest.fixture
def many_files():
    """Have descriptors for a thousand connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FILES:
        pytest.skip(f"no more than {hard} descriptors may be open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, FILES), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
def test_a_thousand_idle_pages_are_harmless(room, figure):
    alone, before = room.answers(), proc.rss_mib([room.pid])
    beside, shares = [], []

    async def scene():
        for _ in range(IDLE):
            await room.site.page()
        loop = asyncio.get_running_loop()
        beside.extend([await loop.run_in_executor(None, room.answers) for _ in range(ROUNDS)])
        shares.extend(await room.shares(lambda: asyncio.sleep(TICKS)))

    room.site.play(scene, patience=120)
    figure(f"{IDLE} idle pages, answer of circusd (alone {alone:.2f} ms)", beside, 5, "ms")
    figure(f"{IDLE} idle pages, CPU of circusd", [100 * shares[1]], 2, "%")
    more = proc.rss_mib([room.pid]) - before
    figure(f"{IDLE} idle pages, more memory of circushttpd", [more], 100, "MiB")


def test_an_attacker_slows_the_console_and_not_the_daemon(room, figure):
    beside = []

    async def attack():
        until = time.monotonic() + TICKS
        while time.monotonic() < until:
            wrong = {"token": "wrong"}
            await room.site.fetch("POST", "/login", wrong, token=None)
            await room.site.fetch("GET", "/api/watchers", token=None, Host="evil.example")
            await room.site.fetch("POST", "/api/watchers/many/stop", {}, token=None)

    async def scene():
        attackers = [asyncio.create_task(attack()) for _ in range(20)]
        loop = asyncio.get_running_loop()
        beside.extend([await loop.run_in_executor(None, room.answers) for _ in range(ROUNDS)])
        await asyncio.gather(*attackers)

    room.site.play(scene, patience=120)
    figure("attacked, answer of circusd", beside, 10, "ms")
    assert len(room.daemon.pids("many")) == COUNT
