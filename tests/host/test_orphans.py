import os
import subprocess
import sys

import pytest

from circus.host import orphans, probe
from tests.helpers.floor import until_zombie
from tests.helpers.launching import readable

if not probe.probe().process_table.yes:
    pytest.skip("no process table to be looked through", allow_module_level=True)


owned = set()


@pytest.fixture
def reaper():
    made = orphans.Orphans(owned.__contains__)
    yield made
    made.close()


def orphan(**more):
    """Make a child that is no child of Circus's, and has a session of its own; wait for its end."""
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", "exit 3"], {}, setsid=True, **more)
    until_zombie(pid)
    return pid


def is_ours(pid):
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return False


def adopted(program):
    """Make an orphan by a program that ends before its child does; return the child's pid.

    The child is in the session of a process that is gone.
    """
    pipe = subprocess.PIPE
    words = ["sh", "-c", f"exec 3<&0; {program} <&3 >&2 & echo $!"]
    with subprocess.Popen(words, start_new_session=True, stdin=pipe, stdout=pipe) as parent:
        pid = int(parent.stdout.readline())
        parent.wait()
    until_zombie(pid)
    return pid


@pytest.fixture
def subreaper():
    """Orphans come to us."""
    claim = pytest.importorskip("circus.host.linux.subreaper", reason="subreapers are Linux's")
    try:
        claim.claim()
    except OSError as error:
        pytest.skip(f"no subreapers here: {error}")
    yield
    claim.release()


def test_an_orphan_that_cannot_be_a_child_of_ours_is_reaped_at_once(reaper, subreaper):
    pid = adopted("cat")
    assert not reaper.reap()
    assert not is_ours(pid)


@pytest.fixture
def hidden(monkeypatch):
    """There is no process table."""
    monkeypatch.setattr(orphans.facts, "CAN_LIST", False)


def test_without_a_process_table_all_are_reaped_too(reaper, subreaper, hidden):
    pids = [adopted("cat") for _ in range(3)]
    assert not reaper.reap()
    assert not any(map(is_ours, pids))


def test_without_a_process_table_one_that_has_an_owner_is_left_to_it(reaper, hidden):
    pid = orphan()
    owned.add(pid)
    try:
        assert reaper.reap(), "there may be others behind it"
        assert reaper.reap()
    finally:
        owned.clear()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
    assert not reaper.reap()


def test_an_orphan_that_leads_a_session_is_reaped_at_the_second_look(reaper):
    pid = orphan()
    assert reaper.reap()
    assert is_ours(pid)
    assert not reaper.reap()
    assert not is_ours(pid)


def test_one_that_has_an_owner_is_left_to_it(reaper):
    pid = orphan()
    owned.add(pid)
    try:
        assert not reaper.reap()
        assert not reaper.reap()
    finally:
        owned.clear()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3


def test_a_child_of_our_own_session_is_left_to_hooks_and_libraries(reaper):
    with subprocess.Popen([sys.executable, "-ISc", "raise SystemExit(4)"]) as hooks:
        until_zombie(hooks.pid)
        assert not reaper.reap()
        assert not reaper.reap()
    assert hooks.returncode == 4


def test_one_that_its_owner_reaps_between_the_looks_is_not_missed(reaper):
    pid = orphan()
    assert reaper.reap()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
    assert not reaper.reap()


def test_one_that_runs_is_not_touched(reaper):
    read, write = os.pipe()
    actions = [(os.POSIX_SPAWN_DUP2, read, 0)]
    pid = os.posix_spawn("/bin/cat", ["cat"], {}, setsid=True, file_actions=actions)
    os.close(read)
    assert not reaper.reap()
    assert not reaper.reap()
    os.close(write)
    assert os.waitpid(pid, 0) == (pid, 0)


def test_a_death_is_heard_once(reaper):
    pid = orphan()
    assert readable(reaper.fileno())
    reaper.hush()
    assert not readable(reaper.fileno(), 0)
    os.waitpid(pid, 0)


def test_the_init_of_a_container_expects_orphans_and_others_when_told(monkeypatch):
    monkeypatch.setattr(orphans, "_expected", set())
    monkeypatch.setattr(orphans.os, "getpid", lambda: 1)
    assert orphans.expected()
    monkeypatch.setattr(orphans.os, "getpid", lambda: 77)
    assert not orphans.expected()
    orphans.expect()
    assert orphans.expected()
    monkeypatch.setattr(orphans.os, "getpid", lambda: 78)
    assert not orphans.expected(), "a fork of that process has none"
