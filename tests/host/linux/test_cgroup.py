import errno
import os
import signal
import sys

import pytest

if sys.platform != "linux":
    pytest.skip("control groups are Linux's", allow_module_level=True)
from circus.exc import LaunchError
from circus.host.descriptors import Descriptors
from circus.host.linux import cgroup
from circus.host.linux.cgroup import Cgroups, folder, remove, sweep
from tests.helpers.daemon import gone
from tests.helpers.launching import SLEEPER, Host, bystander, python, readable, shell

LEAVES = """
import os, signal
os.fork() or (os.setsid(), os.fork())
print("up", flush=True)
signal.pause()
"""
"""Three processes in two sessions, each of which says that it is up."""


@pytest.fixture
def parent():
    """The folder under which groups can be made."""
    path, reason = folder()
    if path is None:
        pytest.skip(reason)
    return path


@pytest.fixture
def host(parent):
    made = Host("cgroup")
    yield made
    made.close()


def leaving(host):
    """Launch a process with two descendants, one of which left its session; return their pids."""
    read, write = os.pipe()
    pid = host.spawn(python(LEAVES, stdout=write))
    os.close(write)
    with os.fdopen(read) as stream:
        for _ in range(3):
            stream.readline()
    return pid, host.reach.members([pid])[pid]


def buried(host, pid):
    host.until_ended(pid)
    return host.children.reap(pid)


def test_who_leaves_the_session_is_in_the_group_all_the_same(host):
    pid, members = leaving(host)
    assert len(members) == 2
    assert {os.getsid(one) for one in members} != {pid}
    assert pid not in members


def test_sigkill_ends_all_of_a_group_and_its_end_is_told(host):
    pid, members = leaving(host)
    assert host.reach.signal(pid, members, signal.SIGKILL) == 2
    assert buried(host, pid) == -signal.SIGKILL
    assert gone(members)
    if host.reach.watch(pid):  # the kernel may notice it a moment later
        host.until_gone(pid)
    assert not host.reach.answers(pid)


def test_without_cgroup_kill_they_are_killed_one_by_one(host, monkeypatch):
    pid, members = leaving(host)
    with monkeypatch.context() as patch:
        patch.setattr(cgroup, "KILL", "cgroup.no-such-file")
        assert host.reach.signal(pid, members, signal.SIGKILL) == 2
    assert gone(members)
    assert host.children.signal(pid, 0), "the child itself is its watcher's business"


def test_any_other_signal_reaches_those_that_were_named_and_are_in_the_group(host):
    pid, members = leaving(host)
    other = host.spawn(shell(SLEEPER))
    with bystander() as stranger:
        assert host.reach.signal(pid, [*members, other, stranger], signal.SIGTERM) == 2
    assert gone(members)
    assert host.children.signal(other, 0)


def test_a_child_that_is_reaped_may_have_a_descendant_of_its_number(host):
    pid, (one, two) = leaving(host)
    host.reach._folders[one] = host.reach._folders[pid]
    assert one in host.reach.members([one])[one], "it is no child of ours"
    del host.reach._folders[one]
    assert two in host.reach.members([pid])[pid]


def test_a_group_is_removed_when_it_is_empty_and_forgotten(host):
    pid = host.spawn(shell("exit 0"))
    path = host.reach._folders[pid]
    buried(host, pid)
    assert not host.reach.answers(pid)
    host.reach.forget(pid)
    assert not os.path.exists(path) or host.reach._busy, "the kernel may need a moment"


def test_a_group_that_somebody_is_in_is_removed_later(host):
    pid, members = leaving(host)
    path = host.reach._folders[pid]
    host.children.signal(pid, signal.SIGKILL)
    buried(host, pid)
    host.reach.forget(pid)
    assert os.path.isdir(path)
    with open(f"{path}/cgroup.kill", "w") as file:
        file.write("1")
    assert gone(members)
    while os.path.isdir(path):
        other = host.spawn(shell("exit 0"))
        buried(host, other)
        host.reach.forget(other)


def test_groups_that_its_processes_made_belong_to_a_group_and_go_with_it(host):
    read, write = os.pipe()
    code = (
        "import os\n"
        "here = [l[3:].strip() for l in open('/proc/self/cgroup') if l.startswith('0::')][0]\n"
        "print(here, flush=True)\n"
        "input()\n"
    )
    keep, hold = os.pipe()
    pid = host.spawn(python(code, stdin=keep, stdout=write))
    os.close(keep)
    os.close(write)
    with os.fdopen(read) as stream:
        assert stream.readline().startswith("/")
    path = host.reach._folders[pid]
    os.mkdir(f"{path}/inner")
    inner = os.posix_spawn("/bin/sleep", ["sleep", "600"], {})
    with open(f"{path}/inner/cgroup.procs", "w") as file:
        file.write(str(inner))
    assert host.reach.members([pid]) == {pid: [inner]}
    host.reach.signal(pid, [inner], signal.SIGKILL)
    os.waitpid(inner, 0)
    os.close(hold)
    buried(host, pid)
    while host.reach.watch(pid):
        readable(host.reach.fileno())
        host.reach.gone()
    host.reach.forget(pid)
    remove(path)
    assert not os.path.exists(path)


def test_a_label_is_no_path(host):
    pid = host.spawn(shell(SLEEPER))
    assert os.path.basename(host.reach._folders[pid]) == "test-1"
    pid = host.reach.spawn(shell("exit 0"), "../a b/é" + "x" * 300, host.children.spawn)
    name = os.path.basename(host.reach._folders[pid])
    assert name.startswith("___a_b__x")
    assert len(name) < 120
    buried(host, pid)


def test_a_launch_that_fails_leaves_no_group(host):
    with pytest.raises(LaunchError, match="No such file"):
        host.spawn(shell("exit 0", cwd="/nowhere/at/all"))
    assert [name for name in os.listdir(host.reach.folder) if name.startswith("test-")] == []


def test_a_group_that_cannot_be_made_is_a_failed_launch(host, monkeypatch):
    def full(_path):
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    with monkeypatch.context() as patch:
        patch.setattr(cgroup.os, "mkdir", full)
        with pytest.raises(LaunchError, match=r"cannot enter the control group '.*test-1'"):
            host.spawn(shell("exit 0"))


def test_a_group_that_cannot_be_entered_is_a_failed_launch(host):
    def launch(plan):
        os.rmdir(plan.cgroup)
        return host.children.spawn(plan)

    with pytest.raises(LaunchError) as caught:
        host.reach.spawn(shell("exit 0"), "test", launch)
    assert (caught.value.step, caught.value.number) == ("cgroup", errno.ENOENT)


def test_what_a_dead_arbiter_left_empty_is_removed_and_what_lives_is_told(parent):
    def owns(_pid):
        return False

    living = Cgroups(parent, owns, Descriptors())
    dead = [f"{parent}/{cgroup.PREFIX}test-{os.getpid()}-{name}" for name in ("empty", "busy")]
    for path in dead:
        os.makedirs(f"{path}/web-1")
    inside = os.posix_spawn("/bin/sleep", ["sleep", "600"], {})
    try:
        with open(f"{dead[1]}/web-1/cgroup.procs", "w") as file:
            file.write(str(inside))
        told = dict(sweep(parent, "nothing of ours"))
        assert told[dead[1]] == [inside]
        assert not os.path.exists(dead[0])
        assert os.path.isdir(living.folder), "it is locked"
    finally:
        os.kill(inside, signal.SIGKILL)
        os.waitpid(inside, 0)
        while not remove(dead[1]):
            pass
        living.close()
    assert not os.path.exists(living.folder)


def test_two_arbiters_of_one_process_have_groups_of_their_own(parent):
    first, second = (Cgroups(parent, bool, Descriptors()) for _ in range(2))
    assert first.folder != second.folder
    first.close()
    second.close()


@pytest.mark.parametrize(
    ("kind", "writable", "reason"),
    [
        ("threaded\n", True, "is no domain but 'threaded'"),
        ("domain\n", False, "cannot be written"),
        ("domain\n", True, "can be written"),
    ],
)
def test_where_groups_can_be_made_is_read_from_the_kernel(monkeypatch, kind, writable, reason):
    monkeypatch.setattr(cgroup, "own_group", lambda: "/groups/ours")
    monkeypatch.setattr(cgroup, "_read", lambda path: {"/groups/ours/cgroup.type": kind}[path])
    monkeypatch.setattr(cgroup.os, "access", lambda path, _: writable or "procs" not in path)
    path, why = folder()
    assert (path is not None, why) == (reason == "can be written", f"/groups/ours {reason}")


def test_without_version_2_there_is_no_folder(monkeypatch):
    monkeypatch.setattr(cgroup, "own_group", lambda: None)
    assert folder() == (None, "no cgroup v2 here")
