"""A signal that ends circusd is never dropped, and nothing that it started is left behind."""

from __future__ import annotations

import os
import signal
import sys
import time

import pytest

from circus.sighandler import HASTE
from tests.helpers.daemon import alive, gone

STUBBORN = """
[watcher:stubborn]
cmd = sh -c 'trap "" TERM; echo ready; exec sleep 600'
numprocesses = 2
graceful_timeout = 600
"""
HOOKS = """
def held(**about):
    print("hook asked", flush=True)
    with open("fifo") as fifo:
        fifo.read()
    return True
"""

PAUSE = 0.01
"""Seconds between two looks whether a daemon has come to its fifo."""


def let_go(daemon, fifo):
    """Let a daemon that is about to read a fifo go on; it has to live."""
    while True:
        try:
            os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:  # noqa: PERF203 - each try is one look
            assert daemon.ended(PAUSE) is None
        else:
            return


ENDINGS = pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])


@ENDINGS
def test_a_signal_in_the_middle_of_starting_many_stops_them_all(circusd, signum):
    daemon = circusd("[watcher:web]\ncmd = sh -c 'echo up $$; exec sleep 600'\nnumprocesses = 300")
    first = int(daemon.log.until("up ").split()[-1])
    daemon.signal(signum)
    assert daemon.ended() == 0
    said = [line for line in daemon.log.rest().splitlines() if line.startswith("up ")]
    pids = [int(line.split()[-1]) for line in said]
    assert first in pids
    assert not any(map(alive, pids))
    assert len(pids) < 300


@ENDINGS
def test_a_signal_while_a_hook_holds_up_the_start_ends_the_daemon(circusd, tmp_path, signum):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "hooks.py").write_text(HOOKS)
    daemon = circusd("[watcher:web]\ncmd = sleep 600\nhooks.before_start = hooks.held")
    daemon.log.until("hook asked")
    assert daemon.ctl("status") == "web: starting"
    daemon.signal(signum)
    assert daemon.ended() == 0


def test_a_signal_before_the_daemon_is_ready_ends_it_when_it_is(circusd, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "hooks.py").write_text(f"{HOOKS}\nheld()\n")
    daemon = circusd("[watcher:web]\ncmd = sleep 600\nhooks.before_stop = hooks.held")
    daemon.log.until("hook asked")
    daemon.signal(signal.SIGTERM)
    with open(tmp_path / "fifo", "w"):
        pass
    daemon.log.until("Got signal SIG_TERM")
    with open(tmp_path / "fifo", "w"):
        pass
    assert daemon.ended() == 0


def test_a_signal_that_is_sent_on_waits_too_and_no_process_inherits_that(circusd, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "hooks.py").write_text(f"{HOOKS}\nheld()\n")
    daemon = circusd(
        "[watcher:web]\ncmd = sh -c 'grep SigBlk /proc/self/status; exec sleep 600'\n"
        "hooks.before_stop = hooks.held",
        circus="forward_signals = RTMIN+6 PROF",
    )
    daemon.log.until("hook asked")
    daemon.signal(signal.SIGRTMIN + 6)
    daemon.signal(signal.SIGPROF)
    let_go(daemon, tmp_path / "fifo")
    daemon.log.until(
        f"sending signal {signal.SIGRTMIN + 6} on to", f"sending signal {int(signal.SIGPROF)} on to"
    )
    if sys.platform == "linux":
        assert int(daemon.log.until("SigBlk").split()[-1], 16) == 0


@ENDINGS
def test_a_signal_in_the_middle_of_a_slow_stop_ends_the_daemon_after_it(circusd, signum):
    daemon = circusd(STUBBORN.replace("= 600", "= 0.3") + "[watcher:web]\ncmd = sleep 600")
    daemon.log.until("ready", "ready", "web started")
    events, pids = daemon.events(), daemon.pids("stubborn") + daemon.pids("web")
    daemon.ctl("stop", "stubborn")
    events.until("stubborn", "kill", 2)
    daemon.signal(signum)
    assert daemon.ended() == 0
    assert not any(map(alive, pids))
    killed = [
        one.fields["exit_code"]
        for one in events.until("stubborn", "stop")
        if (one.watcher, one.name) == ("stubborn", "reap")
    ]
    assert killed == [-9, -9]


def test_a_second_signal_makes_haste_unless_it_is_the_echo_of_the_first(circusd):
    daemon = circusd(STUBBORN)
    daemon.log.until("ready", "ready")
    pids = daemon.pids("stubborn")
    daemon.signal(signal.SIGTERM)
    daemon.log.until("Got signal SIG_TERM")
    daemon.signal(signal.SIGINT)
    daemon.log.until("Got signal SIG_INT")
    assert daemon.ended(patience=HASTE) is None
    assert all(map(alive, pids))
    began = time.monotonic()
    daemon.signal(signal.SIGTERM)
    assert daemon.ended() == 0
    assert time.monotonic() - began < 1
    assert not any(map(alive, pids))


@pytest.mark.parametrize("verb", ["reload", "restart", "kill"])
def test_a_signal_in_the_middle_of_another_operation_ends_the_daemon(circusd, verb):
    daemon = circusd(STUBBORN.replace("= 600", "= 0.3"))
    daemon.log.until("ready", "ready", "stubborn started")
    events, pids = daemon.events(), daemon.pids("stubborn")
    daemon.ctl(verb, "stubborn")
    events.until("stubborn", "kill")
    daemon.signal(signal.SIGTERM)
    assert daemon.ended() == 0
    assert not any(map(alive, pids))


@ENDINGS
def test_a_signal_while_everything_is_stopped_to_be_built_anew_ends_it_for_good(circusd, signum):
    daemon = circusd(STUBBORN.replace("= 600", "= 0.3"))
    daemon.log.until("ready", "ready", "stubborn started")
    daemon.ctl("restart")
    daemon.signal(signum)
    assert daemon.ended(patience=5) == 0


@ENDINGS
def test_a_signal_between_two_lives_of_the_daemon_ends_it_in_order(circusd, tmp_path, signum):
    daemon = circusd("[watcher:web]\ncmd = sleep 600", circus="pidfile = pid")
    daemon.log.until("web started")
    daemon.ctl("restart", "--waiting")
    daemon.signal(signum)
    assert daemon.ended() == 0
    assert not (tmp_path / "pid").exists()


OTHERS = pytest.mark.parametrize(
    "signum", [signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH]
)


@OTHERS
def test_another_signal_in_the_middle_of_a_slow_start_harms_nothing(circusd, tmp_path, signum):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "hooks.py").write_text(HOOKS)
    daemon = circusd("[watcher:web]\ncmd = sleep 600\nhooks.before_start = hooks.held")
    daemon.log.until("hook asked")
    daemon.signal(signum)
    daemon.log.until("Got signal")
    with open(tmp_path / "fifo", "w"):
        pass
    daemon.log.until("web started")
    daemon.signal(signal.SIGTERM)
    assert daemon.ended() == 0


@OTHERS
def test_another_signal_in_the_middle_of_a_slow_stop_harms_nothing(circusd, signum):
    daemon = circusd(STUBBORN.replace("= 600", "= 0.3"))
    daemon.log.until("ready", "ready")
    daemon.signal(signal.SIGTERM)
    daemon.log.until("Got signal SIG_TERM")
    daemon.signal(signum)
    daemon.log.until("Got signal SIG_")
    assert daemon.ended() == 0


def test_quit_and_then_a_signal_are_one_wish(circusd):
    daemon = circusd(STUBBORN.replace("= 600", "= 0.3"))
    daemon.log.until("ready", "ready")
    daemon.ctl("quit")
    daemon.signal(signal.SIGTERM)
    assert daemon.ended() == 0


def test_what_a_process_left_in_its_session_is_gone_too(circusd):
    daemon = circusd("[watcher:web]\ncmd = sh -c 'sleep 600 & echo left $!; wait'\n")
    left = int(daemon.log.until("left").split()[-1])
    daemon.signal(signal.SIGTERM)
    assert daemon.ended() == 0
    assert gone([left])
