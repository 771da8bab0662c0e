"""The contract of ports.py, held by every implementation."""

import contextlib
import os
import resource
import signal
import subprocess
import sys

import pytest

from circus.exc import LaunchError
from tests.helpers.daemon import gone
from tests.helpers.launching import (
    KINDS,
    PATIENCE,
    SLEEPER,
    Host,
    bystander,
    python,
    readable,
    shell,
)


@pytest.fixture(params=["baseline", *KINDS])
def host(request):
    host = Host(request.param)
    yield host
    host.close()


def say_up(host, text, before=":"):
    """Launch a shell that runs *before*, says that it is up and runs *text*; return its pid."""
    listen, tell = os.pipe()
    pid = host.spawn(shell(f"{before}; echo $$; exec >&-; {text}", stdout=tell))
    os.close(tell)
    with os.fdopen(listen) as stream:
        assert stream.read() == f"{pid}\n"
    return pid


def leave_behind(host, text, before=":"):
    """Launch a shell that leaves a process behind, and reap it; return its pid and the other's."""
    listen, tell = os.pipe()
    pid = host.spawn(shell(f"({before}; echo up; exec >&-; {text}) & echo $!", stdout=tell))
    os.close(tell)
    with os.fdopen(listen) as stream:
        other = int(min(stream.read().split()))  # the other line is "up"
    host.until_ended(pid)
    host.children.reap(pid)
    return pid, other


def test_an_exit_status_is_told_as_it_is(host):
    pid = host.spawn(shell("exit 7"))
    host.until_ended(pid)
    assert host.children.reap(pid) == 7


def test_a_death_by_signal_is_told_as_a_negative_number(host):
    pid = host.spawn(shell("kill -KILL $$"))
    host.until_ended(pid)
    assert host.children.reap(pid) == -signal.SIGKILL


def test_a_death_with_a_core_dump_is_a_death_by_signal(host):
    pid = host.spawn(shell("kill -QUIT $$", rlimits=(("core", 0),)))
    host.until_ended(pid)
    assert host.children.reap(pid) == -signal.SIGQUIT


def test_an_ended_child_is_listed_until_it_is_reaped(host):
    pid = host.spawn(shell("exit 0"))
    host.until_ended(pid)
    assert host.children.ended() == [pid]
    host.children.reap(pid)
    assert host.children.ended() == []


def test_the_descriptor_is_quiet_about_an_end_that_was_told(host):
    pid = host.spawn(shell("exit 0"))
    host.until_ended(pid)
    assert not readable(host.children.fileno(), 0)


def test_the_descriptor_tells_of_a_second_end_while_the_first_is_held(host):
    first = host.spawn(shell("exit 0"))
    host.until_ended(first)
    second = say_up(host, SLEEPER)
    assert host.children.signal(second, signal.SIGKILL)
    assert readable(host.children.fileno())
    assert sorted(host.until_ended(second)) == sorted([first, second])


def test_many_ends_at_once_are_all_told(host):
    pids = [host.spawn(shell("exit 3")) for _ in range(20)]
    host.until_ended(*pids)
    assert {host.children.reap(pid) for pid in pids} == {3}


def test_a_running_child_is_not_reaped(host):
    pid = say_up(host, SLEEPER)
    with pytest.raises(BlockingIOError):
        host.children.reap(pid)
    assert host.children.owns(pid)


def test_a_reaped_child_is_not_ours(host):
    pid = host.spawn(shell("exit 0"))
    host.until_ended(pid)
    host.children.reap(pid)
    assert not host.children.owns(pid)
    assert not host.children.signal(pid, 0)
    with pytest.raises(ChildProcessError):
        host.children.reap(pid)


def test_a_strangers_child_is_left_alone(host):
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE
    ) as other:
        assert not host.children.owns(other.pid)
        assert not host.children.signal(other.pid, signal.SIGKILL)
        with pytest.raises(ChildProcessError):
            host.children.reap(other.pid)
        other.communicate(b"\n", timeout=PATIENCE)
        assert host.children.ended() == []
    assert other.returncode == 0


def test_a_status_that_somebody_else_took_is_lost_but_the_end_is_told(host):
    pid = say_up(host, SLEEPER)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    host.until_ended(pid)
    assert not host.children.signal(pid, signal.SIGTERM)
    with pytest.raises(ChildProcessError):
        host.children.reap(pid)
    assert not host.children.owns(pid)


def test_a_signal_reaches_its_child_and_no_other(host):
    one, two = say_up(host, SLEEPER), say_up(host, SLEEPER)
    assert host.children.signal(one, signal.SIGTERM)
    host.until_ended(one)
    assert host.children.reap(one) == -signal.SIGTERM
    assert host.children.ended() == []
    assert host.children.signal(two, 0)


def test_a_signal_to_a_zombie_is_no_error(host):
    pid = host.spawn(shell("exit 0"))
    host.until_ended(pid)
    assert host.children.signal(pid, signal.SIGTERM)


def test_an_impossible_signal_is_refused(host):
    pid = say_up(host, SLEEPER)
    with pytest.raises(OSError, match="Invalid argument"):
        host.children.signal(pid, 999)


def test_a_child_leads_a_session_of_its_own(host):
    pid = say_up(host, SLEEPER)
    assert os.getsid(pid) == os.getpgid(pid) == pid


def test_a_failed_launch_leaves_nothing_to_wait_for(host):
    with pytest.raises(LaunchError):
        host.spawn(shell("exit 0", cwd="/nowhere/at/all"))
    assert host.children.ended() == []


def test_close_gives_back_every_descriptor_and_lets_children_run(host):
    before = {*os.listdir("/proc/self/fd")}
    again = Host(host.kind)
    pid = say_up(again, SLEEPER)
    again.reach.close()
    again.children.close()
    assert {*os.listdir("/proc/self/fd")} == before
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def test_a_session_with_only_its_leader_has_no_members(host):
    pid = say_up(host, SLEEPER)
    assert host.reach.members([pid]) == {pid: []}


def test_the_members_of_living_leaders_are_found_in_one_pass(host):
    one, two = (say_up(host, SLEEPER, before="sleep 600 >&- & true") for _ in range(2))
    members = host.reach.members([one, two])
    assert [len(members[sid]) for sid in (one, two)] == [1, 1]
    assert all(os.getsid(pid) == sid for sid, pids in members.items() for pid in pids)


def test_nobody_answers_when_nothing_was_left_behind(host):
    pid = host.spawn(shell("exit 0"))
    host.until_ended(pid)
    host.children.reap(pid)
    assert not host.reach.answers(pid)
    assert not host.reach.watch(pid)


def test_what_a_child_left_behind_answers_and_is_found(host):
    sid, other = leave_behind(host, SLEEPER)
    assert host.reach.answers(sid)
    assert host.reach.members([sid]) == {sid: [other]}


def test_the_whole_session_can_be_killed_and_its_end_is_told_once(host):
    sid, other = leave_behind(host, SLEEPER)
    assert host.reach.watch(sid)
    assert host.reach.gone() == []
    assert host.reach.signal(sid, [other], signal.SIGKILL) == 1
    host.until_gone(sid)
    assert host.reach.gone() == []
    assert host.reach.members([sid]) == {sid: []}


def test_a_member_that_joined_later_is_waited_for_too(host):
    # the watched process ends when it is told to, and leaves another one of the same session
    sid, first = leave_behind(host, "while :; do wait; done", before="trap 'sleep 600 & exit' TERM")
    host.reach.watch(sid)
    host.reach.signal(sid, [first], signal.SIGTERM)
    assert gone([first])
    assert host.reach.gone() == []
    host.reach.signal(sid, host.reach.members([sid])[sid], signal.SIGKILL)
    host.until_gone(sid)


def test_a_session_that_is_forgotten_is_not_told(host):
    sid, other = leave_behind(host, SLEEPER)
    host.reach.watch(sid)
    host.reach.forget(sid)
    host.reach.forget(sid)
    host.reach.signal(sid, [other], signal.SIGKILL)
    assert host.reach.gone() == []


def test_a_process_of_another_session_is_not_signalled(host):
    one, two = say_up(host, SLEEPER), say_up(host, SLEEPER)
    with bystander() as other:
        assert host.reach.signal(one, [two, other], signal.SIGTERM) == 0
    assert host.children.signal(two, 0)
    assert host.children.ended() == []


def test_a_process_that_is_gone_is_not_reached(host):
    pid = host.spawn(shell("exit 0"))
    host.until_ended(pid)
    host.children.reap(pid)
    assert host.reach.signal(pid, [pid], signal.SIGKILL) == 0


def test_a_zombie_is_no_member(host):
    # the shell does not wait for its child, which is a zombie as soon as its pipe is closed
    listen, tell = os.pipe()
    code = (
        "import os, sys\n"
        "pid = os.fork()\n"
        "if not pid: os._exit(0)\n"
        "os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)\n"
        "print(pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    hold, keep = os.pipe()
    sid = host.spawn(python(code, stdin=hold, stdout=tell))
    os.close(tell)
    os.close(hold)
    with os.fdopen(listen) as stream:
        zombie = int(stream.readline())
    assert os.getsid(zombie) == sid
    assert host.reach.members([sid]) == {sid: []}
    os.close(keep)
    host.until_ended(sid)


def test_a_number_that_a_stranger_got_means_that_nobody_is_left(host):
    # a session whose leader lives and is no child of ours: in a namespace of processes the
    # tests' own session may have no number, so that one is made, by a grandchild
    code = (
        "import os, sys\n"
        "if os.fork(): os._exit(0)\n"
        "os.setsid()\n"
        "print(os.getpid(), flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        sid = int(parent.stdout.readline())
        assert os.getsid(sid) == sid
        assert host.reach.members([sid]) == {sid: []}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can launch as somebody else")
def test_children_of_another_user_are_ours_all_the_same(host):
    pid = host.spawn(shell("exit 4", uid=65534, gid=65534, groups=()))
    host.until_ended(pid)
    assert host.children.reap(pid) == 4


def test_children_outlive_a_lack_of_descriptors(host):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    try:
        with contextlib.suppress(OSError):
            while True:
                taken.append(os.dup(0))
        if host.reach.fileno() is not None:
            with pytest.raises(LaunchError, match="cannot arrange the descriptors"):
                host.spawn(shell(SLEEPER))
        for fd in taken[:8]:
            os.close(fd)
        del taken[:8]
        pid = host.spawn(shell("exit 5"))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for fd in taken:
            os.close(fd)
    host.until_ended(pid)
    assert host.children.reap(pid) == 5
