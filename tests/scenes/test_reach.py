"""How far a stop reaches (`contain`): nobody runs on who may not, nobody ends who is not ours."""

from __future__ import annotations

import contextlib
import os
import signal

import pytest

from circus.host.linux import mounts
from tests.helpers.daemon import alive, argv, gone, kill, running
from tests.helpers.families import KINDS, WAYS, families, need, sections

FAMILY = "family "
SPARED = {"process": {"double", "setsid", "tree"}, "session": {"setsid"}}
"""Whose families live on, the process itself aside, by how far a stop reaches."""


@pytest.fixture
def circusd(tmp_path):
    """Return a function that starts a daemon with families; none of them outlives the scene."""
    daemons = []
    with contextlib.ExitStack() as stack:

        def start(way, *kinds):
            option, guarantee, around = WAYS[way]
            need(guarantee)
            folder = tmp_path / str(len(daemons))
            folder.mkdir()
            text = sections(folder, option, *kinds)
            daemons.append(stack.enter_context(running(folder, text, around=around)))
            return daemons[-1], families(daemons[-1].log, *kinds)

        yield start
    told = [line.split()[2:] for daemon in daemons for line in daemon.log.lines if FAMILY in line]
    kill(pid for pids in told for pid in map(int, pids) if "family.py" in str(argv(pid)))


@pytest.mark.parametrize("way", WAYS)
def test_a_stop_ends_all_that_it_reaches_and_nobody_else(circusd, way):
    daemon, found = circusd(way, *KINDS, "other")
    guarantee = WAYS[way][1]
    assert daemon.call("status", name="tree")["contain"] == guarantee
    for kind in KINDS:
        daemon.ctl("stop", kind)
    for kind in KINDS:
        assert daemon.ctl("stop", kind, "--waiting") == "ok"
        process, *below = found[kind]
        spared = kind in SPARED.get(guarantee, ())
        assert not alive(process), f"{kind} itself"
        assert [pid for pid in below if alive(pid)] == (below if spared else []), kind
    assert all(map(alive, found["other"]))
    assert daemon.call("status", name="other")["status"] == "active"


@pytest.mark.parametrize("way", ["tree by cgroup", "tree by subreaper"])
def test_what_a_dead_process_leaves_of_its_tree_is_ended_and_the_process_is_replaced(circusd, way):
    daemon, found = circusd(way, "setsid", "other")
    process, orphan = found["setsid"]
    os.kill(process, signal.SIGKILL)
    daemon.log.until("family setsid ")
    assert gone([orphan])
    assert daemon.pids("setsid") != [process]
    assert all(map(alive, found["other"]))


def test_what_another_circusd_left_in_a_group_is_told_and_left_alone(circusd):
    first, found = circusd("tree by cgroup", "setsid")
    first.signal(signal.SIGKILL)
    first.ended()
    second, _ = circusd("tree by cgroup", "setsid")
    told = [line for line in second.log.lines if f"/circus-{first.process.pid}-" in line]
    assert [line.split(": ")[-1].split() for line in told] == [[*map(str, found["setsid"])]]
    second.ctl("stop", "--waiting")
    assert all(map(alive, found["setsid"]))


def test_nothing_is_left_of_the_groups_when_the_daemon_has_ended(circusd):
    daemon, found = circusd("tree by cgroup", *KINDS)
    folder, name = os.path.split(os.path.dirname(group_of(found["tree"][0])))
    assert name.startswith(f"circus-{daemon.process.pid}-")
    assert name in os.listdir(folder)
    daemon.ctl("quit", "--waiting")
    assert daemon.ended() == 0
    assert name not in os.listdir(folder)


def group_of(pid):
    """Return the folder of the control group that a process is in."""
    with open(f"/proc/{pid}/cgroup") as groups, open("/proc/self/mountinfo") as points:
        return mounts.mounted(mounts.group_of(groups.read()), points.read())
