from __future__ import annotations

import asyncio
import os

import pytest

from circus.process import Process
from circus.stream import QueueStream, Redirector


class Talker:
    """Something with two outputs that a test writes to."""

    pid = 7

    def __init__(self):
        self.ends = {}
        for name in ("stdout", "stderr"):
            read, self.ends[name] = os.pipe()
            setattr(self, name, os.fdopen(read, "rb", 0))

    def say(self, data, name="stdout"):
        os.write(self.ends[name], data)

    def end(self, name="stdout"):
        os.close(self.ends.pop(name))

    def close(self):
        for name in list(self.ends):
            self.end(name)
        self.stdout.close()
        self.stderr.close()


@pytest.fixture
def talker():
    talker = Talker()
    yield talker
    talker.close()


def scene(play):
    """Run a scene with two queues and a redirector between."""

    async def run():
        out, err = QueueStream(), QueueStream()
        redirector = Redirector(out, err)
        await play(redirector, out, err)
        redirector.stop()

    asyncio.run(run())


async def turn():
    """Let the loop look at its descriptors once."""
    for _ in range(3):
        await asyncio.sleep(0)


def test_what_is_written_is_read_in_pieces_of_the_buffer(talker):
    async def play(redirector, out, err):
        redirector.add_redirections(talker)
        assert redirector.start() == redirector.start() == 2
        talker.say(b"x" * 1500)
        talker.say(b"no", "stderr")
        await turn()
        assert [out.get_nowait()["data"] for _ in range(2)] == [b"x" * 1024, b"x" * 476]
        assert err.get_nowait() == {"data": b"no", "pid": 7, "name": "stderr"}

    scene(play)


def test_an_output_that_ends_is_read_no_more(talker):
    async def play(redirector, out, err):
        redirector.start()
        redirector.add_redirections(talker)
        talker.say(b"last")
        talker.end()
        await turn()
        assert out.get_nowait()["data"] == b"last"
        assert [pipe.name for pipe in redirector.pipes.values()] == ["stderr"]

    scene(play)


def test_nothing_is_read_before_a_start_after_a_stop_or_of_who_was_removed(talker):
    async def play(redirector, out, err):
        redirector.add_redirections(talker)
        talker.say(b"x")
        await turn()
        redirector.start()
        redirector.stop()
        await turn()
        assert out.empty()
        redirector.start()
        redirector.remove_redirections(talker)
        await turn()
        assert out.empty()
        assert redirector.pipes == {}

    scene(play)


def test_a_stream_can_be_changed(talker):
    async def play(redirector, out, err):
        assert redirector.get_stream("stdout") is out
        assert redirector.get_stream("stdin") is None
        redirector.start()
        redirector.add_redirections(talker)
        redirector.change_stream("stdout", err)
        talker.say(b"x")
        await turn()
        assert (out.empty(), err.get_nowait()["name"]) == (True, "stdout")
        redirector.change_stream("stdout", None)
        talker.say(b"y")
        await turn()
        assert err.empty()

    scene(play)


def test_an_output_that_goes_nowhere_is_left_alone(talker):
    redirector = Redirector(print, None)
    redirector.add_redirections(talker)
    assert [pipe.name for pipe in redirector.pipes.values()] == ["stdout"]


def test_a_loop_of_tornado_will_do(talker):
    async def run():
        class Loop:
            asyncio_loop = asyncio.get_running_loop()

        out = QueueStream()
        redirector = Redirector(out, out, loop=Loop)
        redirector.add_redirections(talker)
        redirector.start()
        talker.say(b"x")
        await turn()
        redirector.stop()
        assert out.get_nowait()["data"] == b"x"

    asyncio.run(run())


def test_a_process_of_circus_can_be_read():
    async def run():
        out, done = QueueStream(), asyncio.get_running_loop().create_future()

        def tell(chunk):
            out(chunk)
            done.set_result(None)

        process = Process("web", 1, "echo", args="hello")
        redirector = Redirector(tell, tell)
        redirector.start()
        redirector.add_redirections(process)
        await asyncio.wait_for(done, 20)
        assert out.get_nowait() == {"data": b"hello\n", "pid": process.pid, "name": "stdout"}
        redirector.remove_redirections(process)
        redirector.stop()
        process.wait(20)
        process.stop()

    asyncio.run(run())
