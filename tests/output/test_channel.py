"""Channels at work: bounds, drops, faults that pass, streams that are replaced under way."""

from __future__ import annotations

import asyncio
import os

import pytest

from circus.output import Channel, backlog, news, pipes
from circus.output.backlog import Source
from tests.helpers.writing import Sink, fill, pipe_of, play


def told_to(heard):
    """Return what publishes the events of a channel into a list."""
    return lambda event, fields: heard.append((event, fields))


def test_who_has_too_much_waiting_has_to_wait_and_nothing_is_lost():
    sink, other = Sink(), Sink()

    async def scene(bench):
        sink.gate.clear()
        write = bench.writer(Channel("web", "stdout", sink))
        sent = await fill(bench, write)
        waiting = pipe_of(bench, write).waiting
        assert backlog.MEMBER <= waiting < backlog.MEMBER + 2 * pipes.LARGE_CHUNK
        soft = bench.writer(Channel("soft", "stdout", other))
        os.write(soft, b"hello\n")
        await other.until(6)
        sink.gate.set()
        await sink.until(sent)
        os.close(write)
        os.close(soft)

    play(scene)


def test_all_processes_of_a_watcher_together_are_bounded_too(monkeypatch):
    sink = Sink()
    monkeypatch.setattr(backlog, "CHANNEL", backlog.MEMBER + backlog.MEMBER // 2)

    async def scene(bench):
        sink.gate.clear()
        channel = Channel("web", "stdout", sink)
        ends = [bench.writer(channel, pid) for pid in range(3)]
        sent = sum([await fill(bench, end) for end in ends])
        assert sum(pipe_of(bench, end).waiting for end in ends) < 2 * backlog.MEMBER
        sink.gate.set()
        await sink.until(sent)
        for end in ends:
            os.close(end)

    play(scene)


def test_a_process_that_dies_while_it_has_to_wait_loses_nothing():
    sink = Sink()

    async def scene(bench):
        sink.gate.clear()
        write = bench.writer(Channel("web", "stdout", sink))
        sent = await fill(bench, write)
        os.close(write)
        bench.output.ended(7)
        sink.gate.set()
        await sink.until(sent)

    play(scene)


def test_a_stream_that_takes_nothing_for_long_is_told_of(monkeypatch, caplog):
    sink, heard = Sink(), []
    monkeypatch.setattr(pipes, "STUCK", 0.01)

    async def scene(bench):
        sink.gate.clear()
        event = asyncio.Event()
        channel = Channel("web", "stdout", sink, tell=lambda *_: event.set())
        write = bench.writer(channel)
        sent = await fill(bench, write)
        await event.wait()
        sink.gate.set()
        await sink.until(sent)
        os.close(write)

    play(scene)
    assert heard == []
    assert "cannot write stdout of 'web': it does not return" in caplog.text


def test_who_has_to_wait_when_all_is_given_up_is_read_again():
    sink = Sink()

    async def scene(bench):
        channel = Channel("web", "stdout", sink)
        sink.gate.clear()
        write = bench.writer(channel)
        await fill(bench, write)
        bench.output.settle(channel, False, lambda: None)
        bench.output.give_up(channel)
        sink.gate.set()
        os.set_blocking(write, True)
        os.close(write)
        await sink.called("write")
        bench.output.ended(7)
        await bench.settled(channel)
        assert not bench.output._pipes

    play(scene)


# --- dropping -------------------------------------------------------------------------------------


def overfull(channel, source, lines=3):
    """Carry as much as may wait, and some lines more."""
    channel.carry(source, b"x" * backlog.MEMBER + b"\n")
    for number in range(lines):
        channel.carry(source, b"lost %d\n" % number)


def test_what_is_too_much_is_lost_on_demand_and_the_output_says_where():
    sink, heard = Sink(), []

    async def scene(bench):
        sink.gate.clear()
        channel = Channel("web", "stdout", sink, drops=True, tell=told_to(heard))
        write = bench.writer(channel)
        source = pipe_of(bench, write)
        overfull(channel, source)
        sink.gate.set()
        await sink.until(backlog.MEMBER + 1)
        await asyncio.sleep(0)
        channel.carry(source, b"kept\n")
        await bench.settled(channel)
        assert sink.lines()[1:] == ["circus: 3 lines lost (21 bytes)", "kept"]
        assert channel.ring.last(9).text.endswith("lost 1\nlost 2\nkept\n")
        os.close(write)

    play(scene)
    ((event, fields),) = heard
    assert event == "output_lost"
    assert (fields["stream"], fields["lines"], fields["bytes"]) == ("stdout", 3, 21)
    assert fields["error"] == "its stream does not keep up (on_full = drop)"


def test_what_was_lost_is_said_although_nothing_comes_after_it():
    sink = Sink()

    async def scene(bench):
        sink.gate.clear()
        channel = Channel("web", "stdout", sink, drops=True)
        write = bench.writer(channel)
        overfull(channel, pipe_of(bench, write))
        sink.gate.set()
        await sink.called("write", 2)
        assert sink.lines()[1:] == ["circus: 3 lines lost (21 bytes)"]
        os.close(write)

    play(scene)


# --- other streams --------------------------------------------------------------------------------


def test_another_stream_takes_what_waits_for_one_that_is_stuck():
    old, new = Sink(), Sink()

    async def scene(bench):
        old.gate.clear()
        channel = Channel("web", "stdout", old)
        write = bench.writer(channel)
        source = pipe_of(bench, write)
        channel.carry(source, b"in hand\n")
        await asyncio.to_thread(old.entered.wait)
        channel.carry(source, b"waits\n")
        channel.replace(Channel("web", "stdout", new))
        channel.carry(source, b"comes\n")
        await bench.settled(channel)
        assert (old.text(), new.text()) == (b"", b"waits\ncomes\n")
        assert channel.stream is new
        old.gate.set()
        await old.called("close")
        assert old.text() == b"in hand\n"
        os.close(write)

    play(scene)


def test_who_has_to_wait_is_let_go_when_the_output_is_to_be_dropped_from_now_on():
    sink = Sink()

    async def scene(bench):
        sink.gate.clear()
        channel = Channel("web", "stdout", sink)
        write = bench.writer(channel)
        await fill(bench, write)
        channel.replace(Channel("web", "stdout", sink, drops=True))
        assert not pipe_of(bench, write).paused
        os.close(write)
        while bench.output._pipes:
            bench.output._read(next(iter(bench.output._pipes.values())))
        sink.gate.set()
        await bench.settled(channel)
        assert any("lines lost" in line for line in sink.lines())

    play(scene)


def test_another_stream_takes_even_what_the_old_one_has_failed_to_write():
    old, new = Sink(), Sink()
    old.error = OSError(28, "No space left on device")

    async def scene(bench):
        channel = Channel("web", "stdout", old)
        write = bench.writer(channel)
        os.write(write, b"one\ntwo\n")
        await old.called("raise OSError")
        channel.replace(Channel("web", "stdout", new, drops=True))
        await new.until(8)
        assert channel.drops
        await old.called("close")
        os.close(write)

    play(scene)
    assert new.text() == b"one\ntwo\n"


def test_a_channel_that_is_left_closes_its_stream_with_its_last_pipe():
    sink = Sink()

    async def scene(bench):
        channel = Channel("web", "stdout", sink)
        write = bench.writer(channel)
        channel.leave()
        os.write(write, b"one")
        os.close(write)
        await sink.called("close")
        assert sink.calls == ["write", "close"]

    play(scene)


def test_a_channel_that_nobody_ever_used_is_closed_at_once():
    sink = Sink()
    channel = Channel("web", "stdout", sink)
    channel.leave()
    sink.wait(lambda: sink.calls == ["close"])


@pytest.mark.parametrize("drops", [False, True])
def test_one_who_asks_to_be_refused_is_told_when_there_is_room(drops):
    sink, source = Sink(), Source(7, 1)

    async def scene():
        room = asyncio.Event()
        channel = Channel("web", "stdout", sink, drops)
        channel.join(asyncio.get_running_loop(), room.set)
        sink.gate.clear()
        overfull(channel, source, lines=1)
        assert channel.refuses(source) is not drops
        sink.gate.set()
        await room.wait()
        assert not channel.refuses(source)

    asyncio.run(scene())


def test_events_come_once_a_second_at_most(monkeypatch):
    heard, source = [], Source(7, 1)
    monkeypatch.setattr(news, "PAUSE", 0.05)

    async def scene():
        sink = Sink()
        sink.error = ValueError("no")
        channel = Channel("web", "stdout", sink, tell=told_to(heard))
        channel.join(asyncio.get_running_loop(), lambda: None)
        for _ in range(100):
            channel.carry(source, b"x\n")
        await sink.called("raise ValueError", 100)
        await asyncio.sleep(2 * news.PAUSE)

    asyncio.run(scene())
    assert sum(fields["lines"] for _, fields in heard) == 100
    assert len(heard) <= 3
    assert {event for event, _ in heard} == {"output_lost"}
