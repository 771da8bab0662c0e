from __future__ import annotations

import asyncio
import logging
import os
import signal

import pytest

from circus import logger
from circus.core import members
from circus.core.messages import Hasten
from circus.exc import StopError
from circus.stopcommand import _log
from tests.helpers.floor import Talk, alive, gone, play, reaping, sh
from tests.helpers.launching import PATIENCE


def watcher(floor, command, **options):
    """Return a watcher of a process that ends at SIGUSR1 only, and what is said."""
    talk = Talk()
    text = 'sleep 600 & trap "" TERM; trap "exit 7" USR1; echo up; while :; do wait; done'
    made = floor.watcher(
        **{
            **sh(text),
            "stop_command": command,
            "graceful_timeout": 600,
            "stdout_stream": {"stream": talk},
            "env": {"PATH": os.environ["PATH"]},
            **options,
        }
    )
    return made, talk


async def said(*texts):
    """Wait until the log has said all of these.

    One listener hears them all: whoever takes one away while another thread logs makes that thread
    pass over the next (:meth:`logging.Logger.callHandlers` walks through the list as it is).
    """
    missing = {*texts}

    class Listener(logging.Handler):
        def emit(self, record):  # in whatever thread
            missing.difference_update([text for text in missing if text in record.getMessage()])
            if not missing:
                loop.call_soon_threadsafe(heard.set)

    loop, heard, listener = asyncio.get_running_loop(), asyncio.Event(), Listener()
    logger.addHandler(listener)
    try:
        await asyncio.wait_for(heard.wait(), PATIENCE)
    finally:
        logger.removeHandler(listener)


async def up(made, talk):
    """Start a watcher; return the pid of its process."""
    await made.start()
    await talk.until()
    (pid,) = made.processes
    return pid


def test_a_stop_command_is_run_instead_of_the_signal():
    async def scene(floor):
        web, talk = watcher(
            floor, "sh -c 'echo $0 $1 $PWD; kill -USR1 $0' $(circus.pid) $(circus.wid)"
        )
        pid = await up(web, talk)
        await web.stop()
        assert floor.ears.fields("reap")[0]["exit_code"] == 7
        assert [one["process_pid"] for one in floor.ears.fields("kill")] == [pid]
        assert await talk.until(4) == ["up", str(pid), "1", os.getcwd()]

    play(scene)


def test_it_has_the_environment_and_the_directory_of_the_watcher(tmp_path):
    async def scene(floor):
        options = {"working_dir": str(tmp_path), "env": {"TEA": "green"}}
        web, talk = watcher(floor, "sh -c 'echo $TEA $PWD; kill -USR1 $0' $(circus.pid)", **options)
        await up(web, talk)
        await web.stop()
        assert await talk.until(3) == ["up", "green", str(tmp_path)]

    play(scene)


def test_without_a_stream_what_it_says_is_logged(caplog):
    caplog.set_level("INFO", "circus")

    async def scene(floor):
        text = "sh -c 'echo one; echo two >&2; kill -USR1 $0' $(circus.pid)"
        web, _ = watcher(floor, text, stdout_stream=None, **sh("exec sleep 600"))
        await web.start()
        both = asyncio.create_task(said("says: one", "says: two"))
        await web.stop()
        await both

    play(scene)
    lines = [text for text in caplog.messages if text.startswith("stop_command")]
    assert sorted(lines) == [
        "stop_command of 'web' says: one",
        "stop_command of 'web' says: two",
    ]


@pytest.mark.parametrize(
    ("command", "failure"),
    [
        ("no-such-program", "cannot run the stop_command of 'web': cannot exec 'no-such-program'"),
        ("sh -c 'exit 3'", "stop_command of 'web' failed for process {pid}: exit code 3"),
        (
            "sh -c 'kill -9 $$'",
            "stop_command of 'web' failed for process {pid}: killed by signal 9",
        ),
    ],
)
def test_its_failure_is_logged_and_the_grace_goes_on(command, failure):
    async def scene(floor):
        web, talk = watcher(floor, command)
        pids.append(await up(web, talk))
        stopped = web.stop()
        await said(failure.format(pid=pids[0]))
        assert alive(pids[0])
        assert not stopped.done()
        os.kill(pids[0], signal.SIGUSR1)
        await stopped

    pids = []
    play(scene)


def test_when_the_grace_is_over_process_and_command_are_killed_with_all_that_it_started():
    async def scene(floor):
        text = "sh -c 'sleep 600 & echo $$ $!; wait'"
        web, talk = watcher(floor, text, graceful_timeout=0.3)
        pid = await up(web, talk)
        failure = f"stop_command of 'web' failed for process {pid}: the grace is over"
        failed = asyncio.ensure_future(said(failure))
        await web.stop()
        assert floor.ears.fields("reap")[0]["exit_code"] == -9
        _, command, child = await talk.until(3)
        for one in (pid, int(command), int(child)):
            await gone(one)
        await failed

    play(scene)


def test_a_stop_is_over_when_the_process_and_its_command_have_ended(tmp_path):
    async def scene(floor):
        text = f"sh -c 'kill -USR1 $0; echo $$; read x <{door}; echo bye' $(circus.pid)"
        web, talk = watcher(floor, text)
        pid = await up(web, talk)
        stopped = web.stop()
        await floor.ears.until("reap")
        assert (stopped.done(), web.status(), len(web)) == (False, "stopping", 0)
        assert pid in floor.crew.kin.meant, "its number is not given to another one"
        os.write(key, b"\n")
        await stopped
        assert (await talk.until(3))[2] == "bye"
        assert floor.crew.kin.meant == set()

    door = tmp_path / "door"
    os.mkfifo(door)
    key = os.open(door, os.O_RDWR)
    play(scene)
    os.close(key)


def test_a_command_that_outlives_its_process_is_killed_when_the_grace_is_over():
    async def scene(floor):
        text = "sh -c 'kill -USR1 $0; echo $$; exec sleep 600' $(circus.pid)"
        web, talk = watcher(floor, text, graceful_timeout=0.5)
        await up(web, talk)
        stopped = web.stop()
        await floor.ears.until("reap")
        _, command = await talk.until(2)
        assert alive(int(command))
        assert not stopped.done()
        await stopped
        assert not alive(int(command))

    play(scene)


def test_haste_ends_process_and_command():
    async def scene(floor):
        web, talk = watcher(floor, "sh -c 'echo $$; exec sleep 600'")
        pid = await up(web, talk)
        stopped = web.stop()
        _, command = await talk.until(2)
        web.feed(Hasten())
        await stopped
        assert not alive(pid)
        assert not alive(int(command))

    play(scene)


def test_what_a_command_left_when_it_ended_well_is_killed_when_the_grace_is_over():
    async def scene(floor):
        text = "sh -c 'sleep 600 & echo $!; kill -USR1 $0' $(circus.pid)"
        web, talk = watcher(floor, text, graceful_timeout=0.5)
        await up(web, talk)
        await web.stop()
        assert not alive(int((await talk.until(2))[1]))

    play(scene)


def test_a_watcher_that_is_closed_ends_its_commands():
    async def scene(floor):
        web, talk = watcher(floor, "sh -c 'echo $$; exec sleep 600'")
        pid = await up(web, talk)
        web.stop()
        _, command = await talk.until(2)
        done = reaping(floor.crew)
        web.stage.stop_commands.close()
        await done.wait()
        assert not alive(int(command))
        assert alive(pid)

    play(scene)


def test_a_command_that_cannot_be_killed_is_named(monkeypatch):
    monkeypatch.setattr(members, "SURVIVES", 0.1)

    async def scene(floor):
        web, talk = watcher(
            floor,
            "sh -c 'kill -USR1 $0; echo $$; exec sleep 600' $(circus.pid)",
            graceful_timeout=0.3,
        )
        await up(web, talk)
        monkeypatch.setattr(web.stage.stop_commands, "kill", lambda _pid: None)
        with pytest.raises(StopError) as caught:
            await web.stop()
        _, command = await talk.until(2)
        assert str(caught.value).endswith(f"SIGKILL does not end {command}")
        os.kill(int(command), signal.SIGKILL)
        while web.machine.crowd.members:
            await reaping(floor.crew).wait()

    play(scene)


def test_a_process_that_ended_by_itself_before_its_turn_came_needs_no_command(caplog):
    async def scene(floor):
        web, talk = watcher(floor, "no-such-program")
        pid = await up(web, talk)
        commands, process = web.stage.stop_commands, web.processes[pid]
        commands.run(pid)
        floor.crew.launches.take_back(commands, pid)
        process.ended(0)  # for all it knows
        commands.launch(pid)
        assert commands.running([pid]) == set()
        os.kill(pid, signal.SIGUSR1)
        await floor.ears.until("reap")

    play(scene)
    assert "cannot run" not in caplog.text


def test_what_is_no_text_is_logged_all_the_same(caplog):
    caplog.set_level("INFO", "circus")
    _log("web", {"data": b"one\nthr\xff"})
    found = [text.partition("says: ")[2] for text in caplog.messages]
    assert found == ["one", "thr\\xff"]
