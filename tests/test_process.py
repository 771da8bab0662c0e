from __future__ import annotations

import os
import signal

import pytest

from circus import process as module
from circus.exc import LaunchError
from circus.process import DEAD_OR_ZOMBIE, RUNNING, UNEXISTING, Process
from tests.helpers.floor import Talk, alive, play, until_zombie
from tests.helpers.floor import sh as shells
from tests.helpers.launching import PATIENCE, readable


@pytest.fixture
def make():
    """Return a maker of lone processes, which are killed and waited for at the end."""
    made = []

    def make(cmd, args=None, **options):
        made.append(Process("lone", 1, cmd, args, **options))
        return made[-1]

    yield make
    for process in made:
        if process.pid and process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)
        process.close_output_channels()


def sh(make, text, **options):
    return make("/bin/sh", ["-c", text], **options)


def test_a_process_made_by_hand_runs_at_once(make):
    process = make("sleep 600")
    assert process.pid > 0
    assert process.is_alive()
    assert process.status == RUNNING
    assert process.poll() is None
    assert process.returncode() is None


def test_wait_returns_how_it_ended(make):
    process = sh(make, "exit 3")
    assert process.wait(PATIENCE) == 3
    assert process.returncode() == 3
    assert process.status == UNEXISTING


def test_wait_gives_up_after_its_time(make):
    assert make("sleep 600").wait(0) is None


def test_a_process_is_a_zombie_until_somebody_asks_how_it_ended(make):
    process = sh(make, "exit 3")
    until_zombie(process.pid)
    with open(f"/proc/{process.pid}/stat") as stat:
        assert stat.read().split()[2] == "Z"
    assert process.poll() == 3


def test_a_process_of_a_watcher_that_has_ended_is_dead_until_its_watcher_hears_of_it():
    async def scene(floor):
        web = floor.watcher(cmd="sleep 600")
        await web.start()
        (process,) = web.processes.values()
        process.send_signal(signal.SIGKILL)
        until_zombie(process.pid)
        assert process.status == DEAD_OR_ZOMBIE
        assert web.get_active_pids() == []
        await floor.ears.until("reap")
        assert (process.status, process.returncode()) == (UNEXISTING, -9)

    play(scene)


def test_its_output_is_read_from_its_pipes(make):
    process = sh(make, "echo tea; echo coffee >&2")
    assert process.stdout.read() == b"tea\n"
    assert process.stderr.read() == b"coffee\n"


@pytest.mark.parametrize("how", [{"pipe_stdout": False}, {"close_child_stdout": True}])
def test_an_output_that_is_not_wanted_has_no_pipe(make, how):
    process = sh(make, "exit 0", **how)
    assert process.stdout is None
    assert process.stderr is not None


@pytest.mark.parametrize(("close", "target"), [(True, "/dev/null"), (False, None)])
def test_its_stdin_is_dev_null_unless_it_keeps_ours(make, close, target):
    process = sh(make, "readlink /proc/$$/fd/0", close_child_stdin=close)
    expected = target or os.readlink("/proc/self/fd/0")
    assert process.stdout.read().decode().strip() == expected


def test_it_gets_the_environment_and_the_directory_that_were_asked_for(make, tmp_path):
    process = sh(make, "echo $TEA; pwd", env={"TEA": "hot"}, working_dir=str(tmp_path))
    assert process.stdout.read().decode().split() == ["hot", str(tmp_path)]


def test_it_gets_the_limits_that_were_asked_for(make):
    process = sh(make, "ulimit -n", rlimits={"nofile": 77})
    assert process.stdout.read() == b"77\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cmd": "no-such-program"}, "cannot exec 'no-such-program': No such file"),
        ({"cmd": "true", "working_dir": "/no/such"}, "cannot change directory to '/no/such'"),
    ],
)
def test_a_process_that_cannot_be_launched_says_which_step_failed(make, options, message):
    before = {*os.listdir("/proc/self/fd")}
    with pytest.raises(LaunchError, match=message):
        make(**options)
    assert {*os.listdir("/proc/self/fd")} == before


def test_a_process_of_an_unknown_user_is_refused_and_nothing_is_left(make):
    before = {*os.listdir("/proc/self/fd")}
    with pytest.raises(ValueError, match="cannot find the user 'nobody-we-know'"):
        make("true", uid="nobody-we-know")
    assert {*os.listdir("/proc/self/fd")} == before


def test_it_is_made_now_and_spawned_later(make):
    process = make("sleep 600", spawn=False)
    assert process.pid == 0
    with pytest.raises(ProcessLookupError, match="was not spawned"):
        process.send_signal(15)
    process.spawn()
    assert process.is_alive()


def test_nothing_is_left_of_a_process_that_was_waited_for():
    before = {*os.listdir("/proc/self/fd")}
    process = Process("lone", 1, "true")
    process.wait(PATIENCE)
    process.stop()
    assert {*os.listdir("/proc/self/fd")} == before


def test_stop_ends_it_and_closes_its_pipes(make):
    process = make("sleep 600")
    process.stop()
    assert process.wait(PATIENCE) == -15
    assert process.stdout.closed
    assert process.stderr.closed


def test_a_signal_to_a_process_that_is_gone_reaches_nobody(make):
    process = make("true")
    process.wait(PATIENCE)
    assert process.send_signal(15) is False


@pytest.fixture
def family(make):
    """Return a process and its child."""
    process = sh(make, "sleep 600 >&- 2>&- & echo $!; wait; echo over")
    assert readable(process.stdout.fileno())
    return process, int(process.stdout.read(100))


def test_it_knows_its_children(family):
    process, child = family
    assert process.children() == [child]
    assert process.children(recursive=True) == [child]
    assert process.is_child(child)
    assert not process.is_child(os.getpid())


def test_its_child_is_signalled(family):
    process, child = family
    process.send_signal_child(child, signal.SIGKILL)
    assert process.stdout.read() == b"over\n"


def test_its_children_are_signalled_and_named(family):
    process, child = family
    assert process.send_signal_children(signal.SIGKILL) == [child]
    assert process.stdout.read() == b"over\n"


def test_a_stranger_is_not_its_child_to_signal(family):
    process, _ = family
    with pytest.raises(ProcessLookupError, match=f"{os.getpid()} is not a child"):
        process.send_signal_child(os.getpid(), 0)


def test_its_facts_are_those_of_the_process_table_and_our_own(make):
    process = make("sleep 600")
    while (info := process.info())["cmdline"] == "N/A":  # the kernel is laying the words out
        os.sched_yield()
    assert info["pid"] == process.pid
    assert info["cmdline"] == "sleep"
    assert (info["wid"], info["started"]) == (1, process.started)
    assert 0 <= info["age"] <= process.age()


def test_the_facts_of_a_process_that_is_gone_say_so(make):
    process = make("true")
    process.wait(PATIENCE)
    assert process.info() == "No such process (stopped?)"


def test_its_command_line_has_its_variables_filled_in(make):
    process = make(
        "run $(circus.wid)", "--fd ((circus.sockets.web)) $(circus.env.tea)",
        env={"TEA": "hot pot"}, spawn=False,
    )  # fmt: skip
    assert process.format_args({"web": 7}) == ["run", "1", "--fd", "7", "hot pot"]


def test_processes_are_in_the_order_of_their_start():
    one, two = (Process("lone", wid, "true", spawn=False) for wid in (1, 2))
    one.started, two.started = 2.0, 1.0
    assert sorted([one, two]) == [two, one]
    assert one != two


def test_a_process_introduces_itself():
    process = Process("lone", 4, "true", spawn=False)
    assert repr(process) == "<circus.Process name=lone wid=4 pid=0>"
    names = ("RUNNING", "DEAD_OR_ZOMBIE", "UNEXISTING", "OTHER")
    assert [getattr(module, name) for name in names] == [0, 1, 2, 3]


def test_children_of_a_process_are_signalled_through_their_watcher():
    async def scene(floor):
        talk = Talk()
        said = shells("sleep 600 & echo $!; wait; sleep 600 & echo $!; wait; exec sleep 600")
        web = floor.watcher(**said, stdout_stream={"stream": talk})
        await web.start()
        (pid,) = web.processes
        (one,) = map(int, await talk.until())
        with pytest.raises(ProcessLookupError):
            web.send_signal_child(pid, os.getpid(), signal.SIGTERM)
        web.send_signal_child(pid, one, signal.SIGTERM)
        other = int((await talk.until(2))[1])
        web.send_signal_children(pid, signal.SIGTERM, recursive=True)
        await web.stop()
        assert not alive(other)

    play(scene)
