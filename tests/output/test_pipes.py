from __future__ import annotations

import asyncio
import os
import time

import pytest

from circus.host.descriptors import Descriptors
from circus.output import Channel, Output, pipes
from circus.output.pipes import CHUNK
from tests.helpers.launching import SLEEPER, python, shell
from tests.helpers.writing import Sink, pipe_of, play


def test_what_a_child_writes_comes_with_all_that_is_known_of_it():
    sink = Sink()

    async def scene(bench):
        before = time.time()
        pid = bench.launch(shell, f"echo hello; {SLEEPER}", Channel("web", "stdout", sink))
        await sink.until(6)
        (chunk,) = sink.chunks
        assert before <= chunk.pop("timestamp") <= time.time()
        known = {"pid": pid, "name": "stdout", "watcher": "web", "wid": 0}
        assert chunk == {"data": b"hello\n", **known}

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


def test_lines_of_two_processes_never_mix():
    sink = Sink()

    async def scene(bench):
        channel = Channel("web", "stdout", sink)
        one, two = bench.writer(channel, 1), bench.writer(channel, 2)
        for text in (b"one", b" and"):
            os.write(one, text)
            os.write(two, text.upper())
            await asyncio.sleep(0)
        os.write(one, b" one\n")
        os.write(two, b" ONE\nTWO")
        os.close(one)
        os.close(two)
        await sink.until(27)
        assert sorted(sink.lines()) == ["ONE AND ONE", "TWO", "one and one"]

    play(scene)


def test_the_beginning_of_a_line_is_passed_on_when_it_stays_alone(monkeypatch):
    sink = Sink()
    monkeypatch.setattr(pipes, "ALONE", 0.01)

    async def scene(bench):
        channel = Channel("web", "stdout", sink)
        ends = [bench.writer(channel, pid) for pid in range(3)]
        for end in ends:
            os.write(end, b"Password: ")
        await sink.until(30)
        os.write(ends[0], b"secret\n")
        await sink.until(37)
        for end in ends:
            os.close(end)

    play(scene)


def test_the_end_of_a_child_is_told_with_its_last_words():
    sink = Sink()

    async def scene(bench):
        channel = Channel("web", "stdout", sink)
        pid = bench.launch(python, "print('x' * 40_000, end='')", channel)
        bench.wait(pid)
        bench.output.ended(pid)  # the loop has not run since it was launched
        assert channel.ring.last(1).text == "x" * 40_000
        assert not bench.output._pipes
        await sink.until(40_000)

    play(scene)


def test_more_than_a_child_can_have_in_its_pipe_arrives_after_its_end():
    sink = Sink()

    async def scene(bench):
        write = bench.writer(Channel("web", "stdout", sink))
        os.set_blocking(write, False)
        sent = os.write(write, b"x" * CHUNK)
        bench.output._pipes[next(iter(bench.output._pipes))].size = 10
        bench.output.ended(7)
        os.close(write)
        await sink.until(sent)

    play(scene)


def test_much_output_arrives_whole_and_in_order():
    sink = Sink()
    lines = b"".join(b"%d\n" % n for n in range(300_000))

    async def scene(bench):
        code = "for n in range(300_000): print(n)"
        bench.launch(python, code, Channel("web", "stdout", sink))
        await sink.until(len(lines))
        assert sink.text() == lines
        assert all(chunk["data"].endswith(b"\n") for chunk in sink.chunks)

    play(scene)


def test_a_pipe_that_is_found_full_is_read_in_larger_pieces():
    sink = Sink()

    async def scene(bench):
        write = bench.writer(Channel("web", "stdout", sink))
        os.write(write, b"x" * (CHUNK - 37) + b"\n")  # as much of it as programs fill
        await sink.until(CHUNK - 36)
        size = await asyncio.to_thread(os.write, write, b"y" * (4 * CHUNK))
        os.close(write)
        await sink.until(CHUNK - 36 + size)
        assert max(len(chunk["data"]) for chunk in sink.chunks) > CHUNK

    play(scene)


def test_a_grandchild_that_holds_the_pipe_is_heard_after_the_child_has_ended():
    sink = Sink()

    async def scene(bench):
        ask, answer = os.pipe()
        channel = Channel("web", "stdout", sink)
        read, write = bench.output.pipe()
        plan = shell(
            "exec 3<&0; (read go <&3; echo after) & printf before", stdin=ask, stdout=write
        )
        pid = bench.launcher.launch(plan)
        bench.output.add(read, pid, channel)
        os.close(ask)
        os.close(write)
        bench.pids.append(pid)
        bench.wait(pid)
        bench.output.ended(pid)
        await sink.until(len(b"before"))
        os.write(answer, b"go\n")
        os.close(answer)
        await sink.until(len(b"beforeafter\n"))
        assert sink.text() == b"beforeafter\n"
        assert {chunk["pid"] for chunk in sink.chunks} == {pid}

    play(scene)


def test_a_used_number_does_not_mix_two_children_up():
    old, new = Sink(), Sink()

    async def scene(bench):
        to_first = bench.writer(Channel("web", "stdout", old), 7)
        bench.output.ended(7)
        to_second = bench.writer(Channel("web", "stdout", new), 7)
        os.write(to_first, b"old")
        os.write(to_second, b"new")
        os.close(to_first)
        os.close(to_second)
        bench.output.ended(7)
        await new.until(3)
        await old.until(3)
        assert (old.text(), new.text()) == (b"old", b"new")

    play(scene)


# --- the end of what was written ------------------------------------------------------------------


def test_settling_waits_for_all_that_was_written_and_closes_on_demand():
    sink = Sink()

    async def scene(bench):
        channel = Channel("web", "stdout", sink)
        ends = [bench.writer(channel, pid) for pid in range(3)]
        for end in ends:
            os.write(end, b"last words")
        await bench.settled(channel)
        assert sink.text() == b"last words" * 3
        os.write(ends[0], b"and more")
        await bench.settled(channel, close=True)
        assert sink.text().endswith(b"wordsand more")
        assert sink.calls == ["write"] * 4 + ["close"]
        for end in ends:
            with pytest.raises(BrokenPipeError):
                os.write(end, b"x")
            os.close(end)

    play(scene)


def test_a_descriptor_that_is_used_again_is_not_taken_for_the_old_pipe():
    sink = Sink()

    async def scene(bench):
        write = bench.writer(Channel("web", "stdout", sink), 7)
        old = pipe_of(bench, write)
        os.close(write)
        bench.output.ended(7)
        write = bench.writer(Channel("web", "stdout", sink), 8)
        assert pipe_of(bench, write).fd == old.fd
        bench.output._drop(old)
        os.write(write, b"hello\n")
        await sink.until(6)
        os.close(write)

    play(scene)


def test_settling_ends_though_somebody_goes_on_writing(monkeypatch):
    async def scene(bench):
        # each chunk that is taken out is put in again: only what was there at first counts
        again = Sink()
        channel = Channel("web", "stdout", again)
        write = bench.writer(channel)
        monkeypatch.setattr(channel, "carry", lambda pipe, data: os.write(write, data))
        os.write(write, b"x\n" * 100)
        await bench.settled(channel, close=True)
        os.close(write)

    play(scene)


def test_settling_one_channel_leaves_the_others():
    one, two = Sink(), Sink()

    async def scene(bench):
        channels = [Channel("a", "stdout", one), Channel("b", "stdout", two)]
        ends = [bench.writer(channel, pid) for pid, channel in enumerate(channels)]
        await bench.settled(channels[0], close=True)
        os.write(ends[1], b"here\n")
        await two.until(5)
        for end in ends:
            os.close(end)

    play(scene)


def test_what_cannot_be_written_in_time_is_given_up_and_told():
    sink, told = Sink(), []

    async def scene(bench):
        channel = Channel("web", "stdout", sink, tell=lambda *said: told.append(said))
        sink.gate.clear()
        write = bench.writer(channel)
        os.write(write, b"one\ntwo\n")
        await asyncio.to_thread(sink.entered.wait)
        os.write(write, b"three\n")
        done = []
        bench.output.settle(channel, True, lambda: done.append(1))
        bench.output.give_up(channel)
        await asyncio.sleep(0.01)
        ((event, fields),) = told
        assert (event, fields["stream"], fields["bytes"]) == ("output_lost", "stdout", 14)
        assert not done
        os.close(write)
        sink.gate.set()
        await sink.called("close")
        assert sink.text() == b"one\ntwo\n"

    play(scene)


def test_the_end_of_the_loop_waits_for_what_was_written():
    sink = Sink()

    async def scene(bench):
        write = bench.writer(Channel("web", "stdout", sink))
        os.write(write, b"last words")
        bench.output.close()
        assert sink.text() == b"last words"
        with pytest.raises(BrokenPipeError):
            os.write(write, b"x")
        os.close(write)

    play(scene)


def test_the_end_of_the_loop_waits_for_nobody_for_good(monkeypatch, caplog):
    sink = Sink()
    monkeypatch.setattr(pipes, "LAST", 0.01)

    async def scene(bench):
        sink.gate.clear()
        write = bench.writer(Channel("web", "stdout", sink))
        os.write(write, b"last words")
        bench.output.close()
        os.close(write)
        sink.gate.set()

    play(scene)
    assert "1 lines (10 bytes) of stdout of 'web' are lost" in caplog.text


def test_closing_twice_is_closing_once():
    async def scene(bench):
        bench.output.close()

    play(scene)


# --- turns ----------------------------------------------------------------------------------------


def test_a_chatty_child_does_not_silence_another():
    loud, soft = Sink(), Sink()

    async def scene(bench):
        code = "import os\nwhile True: os.write(1, b'x' * 65536)"
        for _ in range(3):
            bench.launch(python, code, Channel("loud", "stdout", loud))
        await loud.until(10 * CHUNK)
        write = bench.writer(Channel("soft", "stdout", soft))
        os.write(write, b"hello\n")
        before = len(loud.chunks)
        await soft.until(6)
        assert len(loud.chunks) - before < 2000
        os.close(write)

    play(scene)


def test_without_epoll_each_pipe_is_in_the_loop(monkeypatch):
    sink = Sink()

    async def scene(bench):
        bench.output.close()
        with monkeypatch.context() as patch:
            patch.delattr("select.epoll")
            bench.output = Output(asyncio.get_running_loop(), Descriptors())
        for pid, text in enumerate((b"one", b"two")):
            write = bench.writer(Channel("web", "stdout", sink), pid)
            os.write(write, text)
            os.close(write)
        await sink.until(6)

    play(scene)
