from __future__ import annotations

import asyncio
import os
import signal
import threading

import pytest

from circus.sighandler import HASTE, SysHandler
from tests.helpers.desk import PATIENCE


class Controller:
    """Notes the commands that signals become."""

    forwards = (signal.SIGUSR2,)

    def __init__(self):
        self.ran = []
        self.arbiter = self

    def forward(self, signum):
        self.ran.append(("forward", signum))

    def run(self, verb, properties=None):
        self.ran.append((verb, properties))

    def hasten(self):
        self.ran.append("hasten")


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def controller():
    return Controller()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def handler(controller, clock):
    return SysHandler(controller, clock)


def deliver(handler, *signums):
    """Send this process signals before its loop runs; return when the loop has seen all."""
    loop, seen, act = asyncio.new_event_loop(), [], handler.signal
    all_seen = loop.create_future()

    def count(signum):
        act(signum)
        seen.append(signum)
        if len(seen) == len(signums):
            all_seen.set_result(None)

    handler.signal = count
    handler.start(loop)
    try:
        for signum in signums:
            os.kill(os.getpid(), signum)
        loop.run_until_complete(asyncio.wait_for(all_seen, PATIENCE))
    finally:
        handler.stop()
        loop.close()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGQUIT])
def test_a_signal_to_end_becomes_quit(handler, controller, signum):
    deliver(handler, signum)
    assert controller.ran == [("quit", None)]


def test_hup_becomes_a_graceful_reload_of_all(handler, controller):
    deliver(handler, signal.SIGHUP)
    assert controller.ran == [("reload", {"graceful": True})]


def test_usr1_opens_the_log_files_anew(handler, controller):
    deliver(handler, signal.SIGUSR1)
    assert controller.ran == [("reopenlogs", None)]


def test_what_is_to_be_sent_on_is_sent_on_and_nothing_else_is_done(handler, controller):
    controller.forwards = (signal.SIGUSR2, signal.SIGHUP)
    deliver(handler, signal.SIGUSR2, signal.SIGHUP)
    assert {*controller.ran} == {("forward", signal.SIGUSR2), ("forward", signal.SIGHUP)}


def test_a_change_of_the_window_is_ignored(handler, controller):
    deliver(handler, signal.SIGWINCH)
    assert controller.ran == []


def test_signals_that_come_before_the_loop_runs_are_kept(handler, controller):
    deliver(handler, signal.SIGHUP, signal.SIGTERM)
    assert [verb for verb, _ in controller.ran] == ["reload", "quit"]


def test_a_second_signal_within_a_second_is_the_same_wish(handler, controller, clock):
    handler.signal(signal.SIGINT)
    clock.now += HASTE - 0.01
    handler.signal(signal.SIGTERM)
    assert "hasten" not in controller.ran


def test_a_second_signal_after_a_second_makes_haste(handler, controller, clock):
    handler.signal(signal.SIGINT)
    clock.now += HASTE
    handler.signal(signal.SIGTERM)
    assert controller.ran[-1] == "hasten"


def test_a_quit_that_was_refused_is_asked_for_again(handler, controller):
    handler.signal(signal.SIGTERM)
    handler.signal(signal.SIGTERM)
    assert controller.ran == [("quit", None)] * 2


def test_a_signal_is_logged_by_its_name(handler, caplog):
    caplog.set_level("INFO", "circus")
    handler.signal(signal.SIGTERM)
    assert "Got signal SIG_TERM" in caplog.messages


def test_the_old_dispositions_come_back(handler):
    def mine(*_):
        pass

    old = signal.signal(signal.SIGHUP, mine)
    before = [signal.getsignal(signum) for signum in handler.SIGNALS]
    try:
        deliver(handler, signal.SIGTERM)
        assert [signal.getsignal(signum) for signum in handler.SIGNALS] == before
        assert mine in before
    finally:
        signal.signal(signal.SIGHUP, old)


def test_the_old_dispositions_come_back_though_the_loop_is_closed(handler):
    before = signal.getsignal(signal.SIGINT)
    loop = asyncio.new_event_loop()
    handler.start(loop)
    assert signal.getsignal(signal.SIGINT) != before
    loop.close()
    handler.stop()
    handler.stop()
    assert signal.getsignal(signal.SIGINT) == before


def test_outside_the_main_thread_nothing_is_touched(handler):
    before = signal.getsignal(signal.SIGTERM)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=handler.start, args=(loop,))
    thread.start()
    thread.join(10)
    assert signal.getsignal(signal.SIGTERM) == before
    handler.stop()
    loop.close()
