from __future__ import annotations

import asyncio
import os
import signal

import pytest

from circus import audible
from circus.exc import MessageError
from circus.output import direct
from tests.helpers.floor import Talk, play, sh
from tests.helpers.launching import PATIENCE

SEQ = "seq 1 100; echo wrong >&2; exec sleep 600"


class Log(Talk):
    """A stream that can be opened anew."""

    trouble = None
    opened_anew = 0

    def reopen(self):
        self.opened_anew += 1
        if self.trouble:
            raise self.trouble


def file(path, **more):
    return {"class": "FileStream", "filename": str(path), **more}


def test_the_last_lines_of_what_is_carried_are_shown_and_what_comes_after():
    async def scene(floor):
        talk = Talk()
        text = f'trap "echo hup" HUP; {SEQ[:-14]} while :; do sleep 600 & wait; done'
        web = floor.watcher(**sh(text), stdout_stream={"stream": talk})
        await web.start()
        await talk.until(100)
        page = await web.tail("stdout", 2, "")
        assert (page["text"], page["skipped"], page["more"]) == ("99\n100\n", 0, False)
        os.kill(next(iter(web.processes)), signal.SIGHUP)
        await talk.until(101)
        assert (await web.tail("stdout", 0, page["next"]))["text"] == "hup\n"

    play(scene)


def test_the_end_of_a_file_that_the_processes_write_themselves_is_shown(tmp_path):
    async def scene(floor):
        talk = Talk()
        out = tmp_path / "out"
        web = floor.watcher(
            **sh(SEQ), stdout_stream=file(out, direct="yes"), stderr_stream={"stream": talk}
        )
        await web.start()
        assert web.stdout_stream is None
        await talk.until()
        page = await web.tail("stdout", 2, "")
        assert (page["text"], page["more"]) == ("99\n100\n", False)
        out.unlink()
        with pytest.raises(MessageError, match=r"cannot look into '.*out': No such file"):
            await web.tail("stdout", 2, "")

    play(scene)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({}, "it has no stream, so it goes where that of circusd does"),
        ({"close_child_stderr": True}, r"it goes to /dev/null \(close_child_stderr\)"),
    ],
)
def test_an_output_that_nobody_knows_is_refused_with_a_reason(options, why):
    async def scene(floor):
        web = floor.watcher(**options)
        with pytest.raises(MessageError, match=f"cannot show stderr of 'web': {why}"):
            web.tail("stderr", 10, "")

    play(scene)


def test_a_disk_that_does_not_answer_is_not_asked_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(direct, "LOOKERS", 0)

    async def scene(floor):
        web = floor.watcher(stdout_stream=file(tmp_path / "out", direct="yes"))
        with pytest.raises(MessageError, match="it does not answer"):
            web.tail("stdout", 10, "")

    play(scene)


def test_files_are_opened_anew(caplog):
    async def scene(floor):
        out, err = Log(), Log()
        err.trouble = PermissionError(13, "Permission denied")
        web = floor.watcher(stdout_stream={"stream": out}, stderr_stream={"stream": err})
        await web.start()
        assert await web.reopen_streams() == [
            {"name": "web", "stream": "stdout", "path": "carried", "problem": None},
            {
                "name": "web",
                "stream": "stderr",
                "path": "carried",
                "problem": "[Errno 13] Permission denied",
            },
        ]
        assert (out.opened_anew, err.opened_anew) == (1, 1)

    play(scene)
    assert "stderr of 'web' is not opened anew: [Errno 13] Permission denied" in caplog.text


def test_a_stream_without_a_file_has_nothing_to_open_and_who_writes_itself_keeps_it(tmp_path):
    async def scene(floor):
        itself = file(tmp_path / "out", direct="yes")
        web = floor.watcher(stdout_stream=itself, stderr_stream={"stream": Talk()})
        (told,) = await web.reopen_streams()
        assert (told["stream"], told["path"]) == ("stdout", "direct")
        assert "only those that start now" in told["problem"]

    play(scene)


def test_a_stream_that_is_stuck_is_opened_anew_when_it_returns(monkeypatch):
    monkeypatch.setattr(audible, "REOPEN", 0.01)

    async def scene(floor):
        gate = asyncio.Event()
        loop = asyncio.get_running_loop()

        class Stuck(Log):
            def __call__(self, data):
                super().__call__(data)
                asyncio.run_coroutine_threadsafe(gate.wait(), loop).result(PATIENCE)

        log = Stuck()
        web = floor.watcher(**sh("echo up; exec sleep 600"), stdout_stream={"stream": log})
        await web.start()
        await log.until()
        (told,) = await web.reopen_streams()
        assert told["problem"].startswith("it does not return yet")
        assert log.opened_anew == 0
        gate.set()
        monkeypatch.setattr(audible, "REOPEN", PATIENCE)
        await web.reopen_streams()
        assert log.opened_anew == 2

    play(scene)
