from __future__ import annotations

import asyncio
import os

import pytest

from circus import adoption
from circus.adoption import Adoption
from circus.crew import Crew
from circus.host import orphans, probe
from tests.helpers.floor import gone, lone, until_zombie
from tests.helpers.launching import PATIENCE, shell

if not probe.probe().process_table.yes:
    pytest.skip("no process table to be looked through", allow_module_level=True)


class Nobody:
    """Children that own nobody."""

    def owns(self, _pid):
        return False


class Looks:
    """How often it was looked for orphans, and the wait for more."""

    def __init__(self):
        self.count = 0
        self.news = asyncio.Event()

    async def until(self, true):
        """Wait until something is true after a look."""
        while not true():
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), PATIENCE)


@pytest.fixture
def looks(monkeypatch):
    """Looks come quickly and are counted; nothing is expected yet."""
    found = Looks()
    reap = orphans.Orphans.reap

    def noted(self):
        left = reap(self)
        found.count += 1
        found.news.set()
        return left

    monkeypatch.setattr(orphans.Orphans, "reap", noted)
    monkeypatch.setattr(orphans, "_expected", set())
    monkeypatch.setattr(adoption, "PAUSE", 0.01)
    return found


def orphan():
    return os.posix_spawn("/bin/sh", ["sh", "-c", "exit 3"], {}, setsid=True)


def reaped(pid):
    return lambda: not os.path.exists(f"/proc/{pid}")


def adopting():
    made = Adoption(asyncio.get_running_loop(), Nobody())
    made.start_if_needed()
    made.start_if_needed()
    return made


def test_orphans_are_reaped_where_they_are_expected_those_from_before_as_well(looks):
    async def scene():
        orphans.expect()
        early = orphan()
        until_zombie(early)
        there = adopting()
        await looks.until(reaped(early))
        await looks.until(reaped(orphan()))
        there.stop()

    lone(scene)


def test_where_none_are_expected_nobody_is_looked_for(looks):
    async def scene():
        there = adopting()
        pid = orphan()
        until_zombie(pid)
        assert there._orphans is None
        there.stop()
        return pid

    pid = asyncio.run(scene())
    assert os.waitpid(pid, 0)[0] == pid
    assert looks.count == 0


def test_when_there_are_no_deaths_there_are_no_looks(looks):
    async def scene():
        orphans.expect()
        there = adopting()
        await looks.until(lambda: looks.count)
        assert there._timer is None
        there.stop()

    lone(scene)


def test_what_an_earlier_life_let_run_on_is_reaped_by_the_next_one_in_the_same_process(looks):
    async def scene():
        first = Crew(asyncio.get_running_loop(), owns_process=True)
        first.deaths.start(1.0)
        keep, hold = os.pipe()
        pid = first.children.spawn(shell("read x", stdin=keep))
        os.close(keep)
        first.close()
        second = Crew(asyncio.get_running_loop(), owns_process=True)
        os.close(hold)
        await gone(pid)
        await looks.until(reaped(pid))
        second.close()

    lone(scene)


def test_a_program_that_embeds_circus_keeps_its_own_orphans(looks):
    async def scene():
        orphans.expect()
        crew = Crew(asyncio.get_running_loop())
        assert crew.adoption is None
        crew.close()

    lone(scene)
    assert looks.count == 0
