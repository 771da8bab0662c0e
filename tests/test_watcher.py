from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading

import pytest

from circus.exc import ConflictError, Superseded
from circus.watcher import Watcher
from tests.helpers.floor import LIFE, SLEEP, Talk, lone, play, reaping, sh, slow, started


def hook(verdict, seen=None):
    """Return a hook with a verdict; it writes down its name."""

    def said(hook_name, **about):
        if seen is not None:
            about = {key: about[key] for key in ("pid", "signum", "process_pid") if key in about}
            seen.append((hook_name, *about.values()))
        return verdict

    return (said, False)


# --- alone ----------------------------------------------------------------------------------------


def test_a_watcher_works_alone_in_a_plain_loop():
    async def scene():
        web = Watcher("web", SLEEP, numprocesses=2)
        done = await web.start()
        assert done == {"started": sorted(web.processes), "kept": []}
        assert web.is_active()
        (one, _) = web.processes
        os.kill(one, signal.SIGKILL)
        assert await web.restart()
        assert len(web) == 2
        await web.stop()
        assert web.is_stopped()
        assert len(web) == 0
        web.close()

    lone(scene)


def test_a_verb_does_its_work_although_nobody_awaits_it():
    async def scene(floor):
        floor.watcher().start()
        gc.collect()
        await floor.ears.until("start")

    play(scene)


def test_nothing_of_the_operating_system_is_touched_before_the_start():
    before = {*os.listdir("/proc/self/fd")}, threading.active_count()
    web = Watcher("web", SLEEP, hooks={"before_start": hook(True)})
    assert web.status() == "stopped"
    assert ({*os.listdir("/proc/self/fd")}, threading.active_count()) == before


def test_what_a_watcher_cannot_be_is_refused_when_it_is_made():
    with pytest.raises(ValueError, match="singleton"):
        Watcher("web", SLEEP, numprocesses=2, singleton=True)
    with pytest.raises(ImportError, match="cannot find the hook"):
        Watcher("web", SLEEP, hooks={"before_start": "no.such.hook"})


# --- start and stop -------------------------------------------------------------------------------


def test_start_holds_the_pids_that_it_started_and_those_it_kept():
    async def scene(floor):
        web, (one, two) = await started(floor, numprocesses=2)
        assert await web.start() == {"started": [], "kept": sorted([one, two])}

    play(scene)


def test_a_start_is_announced_after_its_spawns_and_a_stop_after_its_reaps():
    async def scene(floor):
        web = floor.watcher(numprocesses=2)
        await web.start()
        await web.stop()
        expected = ["spawn", "spawn", "start", "kill", "kill", "reap", "reap", "stop"]
        assert floor.ears.names() == expected
        assert [one["exit_code"] for one in floor.ears.fields("reap")] == [-15, -15]

    play(scene)


def test_a_watcher_that_is_stopped_twice_is_stopped_once():
    async def scene(floor):
        web, _ = await started(floor)
        await asyncio.gather(web.stop(), web.stop())
        assert floor.ears.names("stop") == ["stop"]

    play(scene)


def test_a_dead_process_is_replaced_in_its_place():
    async def scene(floor):
        web, (one, _) = await started(floor, numprocesses=2)
        place = web.processes[one].wid
        os.kill(one, signal.SIGKILL)
        other = (await floor.ears.until("spawn"))["process_pid"]
        assert web.processes[other].wid == place
        reap = floor.ears.fields("reap")[0]
        assert (reap["process_pid"], reap["exit_code"]) == (one, -9)
        assert floor.ears.names(*LIFE) == ["reap", "spawn"]
        assert web.status() == "active"

    play(scene)


def test_without_respawn_a_watcher_stops_when_all_have_finished():
    async def scene(floor):
        web = floor.watcher(cmd="true", numprocesses=2, respawn=False)
        await web.start()
        await floor.ears.until("stop")
        assert floor.ears.names("spawn", "reap") == ["spawn", "spawn", "reap", "reap"]
        assert web.status() == "stopped"

    play(scene)


def test_a_process_that_is_too_old_is_replaced_before_it_is_stopped():
    async def scene(floor):
        web = floor.watcher(max_age=1, max_age_variance=0)
        await web.start()
        await floor.ears.until("reap")
        assert floor.ears.names(*LIFE) == ["spawn", "start", "spawn", "kill", "reap"]
        assert len(web) == 1

    play(scene)


def test_a_stubborn_process_is_killed_when_its_grace_is_over():
    async def scene(floor):
        talk, options = slow(graceful_timeout=0.01)
        web, _ = await started(floor, **options)
        await talk.until()
        await web.stop()
        assert floor.ears.names() == ["kill", "kill", "reap", "stop"]
        assert floor.ears.fields("reap")[0]["exit_code"] == -9

    play(scene)


# --- restart and reload ---------------------------------------------------------------------------


def test_restart_stops_and_starts_and_holds_both():
    async def scene(floor):
        web, (old,) = await started(floor)
        done = await web.restart()
        assert done == {"stopped": [old], "started": [*web.processes], "kept": []}
        assert floor.ears.names() == ["kill", "reap", "stop", "spawn", "start"]

    play(scene)


def test_reload_spawns_the_new_before_it_stops_the_old():
    async def scene(floor):
        web, old = await started(floor, numprocesses=2)
        done = await web.reload()
        assert done["stopped"] == sorted(old)
        assert done["started"] == sorted(web.processes)
        assert sorted(one.wid for one in web.processes.values()) == [3, 4]
        order = floor.ears.names("spawn", "kill", "reload")
        assert order == ["spawn", "spawn", "kill", "kill", "reload"]

    play(scene)


def test_a_sequential_reload_replaces_one_after_the_other():
    async def scene(floor):
        web, _ = await started(floor, numprocesses=2)
        await web.reload(sequential=True)
        assert floor.ears.names() == ["kill", "reap", "spawn"] * 2 + ["reload"]

    play(scene)


def test_a_reload_without_grace_is_a_restart():
    async def scene(floor):
        web, _ = await started(floor)
        await web.reload(graceful=False)
        assert floor.ears.names() == ["kill", "reap", "stop", "spawn", "start"]

    play(scene)


def test_with_send_hup_a_reload_signals_and_replaces_nobody(caplog):
    async def scene(floor):
        talk = Talk()
        said = sh('trap "echo hup" HUP; echo up; while :; do sleep 600 & wait; done')
        web = floor.watcher(**said, send_hup=True, stdout_stream={"stream": talk})
        await web.start()
        (pid,) = web.processes
        await talk.until()
        assert await web.reload() == {"stopped": [], "started": [], "kept": [pid]}
        assert await talk.until(2) == ["up", "hup"]
        assert f"SENDING HUP to {pid}" in caplog.text
        assert floor.ears.names("kill", "reload") == ["reload"]

    play(scene)


def test_a_reload_leaves_a_stopped_watcher_stopped():
    async def scene(floor):
        web = floor.watcher()
        for graceful in (True, False):
            done = await web.reload(graceful=graceful)
            assert done == {"stopped": [], "started": [], "kept": []}
        assert web.is_stopped()

    play(scene)


def test_a_reload_calls_prereload_fn_with_the_watcher_before():
    seen = []

    async def scene(floor):
        web, _ = await started(floor, prereload_fn=lambda one: seen.append((one, len(one))))
        await web.reload()
        assert seen == [(web, 1)]

    play(scene)


# --- signals and hooks ----------------------------------------------------------------------------


def test_a_signal_goes_through_its_hooks_and_is_no_event():
    seen = []

    async def scene(floor):
        hooks = {name: hook(True, seen) for name in ("before_signal", "after_signal")}
        web, (pid,) = await started(floor, hooks=hooks)
        assert web.send_signal(pid, signal.SIGCONT) is True
        about = (pid, signal.SIGCONT)
        assert seen == [("before_signal", *about), ("after_signal", *about)]
        assert "kill" not in floor.ears.names()

    play(scene)


GATES = ("before_start", "before_spawn", "after_spawn", "after_start")


def test_the_hooks_of_a_whole_life_are_called_in_order():
    seen = []

    async def scene(floor):
        names = [
            *GATES, "before_stop", "before_signal", "after_signal",
            "before_reap", "after_reap", "after_stop",
        ]  # fmt: skip
        web = floor.watcher(hooks={name: hook(True, seen) for name in names})
        await web.start()
        (pid,) = web.processes
        await web.stop()
        assert [name for name, *_ in seen] == names
        about = {name: rest for name, *rest in seen}
        assert about["after_spawn"] == about["before_reap"] == about["after_reap"] == [pid]
        assert about["before_signal"] == about["after_signal"] == [pid, 15]
        assert floor.ears.names("hook_success") == ["hook_success"] * len(names)

    play(scene)


@pytest.mark.parametrize(
    ("name", "heard"),
    [
        ("before_start", []),
        ("before_spawn", ["stop"]),
        ("after_spawn", ["kill", "reap", "stop"]),
        ("after_start", ["spawn", "kill", "reap", "stop"]),
    ],
)
def test_a_hook_that_says_no_ends_the_start_and_the_reason_is_known(name, heard):
    async def scene(floor):
        web = floor.watcher(hooks={name: hook(False)})
        assert await web.start() == {"started": [], "kept": []}
        assert floor.ears.names(*LIFE) == heard
        assert (web.status(), web.explain()["reason"]) == ("stopped", f"{name} said no")

    play(scene)


def test_before_signal_may_keep_a_signal_back_but_not_the_kill_at_the_end():
    async def scene(floor):
        web, (pid,) = await started(
            floor, graceful_timeout=0.01, hooks={"before_signal": hook(False)}
        )
        assert web.send_signal(pid, signal.SIGTERM) is False
        await web.stop()
        assert [one["exit_code"] for one in floor.ears.fields("reap")] == [-9]

    play(scene)


def test_a_hook_that_hangs_holds_up_its_own_watcher_and_nobody_else():
    go = threading.Event()

    async def scene(floor):
        stuck = floor.watcher("stuck", hooks={"before_start": (lambda **_: go.wait(20), False)})
        waiting = stuck.start()
        await floor.watcher("free").start()
        assert (waiting.done(), stuck.status()) == (False, "starting")
        go.set()
        await waiting

    play(scene)


def test_a_hook_that_overruns_hook_timeout_says_no():
    go = threading.Event()

    async def scene(floor):
        late = {"before_start": (lambda **_: go.wait(20), False)}
        web = floor.watcher(hooks=late, hook_timeout=0.01)
        await web.start()
        assert web.status() == "stopped"
        (failure,) = floor.ears.fields("hook_failure")
        assert failure == {
            "name": "before_start",
            "error": "no answer in 0.01 s",
            "abandoned": True,
        }
        go.set()

    play(scene)


def test_a_hook_may_change_the_environment_of_the_process_it_is_asked_about():
    def brew(watcher, **_):
        watcher.env["TEA"] = "hot"
        return True

    async def scene(floor):
        talk = Talk()
        said = sh("echo $TEA; exec sleep 600")
        hooks = {"before_spawn": (brew, False)}
        await floor.watcher(**said, hooks=hooks, stdout_stream={"stream": talk}).start()
        assert await talk.until() == ["hot"]

    play(scene)


def test_a_signal_to_a_stranger_is_refused():
    async def scene(floor):
        web, _ = await started(floor)
        for send in (web.send_signal, web.send_signal_children):
            with pytest.raises(KeyError):
                send(os.getpid(), signal.SIGCONT)

    play(scene)


# --- together -------------------------------------------------------------------------------------


def test_an_embedding_program_may_forbid_a_verb():
    def admit(verb, name=None):
        raise ConflictError(f"not now: {verb} {name}")

    async def scene(floor):
        web, _ = await started(floor)
        web._admit = admit
        for verb in (web.start, web.stop, web.restart, web.reload, web.incr, web.decr):
            with pytest.raises(ConflictError, match="not now"):
                verb()
        web._admit = None
        assert floor.ears.heard == []

    play(scene)


def test_a_watcher_that_is_abandoned_leaves_its_processes_running_and_they_are_reaped():
    async def scene(floor):
        web, (pid,) = await started(floor)
        floor.watchers.remove(web)
        waiting = web.stop()
        await web.abandon()
        with pytest.raises(Superseded, match="quit"):
            await waiting
        reaped = reaping(floor.crew)
        floor.crew.children.signal(pid, signal.SIGKILL)
        await reaped.wait()
        assert "reap" not in floor.ears.names()

    play(scene)
