"""What hooks do with the watcher and the arbiter that they are given, from their own thread."""

from __future__ import annotations

import asyncio
import os
import signal
import threading

import pytest

from circus.exc import CircusError
from circus.insight import gather
from tests.helpers import house
from tests.helpers.floor import STUBBORN, Talk, play, reaping, started
from tests.helpers.launching import PATIENCE


def hooked(**hooks):
    """Return the option of a watcher with these hooks."""
    return {"hooks": {name: (hook, False) for name, hook in hooks.items()}}


def says_yes(**_):
    return True


def test_before_reap_still_finds_the_process_and_after_reap_does_not():
    seen = {}

    def look(watcher, hook_name, process_pid, **_):
        process = watcher.processes.get(process_pid)
        seen[hook_name] = process and (process.wid, process.returncode())

    async def scene(floor):
        web, (pid,) = await started(floor, **hooked(before_reap=look, after_reap=look))
        os.kill(pid, signal.SIGKILL)
        await floor.ears.until("hook_success", 2)
        assert seen == {"before_reap": (1, -9), "after_reap": None}
        assert web.get_active_pids() == list(web.processes)

    play(scene)


def test_the_keyword_arguments_tell_what_has_happened():
    seen = []

    def look(watcher, arbiter, hook_name, **about):
        about.pop("time", None)
        seen.append((hook_name, about))
        return True

    names = ("after_spawn", "before_signal", "after_signal", "before_reap", "after_reap")

    async def scene(floor):
        web = floor.watcher(**hooked(**dict.fromkeys(names, look)))
        await web.start()
        (pid,) = web.processes
        await web.stop()
        to_end = {"pid": pid, "signum": 15}
        assert seen == [
            ("after_spawn", {"pid": pid}),
            ("before_signal", to_end),
            ("after_signal", to_end),
            ("before_reap", {"process_pid": pid}),
            ("after_reap", {"process_pid": pid, "exit_code": -15, "process_status": None}),
        ]
        await web.start()
        (pid,) = web.processes
        os.kill(pid, signal.SIGKILL)
        await floor.ears.until("hook_success", 9)
        dead = {"process_pid": pid, "exit_code": -9, "process_status": 1}
        assert ("after_reap", dead) in seen

    play(scene)


@pytest.mark.parametrize("plain", [True, False])
def test_sigkill_is_sent_whatever_before_signal_says(plain):
    go = threading.Event()

    def hang(**_):
        return go.wait(PATIENCE) and False

    async def hang_later(**_):
        await asyncio.Event().wait()

    async def scene(floor):
        talk = Talk()
        hook = hang if plain else hang_later
        options = {**STUBBORN, "stdout_stream": {"stream": talk}, **hooked(before_signal=hook)}
        web = floor.watcher(**options, graceful_timeout=600)
        await web.start()
        await talk.until()
        (pid,) = web.processes
        web.deliver([pid], signal.SIGKILL)
        await floor.ears.until("reap")
        go.set()

    play(scene)


def test_a_call_in_place_sends_sigkill_whatever_before_signal_says():
    def never(**_):
        return False

    async def scene(floor):
        web, (pid,) = await started(floor, **hooked(before_signal=never))
        assert web.send_signal(pid, signal.SIGTERM) is False
        assert web.send_signal(pid, signal.SIGKILL) is True
        assert (await floor.ears.until("reap"))["exit_code"] == -9

    play(scene)


def test_a_plain_hook_may_signal_set_and_announce_from_its_thread():
    results = []

    def act(watcher, pid, **_):
        assert threading.current_thread() is not threading.main_thread()
        watcher.notify_event("tea", {"pid": pid})
        watcher.graceful_timeout = 77
        watcher.numprocesses = 2
        results.append(watcher.send_signal(pid, signal.SIGCONT))
        return True

    async def scene(floor):
        web = floor.watcher(**hooked(after_spawn=act))
        await web.start()
        await floor.ears.until("spawn", 2)
        assert results == [True, True]
        assert (web.graceful_timeout, len(web)) == (77, 2)
        assert floor.ears.fields("tea")[0]["pid"] in web.processes

    play(scene)


def test_a_plain_hook_may_move_other_watchers(tmp_path):
    def move(arbiter, **_):
        other = arbiter.get_watcher("other")
        futures.append(other.stop())
        futures.append(arbiter.start_group([arbiter.get_watcher("late")]))
        arbiter.add_watcher("new", "sleep 600")
        return True

    futures = []

    async def scene(home):
        web = house.watcher("web", autostart=False, **hooked(before_start=move))
        late = house.watcher("late", autostart=True)
        arbiter = await home.up(web, late, house.watcher("other"))
        await late.stop()
        await web.start()
        await asyncio.wait_for(asyncio.gather(*map(asyncio.wrap_future, futures)), PATIENCE)
        states = arbiter.statuses()
        assert states == {"web": "active", "late": "active", "other": "stopped", "new": "stopped"}

    house.play(tmp_path, scene)


def test_extended_stats_are_those_of_one_process_or_of_all():
    def brew(watcher, arbiter, name, pid, stats):
        stats["tea"] = watcher.processes[pid].wid

    async def scene(floor):
        web, pids = await started(floor, numprocesses=2, **hooked(extended_stats=brew))
        found = await gather(floor.crew, [web], extended=True, only=pids[1])
        assert {pid: facts["tea"] for pid, facts in found["web"].items()} == {pids[1]: 2}
        assert "hook_success" not in floor.ears.names()

    play(scene)


def test_extended_stats_that_overrun_spoil_nothing():
    go = threading.Event()

    def late(watcher, arbiter, name, pid, stats):
        go.wait(PATIENCE)
        stats["too late"] = True

    async def scene(floor):
        options = {"hooks": {"extended_stats": (late, True)}, "hook_timeout": 0.01}
        web, (pid,) = await started(floor, **options)
        found = await gather(floor.crew, [web], extended=True)
        go.set()
        assert "too late" not in found["web"][pid]
        web.hooks = {"extended_stats": (late, False)}
        go.clear()
        with pytest.raises(CircusError, match="'extended_stats' of 'web' failed: no answer in"):
            await gather(floor.crew, [web], extended=True)
        go.set()

    play(scene)


def test_who_waits_for_stats_is_answered_when_the_watcher_goes():
    go, begun = threading.Event(), threading.Event()

    def late(*_, **__):
        begun.set()
        go.wait(PATIENCE)

    async def scene(floor):
        web, (pid,) = await started(floor, **hooked(extended_stats=late))
        asked = asyncio.ensure_future(gather(floor.crew, [web], extended=True))
        assert await asyncio.to_thread(begun.wait, PATIENCE)
        web.abandon()
        assert pid in (await asked)["web"]
        go.set()
        reaped = reaping(floor.crew)
        os.kill(pid, signal.SIGKILL)
        await reaped.wait()
        floor.watchers.remove(web)

    play(scene)
