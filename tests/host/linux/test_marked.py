import os
import signal
import sys

import pytest

if sys.platform != "linux":
    pytest.skip("subreapers are Linux's", allow_module_level=True)
from circus.host.linux import marked, proc
from circus.host.linux.marked import MARK
from tests.helpers.daemon import gone
from tests.helpers.launching import Host, bystander, python

TREE = """
import os, signal, sys

def told(*steps):
    "Fork; the child takes these steps and says which one it is."
    if os.fork():
        return
    for step in steps:
        step()
    print(os.getpid(), flush=True)
    signal.pause()

def orphan(*steps):
    "The same, by a process that ends at once."
    pid = os.fork()
    if not pid:
        told(*steps)
        os._exit(0)
    os.waitpid(pid, 0)

def bare():
    "Go on without an environment."
    code = "import os, signal; print(os.getpid(), flush=True); signal.pause()"
    os.execve(sys.executable, [sys.executable, "-ISc", code], {})

for steps in {0}:
    steps()
print("all", os.getpid(), flush=True)
signal.pause()
"""


@pytest.fixture
def host():
    made = Host("marked")
    yield made
    made.close()


def family(host, steps, count, env=None):
    """Launch a process that takes steps, by which so many come; return its pid and theirs."""
    read, write = os.pipe()
    code = TREE.replace("{0}", steps)
    pid = host.spawn(python(code, stdout=write, env=env or {}))
    os.close(write)
    with os.fdopen(read) as stream:
        lines = [stream.readline() for _ in range(count + 1)]
    return pid, sorted(int(line) for line in lines if not line.startswith("all"))


def end(host, pid):
    host.children.signal(pid, signal.SIGKILL)
    host.until_ended(pid)
    host.children.reap(pid)


@pytest.mark.parametrize(
    "steps",
    [
        "[told]",
        "[lambda: told(os.setsid)]",
        "[orphan]",
        "[lambda: orphan(os.setsid)]",
        "[lambda: told(os.setsid, bare)]",
    ],
)
def test_all_below_a_process_that_runs_are_its_family(host, steps):
    pid, others = family(host, steps, 1)
    assert host.reach.members([pid]) == {pid: others}


@pytest.mark.parametrize(
    "steps",
    ["[told]", "[lambda: told(os.setsid)]", "[lambda: orphan(os.setsid)]", "[lambda: told(bare)]"],
)
def test_what_a_process_leaves_is_found_by_its_session_or_its_mark(host, steps):
    pid, others = family(host, steps, 1)
    end(host, pid)
    assert host.reach.answers(pid)
    assert host.reach.members([pid]) == {pid: others}
    assert host.reach.watch(pid)
    assert host.reach.signal(pid, others, signal.SIGTERM) == 1
    host.until_gone(pid)
    for other in others:  # adopted by us, and reaped
        assert not os.path.exists(f"/proc/{other}")


def test_who_drops_the_mark_and_leaves_the_session_and_loses_its_parent_is_nobodys(host):
    pid, (other,) = family(host, "[lambda: told(os.setsid, bare)]", 1)
    end(host, pid)
    assert host.reach.members([pid]) == {pid: []}
    os.kill(other, signal.SIGKILL)
    assert gone([other])


def test_below_a_marked_orphan_the_mark_is_not_needed(host):
    below = "[lambda: orphan(os.setsid, lambda: told(os.setsid, bare))]"
    pid, others = family(host, below, 2)
    end(host, pid)
    assert host.reach.members([pid]) == {pid: others}


def test_the_orphan_of_another_family_is_never_given_to_this_one(host):
    pid, others = family(host, "[lambda: orphan(os.setsid)]", 1)
    other, strangers = family(host, "[lambda: orphan(os.setsid)]", 1)
    assert host.reach.members([pid, other]) == {pid: others, other: strangers}
    end(host, pid)
    assert host.reach.members([pid]) == {pid: others}
    with bystander() as somebody:
        assert host.reach.signal(pid, [*strangers, other, somebody], signal.SIGKILL) == 0
    assert host.children.signal(other, 0)
    assert proc.alive(strangers[0])


def test_a_mark_is_added_to_those_of_an_outer_circusd(host, monkeypatch):
    pid, _ = family(host, "[told]", 1, env={MARK: "outer.1"})
    own = f"{host.reach._token}.1"
    assert f"{MARK}=outer.1 {own}".encode() in proc.environ(pid)
    monkeypatch.setenv(MARK, "outer.2")
    pid, _ = family(host, "[told]", 1)
    assert f"{MARK}=outer.2 {host.reach._token}.2".encode() in proc.environ(pid)


def test_a_copy_of_the_mark_elsewhere_on_the_machine_means_nothing(host, monkeypatch):
    pid, others = family(host, "[lambda: orphan(os.setsid)]", 1)
    (line,) = [line for line in proc.environ(pid) if line.startswith(MARK.encode())]
    mark = line.partition(b"=")[2].decode()
    monkeypatch.setenv(MARK, mark)
    with bystander() as hooks:  # a child in our own session, as a hook would make it
        end(host, pid)
        assert host.reach.members([pid]) == {pid: others}
        assert host.reach.signal(pid, [hooks], signal.SIGKILL) == 0


def test_a_number_that_somebody_else_has_by_now_is_not_signalled(host, monkeypatch):
    pid, (other,) = family(host, "[lambda: told(os.setsid)]", 1)
    assert host.reach.members([pid]) == {pid: [other]}
    row = proc.row(other)
    with monkeypatch.context() as patch:
        patch.setattr(proc, "row", lambda _pid: row._replace(started=row.started + 1))
        assert host.reach.signal(pid, [other], signal.SIGKILL) == 0
    assert proc.alive(other)
    assert host.reach.signal(pid, [other], signal.SIGKILL) == 1
    assert gone([other])


def test_a_session_of_a_number_that_somebody_else_has_by_now_is_not_the_familys(host, monkeypatch):
    pid, (other,) = family(host, "[told]", 1)
    end(host, pid)
    monkeypatch.setattr(marked.proc, "environ", lambda _pid: [])
    assert host.reach.members([pid]) == {pid: [other]}
    table = proc.table()
    table[pid] = table[os.getpid()]._replace(session=pid)  # a stranger leads it
    with monkeypatch.context() as patch:
        patch.setattr(marked.proc, "table", lambda: table)
        assert host.reach.members([pid]) == {pid: []}


def test_without_an_orphan_and_a_group_nobody_answers(host):
    pid, _ = family(host, "[]", 0)
    end(host, pid)
    assert not host.reach.answers(pid)
    host.reach.forget(pid)
    assert host.reach._marks == {}
