from __future__ import annotations

import signal
from dataclasses import replace

import pytest

from circus.exc import MessageError
from circus.retune import channels, retune
from circus.spec.model import HookSpec, StreamSpec, WatcherSpec
from circus.stream import FileStream
from tests.helpers.floor import Talk, play, sh, started

CHATTY = 'trap "echo two" HUP; echo one; while :; do sleep 600 & wait; done'


def yes(**_):
    return True


def test_an_output_without_a_stream_has_no_channel(tmp_path):
    file = StreamSpec("FileStream", {"filename": str(tmp_path / "out")})
    out, err = channels(WatcherSpec("web", stdout_stream=file))
    assert isinstance(out.stream, FileStream)
    assert err is None
    out.leave()


def test_a_stream_is_swapped_under_processes_that_run_and_the_old_one_is_closed():
    async def scene(floor):
        old, new = Talk(), Talk()
        web = floor.watcher(**sh(CHATTY), stdout_stream={"stream": old})
        await web.start()
        await old.until()
        web.change(replace(web.spec, stdout_stream=StreamSpec("", ready=new)))
        web.send_signal(next(iter(web.processes)), signal.SIGHUP)
        assert await new.until() == ["two"]
        await old.until_closed()
        assert (old.words(), new.closed) == (["one"], 0)
        assert web.stdout_stream is new

    play(scene)


def test_a_stream_where_there_was_none_is_written_from_the_next_launch_on():
    async def scene(floor):
        talk = Talk()
        web = floor.watcher(**sh("echo one; exec sleep 600"), stdout_stream={"stream": Talk()})
        web.change(replace(web.spec, stderr_stream=StreamSpec("", ready=talk)))
        await web.start()
        assert web.stderr_stream is talk
        web.args = ["-c", "echo two >&2; exec sleep 600"]
        assert await talk.until() == ["two"]

    play(scene)


def test_one_option_of_a_stream_is_set_and_the_file_is_another(tmp_path):
    async def scene(floor):
        first, second, talk = tmp_path / "first", tmp_path / "second", Talk()
        web = floor.watcher(
            **sh('trap "echo two; exit" HUP; echo one; echo up >&2; sleep 600 & wait'),
            respawn=False,
            stdout_stream={"class": "FileStream", "filename": str(first)},
            stderr_stream={"stream": talk},
        )
        await web.start()
        await talk.until()
        (pid,) = web.processes
        await web.set_options({"stdout_stream.filename": str(second)})
        assert list(web.processes) == [pid]
        web.send_signal(pid, signal.SIGHUP)
        await floor.ears.until("stop")
        assert second.read_text() == "two\n"
        assert first.read_text() == "one\n"

    play(scene)


def test_a_change_of_something_else_leaves_the_streams_alone():
    made = []

    class Counted(Talk):
        def __init__(self):
            super().__init__()
            made.append(self)

    async def scene(floor):
        web = floor.watcher(stdout_stream={"class": "tests.helpers.floor.Talk"})
        stream = web.stdout_stream
        monkey.setattr("tests.helpers.floor.Talk", Counted)
        await web.set_options({"numprocesses": 2})
        assert web.stdout_stream is stream
        assert made == []

    with pytest.MonkeyPatch.context() as monkey:
        play(scene)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("hooks.before_start", "no.such.hook", "cannot find the hook 'no.such.hook'"),
        ("stdout_stream.no_such", "x", "no_such"),
    ],
)
def test_a_change_that_cannot_be_made_leaves_everything_as_it_was(key, value, message):
    async def scene(floor):
        talk = Talk()
        stream = {"class": "tests.helpers.floor.Talk"}
        web = floor.watcher(stdout_stream=stream, hooks={"after_start": (yes, False)})
        before = (web.spec, web.hooks_at_work, web.stdout_stream)
        assert isinstance(web.stdout_stream, type(talk))
        with pytest.raises(MessageError, match=message):
            web.set_options({"numprocesses": 3, key: value})
        assert (web.spec, web.hooks_at_work, web.stdout_stream) == before
        assert web.numprocesses == 1
        assert floor.ears.heard == []

    play(scene)


def test_hooks_that_are_named_are_loaded_anew_and_keep_their_thread(tmp_path):
    source = tmp_path / "mine.py"
    source.write_text("def hook(**_): return 'first'\n")

    async def scene(floor):
        web = floor.watcher(hooks={"after_start": "mine.hook"}, working_dir=str(tmp_path))
        before = web.hooks_at_work
        source.write_text("def hook(**_): return None\n")
        assert web.call_hook("after_start")
        web.hooks_at_work = retune(web, web.spec, web.env, anew=True)
        assert web.hooks_at_work.errands is before.errands
        assert not web.call_hook("after_start")

    play(scene)


def test_hooks_that_stay_the_same_keep_their_thread():
    async def scene(floor):
        web = floor.watcher(hooks={"after_start": (yes, False)})
        assert retune(web, replace(web.spec, priority=3), web.env) is web.hooks_at_work
        other = replace(web.spec, hooks={"after_start": HookSpec(yes, ignore=True)})
        assert retune(web, other, web.env) is not web.hooks_at_work

    play(scene)


def test_set_announces_each_key_and_its_future_is_done_when_all_fits():
    async def scene(floor):
        web, _ = await started(floor)
        await web.set_options({"graceful_timeout": 3, "numprocesses": 2})
        assert [one["key"] for one in floor.ears.fields("updated")] == [
            "graceful_timeout", "numprocesses",
        ]  # fmt: skip
        assert (len(web), web.graceful_timeout) == (2, 3.0)

    play(scene)


def test_setting_the_command_replaces_the_processes():
    async def scene(floor):
        talk = Talk()
        web, (old,) = await started(floor, **sh("exec sleep 600"), stdout_stream={"stream": talk})
        await web.set_options({"args": "-c 'echo new; exec sleep 600'"})
        assert old not in web.processes
        assert await talk.until() == ["new"]

    play(scene)


def test_a_set_that_is_refused_changes_nothing():
    async def scene(floor):
        web, _ = await started(floor)
        with pytest.raises(MessageError):
            web.set_options({"numprocesses": 2, "no_such_option": 1})
        assert (web.numprocesses, floor.ears.heard) == (1, [])

    play(scene)


def test_setting_the_environment_replaces_it():
    async def scene(floor):
        talk = Talk()
        said = sh("echo $TEA/$MILK; exec sleep 600")
        web = floor.watcher(**said, env={"TEA": "hot"}, stdout_stream={"stream": talk})
        await web.start()
        await talk.until()
        await web.set_options({"env": {"MILK": "cold"}})
        assert await talk.until(2) == ["hot/", "/cold"]
        assert web.env == {"MILK": "cold"}

    play(scene)
