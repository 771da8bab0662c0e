from __future__ import annotations

import asyncio
import os
import threading

import pytest

from circus.core import messages as m
from circus.core.members import SURVIVES
from circus.core.watcher import WatcherMachine
from circus.crew import Crew
from circus.insight import Insight, explain, gather
from circus.spec.model import WatcherSpec
from tests.helpers import house
from tests.helpers.floor import play, started
from tests.helpers.house import watcher


def machine(**spec):
    return WatcherMachine(WatcherSpec("web", cmd="sleep", **spec))


def test_a_watcher_that_was_never_started_has_nobody_and_no_reason():
    assert explain(machine(numprocesses=3), 0.0) == {"up": 0, "wanted": 3}


def test_a_watcher_with_everybody_up_says_how_many():
    web = machine(numprocesses=1)
    web.feed([m.StartAsked()], 0.0)
    web.feed([m.Spawned(1, 100)], 0.0)
    assert explain(web, 0.0) == {"up": 1, "wanted": 1}


def test_a_watcher_that_waits_for_its_next_try_says_when_and_why():
    web = machine(max_retry=-1)
    web.feed([m.StartAsked()], 0.0)
    web.feed([m.SpawnFailed(1, "cannot exec 'tea'")], 0.0)
    found = explain(web, 0.0)
    reason = "cannot exec 'tea'"
    assert found == {"up": 0, "wanted": 1, "next_try": 0.1, "backoff": True, "reason": reason}


def test_a_place_in_a_crash_loop_says_so():
    web = machine()
    web.feed([m.StartAsked()], 0.0)
    for pid in (100, 101, 102):
        web.feed([m.Spawned(1, pid)], 0.0)
        web.feed([m.Exited(pid, 1)], 0.0)
    found = explain(web, 0.25)
    assert (found["reason"], found["backoff"]) == ("its processes die at once", True)
    assert found["next_try"] == 0.75
    assert found["last_exit"] == {
        "process_pid": 102,
        "wid": 1,
        "exit_code": 1,
        "signal": None,
        "how": "exit code 1",
        "asked": False,
        "ago": 0.25,
    }


def test_a_watcher_that_is_stopped_waits_for_nothing_more():
    web = machine(numprocesses=2)
    web.feed([m.StartAsked()], 0.0)
    web.feed([m.Spawned(2, 200)], 0.0)
    for pid in (100, 101, 102):
        web.feed([m.Spawned(1, pid)], 0.0)
        web.feed([m.Exited(pid, 1)], 0.0)
    assert "backoff" in explain(web, 0.0)
    web.feed([m.StopAsked()], 0.0)
    assert web.status() == "stopping"
    assert not {"backoff", "next_try", "reason"} & explain(web, 0.0).keys()


def test_a_warm_up_is_no_backoff():
    web = machine(numprocesses=2, warmup_delay=5.0)
    web.feed([m.StartAsked()], 0.0)
    web.feed([m.Spawned(1, 100)], 0.0)
    assert explain(web, 1.0) == {"up": 1, "wanted": 2, "next_try": 4.0}


def test_those_that_finished_are_counted():
    web = machine(numprocesses=2, restart="on-failure")
    web.feed([m.StartAsked()], 0.0)
    web.feed([m.Spawned(1, 100), m.Spawned(2, 101)], 0.0)
    web.feed([m.Exited(100, -15), m.Exited(101, 0)], 9.0)
    found = explain(web, 9.0)
    assert (found["wanted"], found["finished"], found["last_exit"]["signal"]) == (2, 1, None)


def test_a_watcher_on_demand_says_what_it_waits_for():
    web = machine(on_demand=True)
    web.feed([m.StartAsked()], 0.0)
    assert explain(web, 0.0) == {"up": 0, "wanted": 1, "reason": "waits for a connection"}
    web.feed([m.StopAsked()], 0.0)
    assert explain(web, 0.0) == {"up": 0, "wanted": 1}


def test_a_watcher_that_gave_up_says_why():
    web = machine(max_retry=1)
    web.feed([m.StartAsked()], 0.0)
    web.feed([m.SpawnFailed(1, "cannot exec 'tea'")], 0.0)
    assert explain(web, 0.0)["reason"] == "cannot exec 'tea' (1 failed launches)"
    assert web.status() == "stopped"


def test_a_watcher_of_which_somebody_cannot_be_killed_names_him():
    web = machine(graceful_timeout=1)
    web.feed([m.StartAsked()], 0.0)
    web.feed([m.Spawned(1, 100)], 0.0)
    web.feed([m.StopAsked()], 10.0)
    web.feed([], 11.0)
    assert "survivors" not in explain(web, 11.0)
    web.feed([], 11.0 + SURVIVES)
    found = explain(web, 11.0 + SURVIVES)
    assert found == {"up": 0, "wanted": 1, "survivors": [100], "reason": "cannot kill 100"}


@pytest.mark.parametrize("contain", ["session", "process"])
def test_a_watcher_says_how_far_its_stop_reaches(contain):
    async def scene(floor):
        assert floor.watcher(contain=contain).explain()["contain"] == contain

    assert watcher("web", contain=contain).explain()["contain"] == contain
    play(scene)


def test_facts_are_gathered_off_the_loop_and_the_extended_stats_hook_adds_to_them():
    def hook(watcher, arbiter, name, pid, stats):
        threads.append(threading.current_thread())
        stats["tea"] = watcher.processes[pid].wid

    threads = []

    async def scene(floor):
        web = floor.watcher(numprocesses=2, hooks={"extended_stats": (hook, False)})
        plain = floor.watcher("plain")
        await asyncio.gather(web.start(), plain.start())
        found = await gather(floor.crew, [web, plain], extended=True)
        assert sorted(stats["tea"] for stats in found["web"].values()) == [1, 2]
        assert ["tea" in stats for stats in found["plain"].values()] == [False]
        assert threading.main_thread() not in threads

    play(scene)


def test_without_extended_the_hook_is_not_asked():
    def hook(*_):
        raise AssertionError("nobody wants to know")

    async def scene(floor):
        web = floor.watcher(hooks={"extended_stats": (hook, False)})
        await web.start()
        found = await gather(floor.crew, [web], extended=False)
        assert list(found["web"]) == list(web.processes)
        assert "hook_failure" not in floor.ears.names()

    play(scene)


def test_its_facts_are_those_of_its_processes():
    async def scene(floor):
        web, pids = await started(floor, numprocesses=2)
        assert sorted(web.info()) == sorted(pids)
        assert web.process_info(pids[0])["wid"] == 1
        assert web.get_active_pids() == pids
        assert repr(web) == "<circus.Watcher name=web numprocesses=2>"
        with pytest.raises(KeyError):
            web.process_info(os.getpid())

    play(scene)


def test_stats_are_one_look_at_all_processes_with_what_the_hook_adds(tmp_path):
    def hook(watcher, arbiter, name, pid, stats):
        stats["tea"] = arbiter.numwatchers()

    async def scene(house):
        web = watcher("web", numprocesses=2, hooks={"extended_stats": (hook, False)})
        arbiter = await house.up(web, watcher("other"))
        found = await arbiter.stats(arbiter.watchers, extended=True)
        assert {name: len(infos) for name, infos in found.items()} == {"web": 2, "other": 1}
        assert [info["tea"] for info in found["web"].values()] == [2, 2]
        assert not any("tea" in info for info in found["other"].values())

    house.play(tmp_path, scene)


def test_an_arbiter_tells_of_its_own_process():
    async def ask():
        arbiter = Insight()
        arbiter.crew = Crew(asyncio.get_running_loop())
        try:
            return await arbiter.own_stats()
        finally:
            arbiter.crew.close()

    facts = asyncio.run(ask())
    assert facts["pid"] == os.getpid()
    assert facts["children"] == []


def test_an_arbiter_without_watchers_knows_none():
    with pytest.raises(KeyError):
        Insight().get_watcher("web")
