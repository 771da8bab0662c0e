from __future__ import annotations

import asyncio
import os
import signal
import socket

import pytest

from circus.exc import StartError
from circus.sockets import CircusSocket
from circus.watcher import Watcher
from tests.helpers.floor import STUBBORN, Talk, alive, gone, play, sh, talking
from tests.helpers.launching import PATIENCE


@pytest.fixture
def listener():
    """A managed socket on a free port."""
    made = CircusSocket("www", "127.0.0.1", 0)
    made.bind_and_listen()
    yield made
    made.close()


# --- launching ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"cmd": "no-such-program"}, "cannot exec 'no-such-program': No such file or directory"),
        ({"working_dir": "/no/such"}, "cannot change directory to '/no/such': No such file"),
        ({"uid": "nobody-we-know"}, "cannot find the user 'nobody-we-know'"),
        ({"rlimits": {"nofile": 2**62}}, "cannot set the limit 'nofile': "),
        ({"stdin_socket": "nowhere"}, "stdin_socket 'nowhere' does not exist"),
    ],
)
def test_a_launch_that_fails_says_which_step_and_why_and_the_others_run(options, reason, caplog):
    async def scene(floor):
        good = floor.watcher("good")
        bad = floor.watcher("bad", **{"cmd": "sleep 600", "max_retry": 1, **options})
        started = bad.start()
        await good.start()
        with pytest.raises(StartError, match=reason):
            await started
        assert bad.status() == "stopped"
        assert bad.explain()["reason"].startswith(reason)
        (stop,) = floor.ears.fields("stop", "bad")
        assert stop["reason"].startswith(reason)
        assert good.status() == "active"

    play(scene)
    assert f"error in 'bad': {reason}" in caplog.text


def test_launches_that_fail_are_tried_again_until_the_limit():
    async def scene(floor):
        web = floor.watcher(cmd="no-such-program", max_retry=2)
        with pytest.raises(StartError):
            await web.start()
        await floor.ears.until("stop")
        assert web.explain()["reason"].endswith("(2 failed launches)")

    play(scene)


def test_a_subclass_that_overrides_spawn_process_is_heard():
    calls = []

    class Choosy(Watcher):
        def spawn_process(self, recovery_wid=None):
            calls.append(recovery_wid)
            return super().spawn_process(recovery_wid)

    async def scene(floor):
        web = floor.watcher(kind=Choosy, numprocesses=2)
        await web.start()
        assert calls == [1, 2]

    play(scene)


def test_a_subclass_whose_spawn_process_raises_has_failed_to_launch(caplog):
    class Broken(Watcher):
        def spawn_process(self, recovery_wid=None):
            raise KeyError("tea")

    class Lazy(Watcher):
        def spawn_process(self, recovery_wid=None):
            return False

    async def scene(floor):
        broken = floor.watcher("broken", kind=Broken, max_retry=1)
        with pytest.raises(StartError, match="tea"):
            await broken.start()
        lazy = floor.watcher("lazy", kind=Lazy, max_retry=1)
        with pytest.raises(StartError, match="spawn_process launched nothing"):
            await lazy.start()

    play(scene)
    assert "cannot spawn a process of 'broken'" in caplog.text


def test_an_on_demand_watcher_starts_at_the_first_connection(listener):
    async def scene(floor):
        talk, options = talking("echo up; exec sleep 600", on_demand=True, use_sockets=True)
        web = floor.watcher(**options, sockets=[listener])
        assert await web.start() == {"started": [], "kept": []}
        assert (web.status(), len(web)) == ("stopped", 0)
        with socket.create_connection(("127.0.0.1", listener.port), PATIENCE):
            assert await talk.until() == ["up"]
        await floor.ears.until("start")
        assert web.status() == "active"

    play(scene)


def test_an_on_demand_watcher_whose_last_process_died_waits_for_the_next_connection(listener):
    async def scene(floor):
        talk, options = talking("echo up; exec sleep 600", on_demand=True, use_sockets=True)
        web = floor.watcher(**options, sockets=[listener])
        await web.start()
        with socket.create_connection(("127.0.0.1", listener.port), PATIENCE):
            await talk.until()
            listener.accept()[0].close()
        (pid,) = web.processes
        os.kill(pid, signal.SIGKILL)
        await floor.ears.until("reap")
        assert (web.status(), len(web)) == ("stopped", 0)
        with socket.create_connection(("127.0.0.1", listener.port), PATIENCE):
            assert await talk.until(2) == ["up", "up"]

    play(scene)


def test_a_stopped_on_demand_watcher_does_not_hear_connections(listener):
    async def scene(floor):
        web = floor.watcher(on_demand=True, use_sockets=True, sockets=[listener])
        await web.start()
        await web.stop()
        with socket.create_connection(("127.0.0.1", listener.port), PATIENCE):
            for _ in range(3):
                await asyncio.sleep(0)
            assert len(web) == 0

    play(scene)


# --- the end of a process -------------------------------------------------------------------------


def test_stop_children_signals_the_children_too_and_announces_each():
    async def scene(floor):
        talk, options = talking("sleep 600 & echo $!; wait $!; echo $?", stop_children=True)
        web = floor.watcher(**options)
        await web.start()
        child = int((await talk.until())[0])
        (pid,) = web.processes
        await web.stop()
        assert not alive(child)
        assert {one["process_pid"] for one in floor.ears.fields("kill")} == {pid, child}

    play(scene)


def test_when_the_grace_is_over_the_whole_session_is_killed():
    async def scene(floor):
        family = 'trap "" TERM; sleep 600 & echo $!; while :; do wait; done'
        talk, options = talking(family, graceful_timeout=0.01)
        web = floor.watcher(**options)
        await web.start()
        child = int((await talk.until())[0])
        await web.stop()
        await gone(child)
        assert [one["exit_code"] for one in floor.ears.fields("reap")] == [-9]
        assert floor.ears.names("kill") == ["kill", "kill"]

    play(scene)


def test_what_a_process_left_in_its_session_is_stopped_with_its_watcher():
    async def scene(floor):
        talk, options = talking("sleep 600 & echo $!; wait")
        web = floor.watcher(**options)
        await web.start()
        child = int((await talk.until())[0])
        await web.stop()
        assert not alive(child)

    play(scene)


def test_a_process_that_may_not_be_signalled_is_logged_and_killed_when_its_grace_is_over(caplog):
    class Powerless(Watcher):
        def send_signal(self, pid, signum):
            if signum != signal.SIGKILL:
                raise PermissionError(1, "Operation not permitted")
            return super().send_signal(pid, signum)

    async def scene(floor):
        web = floor.watcher(kind=Powerless, graceful_timeout=0.01)
        await web.start()
        await web.stop()
        assert floor.ears.fields("reap")[0]["exit_code"] == -9

    play(scene)
    assert "cannot signal process" in caplog.text


def test_a_subclass_that_overrides_send_signal_and_notify_event_is_heard():
    seen = []

    class Nosy(Watcher):
        def send_signal(self, pid, signum):
            seen.append((pid, signum))
            return super().send_signal(pid, signum)

        def notify_event(self, topic, msg):
            seen.append(topic)
            super().notify_event(topic, msg)

    async def scene(floor):
        web = floor.watcher(kind=Nosy)
        await web.start()
        (pid,) = web.processes
        await web.stop()
        assert seen == ["spawn", "start", (pid, 15), "kill", "reap", "stop"]

    play(scene)


# --- output ---------------------------------------------------------------------------------------


def test_a_file_gets_everything_that_was_written_before_a_process_died(tmp_path):
    async def scene(floor):
        web = floor.watcher(
            **sh("seq 1 20000; seq 1 20000 >&2; exit 3"),
            respawn=False,
            stdout_stream={"class": "FileStream", "filename": str(out)},
            stderr_stream={"class": "FileStream", "filename": str(err)},
        )
        await web.start()
        await floor.ears.until("stop")
        numbers = "".join(f"{number}\n" for number in range(1, 20001))
        assert out.read_text() == err.read_text() == numbers

    out, err = tmp_path / "out.log", tmp_path / "err.log"
    play(scene)


def test_a_stream_is_opened_at_each_start_and_closed_at_each_stop():
    async def scene(floor):
        talk, options = talking("exec sleep 600")
        web = floor.watcher(**options)
        await web.start()
        await web.restart()
        await talk.until_opened(2)
        assert talk.closed == 0
        await web.stop()
        assert talk.closed == 1

    play(scene)


def test_a_stream_that_cannot_be_opened_is_logged_and_the_processes_run(caplog):
    class Shut(Talk):
        def open(self):
            raise OSError(28, "No space left on device")

    async def scene(floor):
        web = floor.watcher(stdout_stream={"stream": Shut()})
        await web.start()
        assert len(web) == 1

    play(scene)
    assert "cannot open stdout of 'web': [Errno 28] No space left on device" in caplog.text


def test_the_log_says_when_a_watcher_started_and_stopped(caplog):
    caplog.set_level("INFO", "circus")

    async def scene(floor):
        web = floor.watcher()
        await web.start()
        await web.reload()
        await web.stop()

    play(scene)
    assert caplog.messages == ["web started", "web reloaded", "web stopped"]


def test_a_stubborn_watcher_delays_nobody_else():
    async def scene(floor):
        talk = Talk()
        slow = floor.watcher("slow", **STUBBORN, stdout_stream={"stream": talk})
        quick = floor.watcher("quick")
        await asyncio.gather(slow.start(), quick.start())
        await talk.until()
        stopped = slow.stop()
        await quick.restart()
        assert not stopped.done()

    play(scene)
