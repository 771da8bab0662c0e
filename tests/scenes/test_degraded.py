"""A machine that lacks something: circusd runs whole, and --probe says what is missing and why."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time

import pytest

from circus.host.linux import proc
from tests.helpers.container import init_of, lacking
from tests.helpers.daemon import PATIENCE, ROOT, alive, argv, gone

SHELL = ("sh", "-c")
MOUNTS = ("unshare", *(() if os.geteuid() == 0 else ("--user", "--map-root-user")), "--mount")
WITHOUT_PROC = 'mount -t tmpfs none /proc && mount -o remount,ro /proc && exec "$@"'
READ_ONLY = 'mount -o remount,ro,bind / && exec "$@"'
PIDFDS = ("pidfd_open", "pidfd_send_signal")
FAMILY = """
[watcher:web]
cmd = sh -c 'sleep 600 & exec sleep 600'
numprocesses = 2

[watcher:stubborn]
cmd = sh -c 'trap "" TERM; echo ready; while :; do sleep 600 & wait; done'
graceful_timeout = 0.2
"""


def filtered(error, *calls):
    """Return words that run a program under a filter of system calls; skip where there is none."""
    words = ("env", f"PYTHONPATH={ROOT}", sys.executable, "-m", "tests.helpers.seccomp")
    around = (*words, error, *calls, "--")
    done = subprocess.run([*around, "true"], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no filter of system calls: {done.stderr.strip().splitlines()[-1]}")
    return around


def mounted(script):
    """Return words that run a program behind other mounts; skip where that is not possible."""
    around = (*MOUNTS, *SHELL, script, "sh")
    if reason := lacking(*around):
        pytest.skip(reason)
    return around


def probed(*around):
    """Return what --probe says under these words: by name, yes or no and the reason."""
    words = [*around, sys.executable, "-m", "circus.circusd", "--probe"]
    done = subprocess.run(
        words, cwd=ROOT, capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    rows = (line.partition("  ") for line in done.stdout.splitlines())
    return {name: rest.strip() for name, _, rest in rows}


def lives_whole(daemon):
    """Hold that a daemon starts, replaces, reloads, stops and ends as ever."""
    daemon.log.until("web started", "stubborn started")
    events = daemon.events()
    before = daemon.pids("web")
    os.kill(before[0], signal.SIGKILL)
    events.until("web", "spawn")
    daemon.ctl("reload", "web", "--waiting")
    after = daemon.pids("web")
    assert {*before}.isdisjoint(after)
    assert gone(before)
    daemon.ctl("stop", "stubborn", "--waiting")
    daemon.ctl("signal", "web", "CONT")
    daemon.ctl("quit", "--waiting")
    assert daemon.ended() == 0
    assert not any(map(alive, after))


@pytest.mark.parametrize("error", ["EPERM", "ENOSYS"])
def test_under_a_filter_without_pidfds_children_are_watched_by_sigchld(circusd, error):
    around = filtered(error, *PIDFDS, "close_range")
    lives_whole(circusd(FAMILY, around=around, circus="check_delay = 0.1"))


@pytest.mark.parametrize(
    ("error", "why"),
    [
        ("EPERM", "EPERM: a seccomp filter forbids it, as some container runtimes do"),
        ("ENOSYS", "ENOSYS: this kernel has none, or a seccomp filter hides it"),
    ],
)
def test_a_filter_without_pidfds_is_explained(error, why):
    said = probed(*filtered(error, *PIDFDS))
    assert said["pidfd open"] == f"no   {why}; ends of children are heard by SIGCHLD instead"
    assert said["pidfd signal"].startswith("no ")
    assert said["all system calls"].startswith("no   a filter of system calls is in place")


def test_without_proc_it_runs_and_says_how_far_a_stop_reaches(circusd):
    daemon = circusd(
        "[watcher:web]\ncmd = sleep 600\nnumprocesses = 2\n[watcher:stubborn]\ncmd = sleep 600\n",
        around=mounted(WITHOUT_PROC),
    )
    daemon.log.until("'web': contain = session is not possible here (there is no process table")
    lives_whole(daemon)


def test_without_proc_the_orphans_of_an_init_are_reaped_too(circusd):
    around = ("unshare", "--pid", "--fork", "--kill-child", *MOUNTS[1:], *SHELL, WITHOUT_PROC, "sh")
    if reason := lacking(*around):
        pytest.skip(reason)
    orphans = "(sleep 0.2 &); (setsid sleep 0.2 &); echo made"
    text = f"[watcher:web]\nshell = True\ncmd = {orphans}; exec sleep 600\n"
    daemon = circusd(text, around=around)
    daemon.log.until("web started", "made")
    init = init_of(daemon.process.pid)
    end = time.monotonic() + PATIENCE
    while [argv(pid) for pid in proc.children(init)] != [["sleep", "600"]]:
        assert time.monotonic() < end
        select.select([], [], [], 0.01)
    daemon.ctl("quit", "--waiting")
    assert daemon.ended() == 0


def test_a_missing_process_table_is_explained():
    said = probed(*mounted(WITHOUT_PROC))
    assert said["process table"].startswith("no   no /proc: a stop reaches the process alone")
    assert said["tree"].startswith("no ")
    assert said["cgroup"].startswith("no   no cgroup v2 here; contain = tree")


def test_a_read_only_root_is_explained():
    said = probed(*mounted(READ_ONLY))
    assert said["writable root"] == (
        "no   the root file system is read-only; log files, pid files and ipc endpoints have to lie"
        " on a volume or a tmpfs"
    )


def test_on_a_read_only_root_it_runs_with_its_endpoints_on_a_tmpfs(circusd, tmp_path):
    script = f'mount --bind {tmp_path} {tmp_path} && mount -o remount,ro,bind / && exec "$@"'
    lives_whole(circusd(FAMILY, around=mounted(script)))
