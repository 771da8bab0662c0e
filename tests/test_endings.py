from __future__ import annotations

import os
import signal

import pytest

from circus.arbiter import Arbiter
from circus.core.ending import Standing
from circus.watcher import Watcher
from tests.helpers.floor import sh
from tests.helpers.house import play, watcher


def job(text, name="job", **options):
    return Watcher(name, **{"restart": "never", "essential": True, **sh(text), **options})


def test_a_program_that_embeds_circus_reads_the_exit_code_of_its_arbiter(places):
    arbiter = Arbiter([job("exit 3"), watcher("web")], *places, exit_when="essential-fails")
    assert arbiter.exit_code == 0
    assert arbiter.start().result() is False
    assert (arbiter.exit_code, arbiter.running) == (3, False)
    assert arbiter.statuses() == {"job": "stopped", "web": "stopped"}


def test_each_life_has_a_code_of_its_own(places, tmp_path):
    job_twice = job(f"test -e {tmp_path}/seen && exit 0; touch {tmp_path}/seen; exit 3")
    arbiter = Arbiter([job_twice], *places, exit_when="all-done")
    arbiter.start()
    assert arbiter.exit_code == 3
    arbiter.start()
    assert arbiter.exit_code == 0


def test_what_it_cannot_mean_is_refused(places):
    with pytest.raises(ValueError, match="'exit_when' isn't one of never essential-fails all-done"):
        Arbiter([], *places, exit_when="sometimes")


def test_a_locked_arbiter_ends_all_the_same(tmp_path):
    async def scene(house):
        one = job("exec sleep 600")
        arbiter = house.arbiter(one, exit_when="essential-fails")
        await arbiter.start()
        arbiter._exclusive_running_command = "mine"
        os.kill(*one.get_active_pids(), signal.SIGKILL)
        assert await arbiter._over is False
        assert arbiter.exit_code == 128 + signal.SIGKILL

    play(tmp_path, scene)


def test_helpers_are_not_looked_at(places):
    stats = watcher("circusd-stats")
    arbiter = Arbiter([job("exit 0"), stats], *places)
    assert arbiter.standings() == [Standing.BUSY]
