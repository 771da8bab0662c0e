"""Children that are hard to end, with all that they start: each says who is who on its stdout."""

from __future__ import annotations

import sys

import pytest

from circus.host.probe import probe

FAMILY = """
import os, signal, sys

kind = sys.argv[1]
signal.signal(signal.SIGTERM, signal.SIG_IGN)
read, write = os.pipe()


def wait():
    while True:
        signal.pause()


def born(*steps):
    "Fork; the child takes these steps, tells its pid and waits for its end."
    pid = os.fork()
    if pid:
        return pid
    for step in steps:
        step()
    os.write(write, b"%d " % os.getpid())
    os.close(write)
    wait()


def orphan(*steps):
    "Fork twice, so that nobody is left who would wait for the second."
    pid = os.fork()
    if not pid:
        born(*steps)
        os._exit(0)
    os.waitpid(pid, 0)


def tree(count):
    "Be one of so many, each with two below: in groups of their own, but in one session."
    left = (count - 1) // 2
    for share in (left, count - 1 - left):
        if share:
            born(os.setpgrp, lambda share=share: tree(share))


if kind == "double":
    orphan()
elif kind in ("setsid", "other"):
    orphan(os.setsid)
elif kind == "tree":
    tree(51)

os.close(write)
text = b""
while chunk := os.read(read, 4096):
    text += chunk
print("family", kind, os.getpid(), *text.decode().split(), flush=True)
if kind == "stopped":
    os.kill(os.getpid(), signal.SIGSTOP)
wait()
"""

KINDS = ("stubborn", "double", "setsid", "stopped", "tree")
"""Ignores SIGTERM; forks twice; forks twice with a session of its own; stops; is one of 51."""
COUNT = {"stubborn": 1, "double": 2, "setsid": 2, "stopped": 1, "tree": 51, "other": 2}
"""How many there are of each kind."""

WITHOUT_GROUPS = (
    sys.executable,
    "-c",
    """
import sys
from circus import host
from circus.host import probe
host._folder = probe.folder = lambda: (None, "a test says so")
sys.argv = sys.argv[3:]
from circus.circusd import main
main()
""",
)
"""Runs a circusd that finds no control groups."""

WAYS = {
    "by default": ("", "session", ()),
    "session": ("contain = session", "session", ()),
    "process": ("contain = process", "process", ()),
    "tree by cgroup": ("contain = tree", "tree by cgroup", ()),
    "tree by subreaper": ("contain = tree", "tree by subreaper", WITHOUT_GROUPS),
}
"""The option, the guarantee that it comes to, and what runs the daemon."""


def need(guarantee):
    """Skip a test where a machine cannot give a guarantee."""
    found = probe()
    if guarantee.startswith("tree") and not found.pidfd:
        pytest.skip("this kernel has no pidfds")
    if guarantee == "tree by cgroup" and not found.cgroup.yes:
        pytest.skip(f"no control groups for us: {found.cgroup.reason}")
    if guarantee == "tree by subreaper" and not found.subreaper.yes:
        pytest.skip(f"no subreaper: {found.subreaper.reason}")


def sections(folder, option, *kinds):
    """Return a watcher for each kind; the program is put into a folder."""
    program = folder / "family.py"
    program.write_text(FAMILY)
    return "".join(
        f"[watcher:{kind}]\ncmd = {sys.executable} -I -S {program} {kind}\n"
        f"graceful_timeout = 0.3\n{option}\n"
        for kind in kinds
    )


def families(log, *kinds):
    """Wait until each kind has said who is who; return [the process, those below it] by kind."""
    log.until(*(f"family {kind} " for kind in kinds))
    found = {}
    for line in log.lines:
        if line.startswith("family "):
            _, kind, *pids = line.split()
            found[kind] = [int(pid) for pid in pids]
    assert all(len(pids) == COUNT[kind] for kind, pids in found.items()), found
    return found
