"""circusd as the init of a container: pid 1 of a namespace of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from circus.circusd import AS_INIT
from tests.helpers.container import AROUND, init_of, lacking, zombies
from tests.helpers.daemon import PATIENCE

if reason := lacking(*AROUND):
    pytest.skip(reason, allow_module_level=True)

ORPHANS = 1000
MAKER = f"""
import os, sys
listen, tell = os.pipe()
for number in range({ORPHANS}):
    if os.fork() == 0:
        if os.fork() == 0:
            if number % 2:
                os.setsid()
            os.close(tell)
            os.read(listen, 1)
            os._exit(number % 256)
        os._exit(0)
    os.wait()
os.close(listen)
print("orphans made", flush=True)
with open("fifo") as fifo:
    fifo.read()
os.close(tell)
print("orphans let go", flush=True)
with open("fifo") as fifo:
    fifo.read()
"""
"""Makes orphans that all end when it is told; every other one leads a session of its own."""
HOOKS = """
import subprocess

def tea(**about):
    ends = []
    for _ in range(20):
        ends.append(subprocess.run(["sh", "-c", "exit 7"]).returncode)
        ends.append(subprocess.run(["sh", "-c", "exit 8"], start_new_session=True).returncode)
    print("tea is made:", sorted(set(ends)), flush=True)
    return True
"""
CROWDED = f"""
[watcher:maker]
cmd = {sys.executable} -I -S maker.py
priority = 2

[watcher:jobs]
cmd = sh -c 'exit ((circus.wid))'
numprocesses = 20
restart = never
autostart = False

[watcher:tea]
cmd = sleep 600
hooks.before_start = hooks.tea
autostart = False
"""
AGE = 1.0
"""Seconds: no zombie is older."""
GLIMPSE, PAUSE = 0.01, threading.Event()
"""Seconds between two looks."""


def oldest_zombie(init, over):
    """Look at the zombies of an init until it is over; return the age of the oldest (seconds).

    The longest time between two of our own looks is taken off: a machine that is that slow to us is
    not quicker to circusd.
    """
    since, oldest, slowest = {}, 0.0, 0.0
    last = time.monotonic()
    end = last + PATIENCE
    while not over():
        now = time.monotonic()
        assert now < end, f"{len(since)} zombies are left"
        since = {pid: since.get(pid, now) for pid in zombies(init)}
        oldest = max([oldest, *(now - one for one in since.values())])
        slowest, last = max(slowest, now - last), now
        PAUSE.wait(GLIMPSE)
    return oldest - slowest


def test_a_thousand_orphans_are_reaped_and_no_status_is_taken_from_anybody(circusd, tmp_path):
    (tmp_path / "maker.py").write_text(MAKER)
    (tmp_path / "hooks.py").write_text(HOOKS)
    os.mkfifo(tmp_path / "fifo")
    daemon = circusd(CROWDED, around=AROUND)
    daemon.log.until("orphans made")
    init = init_of(daemon.process.pid)
    events = daemon.events()
    children = f"/proc/{init}/task/{init}/children"

    def count():
        with open(children) as file:
            return len(file.read().split())

    assert count() > ORPHANS
    open(tmp_path / "fifo", "w").close()
    daemon.client.send_message("start", name="tea")
    daemon.client.send_message("start", name="jobs")
    assert oldest_zombie(init, lambda: count() < ORPHANS / 2 and not zombies(init)) < AGE
    heard = events.until("jobs", "stop")
    ends = {one.fields["wid"]: one.fields["exit_code"] for one in heard if one.name == "reap"}
    assert ends == {wid: wid for wid in range(1, 21)}
    daemon.log.until("tea is made: [7, 8]")
    daemon.ctl("quit")
    assert daemon.ended() == 0


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_a_signal_during_its_start_up_waits_until_it_can_be_acted_on(circusd, signum):
    text = "[watcher:web]\ncmd = sleep 600\nnumprocesses = 50\n"
    daemon = circusd(text, around=AROUND)
    daemon.log.until("Starting master")
    os.kill(init_of(daemon.process.pid), signum)
    assert daemon.ended() == 0


def test_it_does_not_detach_for_the_container_would_end(tmp_path):
    (tmp_path / "circus.ini").write_text("[watcher:web]\ncmd = sleep 600\n")
    words = [*AROUND, sys.executable, "-m", "circus.circusd", "--daemon", "circus.ini"]
    done = subprocess.run(
        words, cwd=tmp_path, stderr=subprocess.PIPE, text=True, timeout=PATIENCE, check=False
    )
    assert (done.returncode, done.stderr) == (1, f"{AS_INIT}\n")


ECHO = """
[watcher:{name}]
shell = True
cmd = trap "echo {name} heard it" USR2 HUP; echo {name} is ready; while :; do sleep 600 & wait; done
{more}
"""


def heard(daemon, *names):
    """Return who says that he heard the signal, once these have; a moment later nobody else has."""
    daemon.log.until(*(f"{name} heard it" for name in names))
    daemon.call("status")
    said = daemon.log.so_far()
    return {name for name in ("app", "other") if f"{name} heard it" in said}


def echoes(circusd, circus, *more, around=AROUND):
    text = "".join(
        ECHO.format(name=name, more=line) for name, line in zip(("app", "other"), more, strict=True)
    )
    daemon = circusd(text, circus=circus, around=around)
    daemon.log.until("app is ready", "other is ready")
    return daemon, init_of(daemon.process.pid) if around else daemon.process.pid


def test_a_signal_that_means_nothing_to_circusd_goes_to_the_essential_watchers(circusd):
    daemon, init = echoes(circusd, "", "essential = True", "")
    os.kill(init, signal.SIGUSR2)
    assert heard(daemon, "app") == {"app"}


def test_where_none_is_essential_it_goes_to_all(circusd):
    daemon, init = echoes(circusd, "", "", "")
    os.kill(init, signal.SIGUSR2)
    assert heard(daemon, "app", "other") == {"app", "other"}


def test_what_is_named_is_sent_on_instead_of_acted_on_wherever_circusd_runs(circusd):
    daemon, pid = echoes(circusd, "forward_signals = HUP", "essential = True", "", around=())
    before = daemon.pids("app")
    os.kill(pid, signal.SIGHUP)
    assert heard(daemon, "app") == {"app"}
    assert daemon.pids("app") == before


def test_nothing_is_sent_on_if_the_file_says_so(circusd):
    daemon, init = echoes(circusd, "forward_signals = none", "essential = True", "")
    os.kill(init, signal.SIGUSR2)
    os.kill(init, signal.SIGWINCH)
    daemon.log.until("Got signal SIG_WINCH")
    assert heard(daemon) == set()
