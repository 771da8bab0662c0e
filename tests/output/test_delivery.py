"""Streams that raise, and what is tried, lost and said then."""

from __future__ import annotations

import asyncio
import threading

import pytest

from circus.output import delivery
from circus.output.backlog import NOTHING, Entry, Loss, Source
from circus.output.delivery import Delivery, notice
from circus.output.news import News
from tests.helpers.launching import PATIENCE
from tests.helpers.writing import Sink

FULL = OSError(28, "No space left on device")


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(delivery, "FIRST", 0.001)
    monkeypatch.setattr(delivery, "LONGEST", 0.01)


class Desk:
    """One delivery, its loop and its stream."""

    def __init__(self, stream):
        self.loop = asyncio.get_running_loop()
        news = News("web", "stdout")
        news.loop = self.loop
        self.delivery = Delivery("web", "stdout", stream, news)
        self.source = Source(7, 1)

    def put(self, data, lost=NOTHING):
        self.delivery.put(Entry(self.source, data, 12.5, lost))

    async def finished(self, close=True):
        done = self.loop.create_future()
        self.delivery.finish(close, lambda: done.set_result(None))
        await asyncio.wait_for(done, PATIENCE)

    async def reopened(self):
        done = self.loop.create_future()
        assert self.delivery.reopen(done.set_result)
        return await asyncio.wait_for(done, PATIENCE)


def play(scene, stream):
    """Run a scene, an async function of a Desk."""

    async def run():
        desk = Desk(stream)
        await scene(desk)
        desk.delivery.end()

    asyncio.run(run())


def test_the_stream_is_called_in_one_thread_and_not_in_the_loop():
    threads = []

    def stream(data):
        threads.append(threading.current_thread())

    async def scene(desk):
        for _ in range(50):
            desk.put(b"x\n")
        assert desk.delivery.wait(PATIENCE)

    play(scene, stream)
    assert len(threads) == 50
    assert len({*threads}) == 1
    assert threads[0] is not threading.current_thread()


def test_a_fault_that_passes_loses_nothing(caplog):
    sink = Sink()
    sink.error = FULL

    async def scene(desk):
        desk.put(b"one\n")
        desk.put(b"two\n")
        await sink.called("raise OSError", 3)
        sink.error = None
        await desk.finished()

    play(scene, sink)
    assert sink.text() == b"one\ntwo\n"
    assert [record.message for record in caplog.records][:1] == [
        "cannot write stdout of 'web': [Errno 28] No space left on device"
    ]


def test_the_pauses_between_two_tries_grow_up_to_a_bound(monkeypatch):
    pauses, sink = [], Sink()
    sink.error = FULL

    async def scene(desk):
        bell = desk.delivery._place.writer.bell

        def wait(seconds):
            pauses.append(seconds)
            if len(pauses) == 6:
                sink.error = None

        monkeypatch.setattr(bell, "wait", wait)
        desk.put(b"one\n")
        await desk.finished()

    play(scene, sink)
    assert pauses == [0.001, 0.002, 0.004, 0.008, 0.01, 0.01]


def test_only_what_was_not_written_is_tried_again():
    written = []

    def stream(data):
        written.append(data["data"])
        if len(written) == 1:
            error = OSError(28, "No space left on device")
            error.written = 4
            raise error

    async def scene(desk):
        desk.put(b"one\ntwo\n")
        await desk.finished()

    play(scene, stream)
    assert written == [b"one\ntwo\n", b"two\n"]


def test_what_a_broken_stream_loses_is_said_before_the_next_line():
    sink = Sink()
    sink.error = ValueError("I cannot spell")

    async def scene(desk):
        desk.put(b"one\ntwo\n")
        desk.put(b"three\n")
        await sink.called("raise ValueError", 2)
        sink.error = None
        desk.put(b"four\n")
        await desk.finished()

    play(scene, sink)
    assert sink.lines() == ["circus: 3 lines lost (14 bytes)", "four"]


def test_a_stream_that_exits_is_but_a_broken_one():
    sink = Sink()
    sink.error = SystemExit(3)

    async def scene(desk):
        desk.put(b"one\n")
        await sink.called("raise SystemExit")
        sink.error = None
        desk.put(b"two\n")
        await desk.finished()

    play(scene, sink)
    assert sink.lines() == ["circus: 1 line lost (4 bytes)", "two"]


def test_what_was_lost_is_said_at_the_end_if_nothing_comes_after_it():
    sink = Sink()
    sink.error = ValueError("no")

    async def scene(desk):
        desk.put(b"one\n")
        await sink.called("raise ValueError")
        sink.error = None
        await desk.finished()

    play(scene, sink)
    assert sink.calls == ["raise ValueError", "write", "close"]
    assert sink.lines() == ["circus: 1 line lost (4 bytes)"]


def test_a_loss_is_a_line_of_its_own_though_half_a_line_stands_before_it():
    sink = Sink()

    async def scene(desk):
        desk.put(b"half a li")
        desk.put(b"next\n", Loss(2, 20))
        await desk.finished()

    play(scene, sink)
    assert sink.lines() == ["half a li", "circus: 2 lines lost (20 bytes)", "next"]


def test_what_is_given_up_is_not_tried_again():
    sink = Sink()
    sink.error = FULL

    async def scene(desk):
        desk.put(b"one\n")
        desk.put(b"two\n")
        await sink.called("raise OSError", 2)
        assert desk.delivery.give_up() == Loss(2, 8)
        await desk.finished()
        assert desk.delivery.backlog.waiting == 0

    play(scene, sink)
    assert sink.text() == b""
    assert sink.calls[-1] == "close"


# --- open, close, reopen --------------------------------------------------------------------------


class Log(Sink):
    """A sink that can be opened anew, and that may refuse it."""

    refusal = None

    def open(self):
        super().open()
        if self.refusal:
            raise self.refusal

    def reopen(self):
        self._note("reopen")
        if self.refusal:
            raise self.refusal

    def flush(self):
        self._note("flush")


def test_the_calls_of_a_stream_stand_in_the_order_they_came():
    log = Log()

    async def scene(desk):
        desk.delivery.open()
        desk.put(b"one\n")
        await desk.finished(close=False)
        desk.put(b"two\n")
        await desk.finished()

    play(scene, log)
    assert log.calls == ["open", "write", "flush", "write", "flush", "close"]


def test_a_stream_that_cannot_be_opened_is_opened_before_the_first_write(caplog):
    log = Log()
    log.refusal = FileNotFoundError(2, "No such file or directory")

    async def scene(desk):
        desk.delivery.open()
        desk.put(b"one\n")
        await log.called("open", 3)
        log.refusal = None
        await desk.finished()

    play(scene, log)
    assert log.text() == b"one\n"
    assert log.calls.index("write") == log.calls.count("open")
    assert "cannot open stdout of 'web': [Errno 2] No such file or directory" in caplog.text


def test_a_stream_without_methods_is_none_to_wait_for():
    done = []

    async def scene(desk):
        desk.delivery.open()
        desk.delivery.finish(close=True, done=lambda: done.append(1))
        assert done == [1]
        assert not desk.delivery.reopen(print)

    play(scene, lambda data: None)


def test_a_stream_that_cannot_be_closed_is_logged(caplog):
    class Stuck(Sink):
        def close(self):
            raise OSError(5, "Input/output error")

    async def scene(desk):
        await desk.finished()

    play(scene, Stuck())
    assert "cannot close stdout of 'web': [Errno 5] Input/output error" in caplog.text


def test_a_stream_is_opened_anew_even_while_it_cannot_be_written():
    log = Log()
    log.error = FULL

    async def scene(desk):
        desk.put(b"one\n")
        await log.called("raise OSError", 2)
        assert await desk.reopened() == ""
        log.error = None
        await desk.finished()

    play(scene, log)
    assert log.text() == b"one\n"


def test_who_had_a_stream_opened_anew_hears_why_it_could_not_be():
    log = Log()
    log.refusal = PermissionError(13, "Permission denied")

    async def scene(desk):
        assert await desk.reopened() == "[Errno 13] Permission denied"

    play(scene, log)


@pytest.mark.parametrize(
    ("lost", "midst", "line"),
    [
        (Loss(1, 9), False, b"circus: 1 line lost (9 bytes)\n"),
        (Loss(12, 345), True, b"\ncircus: 12 lines lost (345 bytes)\n"),
    ],
)
def test_a_notice_is_a_whole_line(lost, midst, line):
    assert notice(lost, midst=midst) == line
