from __future__ import annotations

import signal
from dataclasses import fields

import pytest

from circus.spec.model import WatcherSpec
from circus.watcher import Watcher
from tests.helpers.floor import SLEEP, play, started


def test_every_option_of_a_watcher_is_an_attribute():
    web = Watcher("web", SLEEP, priority=4)
    assert web.priority == 4
    assert [field.name for field in fields(WatcherSpec) if not hasattr(web, field.name)] == []
    with pytest.raises(AttributeError):
        web.no_such_option  # noqa: B018 - looking it up is the test


def test_an_attribute_that_is_assigned_is_a_set():
    async def scene(floor):
        web, (old,) = await started(floor)
        web.graceful_timeout = 5.0
        assert dict(web.options())["graceful_timeout"] == 5.0
        assert list(web.processes) == [old]
        web.numprocesses = 2
        await floor.ears.until("spawn")
        web.cmd = "sleep 601"
        await floor.ears.until("reap", 2)
        assert old not in web.processes
        assert dict(web.options())["cmd"] == "sleep 601"

    play(scene)


def test_the_attributes_of_a_watcher_may_be_assigned_before_it_is_started():
    web = Watcher("web", SLEEP)
    web.numprocesses, web.stop_signal, web.env["TEA"] = 3, signal.SIGINT, "hot"
    assert (web.stop_signal, web.spec.stop_signal) == (signal.SIGINT, signal.SIGINT)
    assert dict(web.options())["numprocesses"] == 3
    assert dict(web.options())["env"] == {"TEA": "hot"}


def test_an_attribute_that_is_assigned_before_the_start_counts_at_the_start():
    async def scene(floor):
        web = floor.watcher()
        web.numprocesses, web.stop_signal = 2, signal.SIGINT
        await web.start()
        assert len(web) == 2
        await web.stop()
        assert [one["exit_code"] for one in floor.ears.fields("reap")] == [-signal.SIGINT] * 2

    play(scene)


def test_respawn_and_restart_go_together():
    web = Watcher("web", SLEEP, restart="on-failure")
    web.respawn = False
    assert dict(web.options())["restart"] == "never"
    web.respawn = True
    assert (web.respawn, web.spec.restart) == (True, "always")


def test_what_an_attribute_may_be_is_what_the_option_may_be():
    web = Watcher("web", SLEEP)
    web.backoff, web.fatal_exit_codes = "2s..9s", [78, "SIGSEGV"]
    assert (web.backoff, web.fatal_exit_codes) == ((2.0, 9.0), (-11, 78))
