from __future__ import annotations

import gc
import threading

import pytest

from circus.output import writer as writers
from circus.output.writer import Writer, writer_of
from tests.helpers.launching import PATIENCE


def done(writer):
    """Wait until a writer has done all that it has."""
    event = threading.Event()
    writer.put(event.set)
    assert event.wait(PATIENCE)


def thread_of(writer):
    found = []
    writer.put(lambda: found.append(threading.current_thread()))
    done(writer)
    return found[0]


def test_jobs_are_done_in_their_order_in_one_thread_that_keeps_nobody_from_going():
    writer, order = Writer("scribe"), []
    for number in range(100):
        writer.put(lambda number=number: order.append((number, threading.current_thread())))
    done(writer)
    assert [number for number, _ in order] == list(range(100))
    (thread,) = {thread for _, thread in order}
    assert thread.daemon
    assert thread.name == "scribe"
    assert thread is not threading.current_thread()
    writer.end()
    thread.join(PATIENCE)


def test_a_thread_ends_when_there_was_nothing_to_do_and_the_next_job_makes_another(monkeypatch):
    monkeypatch.setattr(writers, "IDLE", 0.01)
    writer = Writer("scribe")
    first = thread_of(writer)
    first.join(PATIENCE)
    assert not first.is_alive()
    second = thread_of(writer)
    assert second is not first
    second.join(PATIENCE)


def test_a_thread_that_is_to_end_does_first_what_there_is():
    writer, order = Writer("scribe"), []
    gate = threading.Event()
    writer.put(gate.wait)
    writer.end()
    writer.put(lambda: order.append(1))
    gate.set()
    done(writer)
    assert order == [1]
    thread = thread_of(writer)
    writer.end()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_the_end_of_a_writer_that_never_began_makes_no_thread():
    before = threading.active_count()
    Writer("scribe").end()
    assert threading.active_count() == before


def test_a_job_that_crashes_is_loud_and_the_next_one_is_done(caplog):
    writer = Writer("scribe")
    writer.put(lambda: {}["no such key"])
    done(writer)
    writer.end()
    assert "the thread 'scribe' crashed" in caplog.text


def test_when_there_are_no_more_threads_it_is_tried_with_the_next_job(monkeypatch, caplog):
    writer, order = Writer("scribe"), []
    with monkeypatch.context() as patch:

        def refuse(self):
            raise RuntimeError("can't start new thread")

        patch.setattr(threading.Thread, "start", refuse)
        writer.put(lambda: order.append(1))
    assert "cannot make the thread 'scribe'" in caplog.text
    done(writer)
    assert order == [1]
    writer.end()


@pytest.mark.parametrize("count", [200])
def test_no_job_is_lost_between_the_end_of_a_thread_and_the_next(monkeypatch, count):
    monkeypatch.setattr(writers, "IDLE", 0.0)
    writer, order = Writer("scribe"), []
    for number in range(count):
        writer.put(lambda number=number: order.append(number))
        if number % 7 == 0:
            done(writer)
    done(writer)
    assert order == list(range(count))


class Stream:
    def __init__(self, writer=None):
        self.writer = writer


def test_streams_that_write_to_one_place_share_a_writer():
    one, two, other = Stream("/var/log/x"), Stream("/var/log/x"), Stream("/var/log/y")
    kept = writer_of(one, "a")
    assert writer_of(two, "b") is kept
    assert writer_of(other, "c") is not kept


@pytest.mark.parametrize("make", [Stream, lambda: print, dict, lambda: lambda data: None])
def test_a_stream_that_names_no_place_has_a_writer_of_its_own(make):
    stream = make()
    kept = writer_of(stream, "a")
    assert writer_of(stream, "b") is kept
    assert writer_of(Stream(), "c") is not kept


def test_a_writer_is_forgotten_with_the_last_who_has_it():
    kept = writer_of(Stream("/var/log/z"), "a")
    assert ("place", "/var/log/z") in writers._writers
    del kept
    gc.collect()
    assert ("place", "/var/log/z") not in writers._writers
