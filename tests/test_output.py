import asyncio
import logging
import os

import pytest

from circus.host.descriptors import Descriptors
from circus.output import CHUNK, Channel, Output
from circus.stream import FileStream
from tests.helpers.launching import SLEEPER, python, shell
from tests.helpers.writing import Sink, play


def test_what_a_child_writes_comes_with_its_pid_and_its_channel():
    sink = Sink()

    async def scene(bench):
        pid = bench.launch(shell, f"echo hello; {SLEEPER}", Channel("web", "stdout", sink))
        await sink.until(6)
        assert sink.chunks == [{"data": b"hello\n", "pid": pid, "name": "stdout"}]

    play(scene)


def test_stderr_is_a_channel_of_its_own():
    sink = Sink()

    async def scene(bench):
        bench.launch(shell, f"echo hello >&2; {SLEEPER}", Channel("web", "stderr", sink))
        await sink.until(6)
        assert sink.chunks[0]["name"] == "stderr"

    play(scene)


def test_two_children_share_the_stream_of_their_watcher():
    sink = Sink()

    async def scene(bench):
        channel = Channel("web", "stdout", sink)
        pids = {bench.launch(shell, f"echo $$; {SLEEPER}", channel) for _ in range(2)}
        await sink.until(sum(len(str(pid)) + 1 for pid in pids))
        assert {int(chunk["data"]) for chunk in sink.chunks} == pids
        assert {chunk["pid"] for chunk in sink.chunks} == pids

    play(scene)


def test_what_a_child_wrote_before_it_died_is_there_when_its_end_is_told():
    sink = Sink()

    async def scene(bench):
        channel = Channel("web", "stdout", sink)
        pid = bench.launch(python, "print('x' * 40_000)", channel)
        bench.wait(pid)
        assert sink.text() == b""  # the loop has not run since
        bench.output.ended(pid)
        assert sink.text() == b"x" * 40_000 + b"\n"
        assert not bench.output._pipes

    play(scene)


def test_much_output_arrives_whole_and_in_order():
    sink = Sink()
    lines = b"".join(b"%d\n" % n for n in range(300_000))

    async def scene(bench):
        code = "for n in range(300_000): print(n)"
        bench.launch(python, code, Channel("web", "stdout", sink))
        await sink.until(len(lines))
        assert sink.text() == lines

    play(scene)


def test_a_pipe_that_is_found_full_is_read_in_larger_pieces():
    sink = Sink()

    async def scene(bench):
        read, write = bench.output.pipe()
        bench.output.add(read, 1, Channel("web", "stdout", sink))
        os.write(write, b"x" * CHUNK)
        await sink.until(CHUNK)
        size = await asyncio.to_thread(os.write, write, b"y" * (4 * CHUNK))
        await sink.until(CHUNK + size)
        os.close(write)
        assert max(len(chunk["data"]) for chunk in sink.chunks) > CHUNK

    play(scene)


def test_a_grandchild_that_holds_the_pipe_is_heard_after_the_child_has_ended():
    sink = Sink()

    async def scene(bench):
        ask, answer = os.pipe()
        channel = Channel("web", "stdout", sink)
        read, write = bench.output.pipe()
        plan = shell("exec 3<&0; (read go <&3; echo after) & echo before", stdin=ask, stdout=write)
        pid = bench.launcher.launch(plan)
        bench.output.add(read, pid, channel)
        os.close(ask)
        os.close(write)
        bench.pids.append(pid)
        bench.wait(pid)
        bench.output.ended(pid)
        assert sink.text() == b"before\n"
        os.write(answer, b"go\n")
        os.close(answer)
        await sink.until(len(b"before\nafter\n"))
        assert sink.text() == b"before\nafter\n"
        assert {chunk["pid"] for chunk in sink.chunks} == {pid}

    play(scene)


def test_a_used_number_does_not_mix_two_children_up():
    old, new = Sink(), Sink()

    async def scene(bench):
        first, to_first = bench.output.pipe()
        second, to_second = bench.output.pipe()
        bench.output.add(first, 7, Channel("web", "stdout", old))
        bench.output.ended(7)
        bench.output.add(second, 7, Channel("web", "stdout", new))
        os.write(to_first, b"old")
        os.write(to_second, b"new")
        os.close(to_first)
        os.close(to_second)
        bench.output.ended(7)
        assert (old.text(), new.text()) == (b"", b"new")
        await old.until(3)

    play(scene)


@pytest.mark.parametrize("how", ["release", "discard", "close"])
def test_what_is_in_a_pipe_is_read_before_it_is_closed(how):
    sink = Sink()

    async def scene(bench):
        channel = Channel("web", "stdout", sink)
        read, write = bench.output.pipe()
        bench.output.add(read, 7, channel)
        os.write(write, b"last words")
        arguments = {"release": [channel], "discard": [7], "close": []}[how]
        getattr(bench.output, how)(*arguments)
        assert sink.text() == b"last words"
        with pytest.raises(BrokenPipeError):
            os.write(write, b"x")
        os.close(write)

    play(scene)


def test_releasing_one_channel_leaves_the_others():
    one, two = Sink(), Sink()

    async def scene(bench):
        channels = [Channel("a", "stdout", one), Channel("b", "stdout", two)]
        writes = []
        for pid, channel in enumerate(channels):
            read, write = bench.output.pipe()
            bench.output.add(read, pid, channel)
            writes.append(write)
        bench.output.release(channels[0])
        os.write(writes[1], b"here")
        await two.until(4)
        for write in writes:
            os.close(write)

    play(scene)


def test_a_drain_ends_though_somebody_goes_on_writing():
    # each chunk that is taken out is put in again: only what was there at first counts
    async def scene(bench):
        read, write = bench.output.pipe()
        taken = []

        def again(data):
            taken.append(data["data"])
            os.write(write, data["data"])

        bench.output.add(read, 7, Channel("web", "stdout", again))
        os.write(write, b"x" * 100)
        bench.output.ended(7)
        assert taken == [b"x" * 100]
        os.close(write)

    play(scene)


def test_a_chatty_child_does_not_silence_another():
    loud, soft = Sink(), Sink()

    async def scene(bench):
        code = "import os\nwhile True: os.write(1, b'x' * 65536)"
        for _ in range(3):
            bench.launch(python, code, Channel("loud", "stdout", loud))
        await loud.until(10 * CHUNK)
        read, write = bench.output.pipe()
        bench.output.add(read, 1, Channel("soft", "stdout", soft))
        os.write(write, b"hello")
        os.close(write)
        before = len(loud.chunks)
        await soft.until(5)
        assert len(loud.chunks) - before < 2000

    play(scene)


def test_one_turn_reads_no_longer_than_its_time(monkeypatch):
    clock = iter(range(100))

    async def scene(bench):
        taken = []
        for pid in range(10):
            read, write = bench.output.pipe()
            bench.output.add(read, pid, Channel("web", "stdout", taken.append))
            os.write(write, b"x")
            os.close(write)
        with monkeypatch.context() as patch:
            # three looks at the clock: at the begin, before the first chunk, after the first chunk
            patch.setattr("circus.output.time.monotonic", lambda: [0, 0, 1][next(clock)])
            bench.output._turn()
        assert len(taken) == 1

    play(scene)


def test_a_stream_that_fails_is_logged_once_and_hurts_nothing_else(caplog):
    broken = [True]
    written = []

    def stream(data):
        if broken[0]:
            raise OSError(28, "No space left on device")
        written.append(data["data"])

    channel = Channel("web", "stdout", stream)
    with caplog.at_level(logging.INFO, "circus"):
        channel.put(1, b"lost")
        channel.put(1, b"lost too")
        broken[0] = False
        channel.put(1, b"kept")
        channel.put(1, b"kept too")
        broken[0] = True
        channel.put(1, b"x")
    assert written == [b"kept", b"kept too"]
    failure = "cannot write stdout of 'web': [Errno 28] No space left on device"
    assert [record.message for record in caplog.records] == [
        failure,
        "stdout of 'web' is written again, 12 bytes are lost",
        failure,
    ]


def test_a_failing_stream_does_not_stop_the_reading(caplog):
    sink = Sink()

    def stream(data):
        sink(data)
        raise RuntimeError("no")

    async def scene(bench):
        bench.launch(shell, f"echo one; echo two; {SLEEPER}", Channel("web", "stdout", stream))
        await sink.until(8)

    with caplog.at_level(logging.CRITICAL, "circus"):
        play(scene)


def test_a_stream_is_opened_and_closed_if_it_can_be(caplog):
    sink = Sink()
    for stream in (sink, print):
        channel = Channel("web", "stdout", stream)
        channel.open()
        channel.close()
    assert (sink.opened, sink.closed) == (1, 1)


def test_a_stream_that_cannot_be_closed_is_logged(caplog):
    class Stuck:
        def close(self):
            raise OSError(5, "Input/output error")

    with caplog.at_level(logging.ERROR, "circus"):
        Channel("web", "stderr", Stuck()).close()
    assert [r.message for r in caplog.records] == [
        "cannot close stderr of 'web': [Errno 5] Input/output error"
    ]


def test_a_stream_can_be_replaced_in_the_midst_of_it(tmp_path):
    sink = Sink()

    async def scene(bench):
        channel = Channel("web", "stdout", FileStream(str(tmp_path / "out.log")))
        read, write = bench.output.pipe()
        bench.output.add(read, 1, channel)
        os.write(write, b"one")
        bench.output.ended(1)
        channel.close()
        channel.stream = sink
        os.write(write, b"two")
        os.close(write)
        await sink.until(3)

    play(scene)
    assert (tmp_path / "out.log").read_bytes() == b"one"
    assert sink.text() == b"two"


def test_without_epoll_each_pipe_is_in_the_loop(monkeypatch):
    sink = Sink()

    async def scene(bench):
        with monkeypatch.context() as patch:
            patch.delattr("select.epoll")
            output = Output(asyncio.get_running_loop(), Descriptors())
        for pid, text in enumerate((b"one", b"two")):
            read, write = output.pipe()
            output.add(read, pid, Channel("web", "stdout", sink))
            os.write(write, text)
            os.close(write)
        await sink.until(6)
        output.close()

    play(scene)


def test_closing_twice_is_closing_once():
    async def scene(bench):
        bench.output.close()

    play(scene)
