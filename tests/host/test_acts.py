"""What a child does before it is the program: in which order, and what it says when it cannot."""

import errno
import os
import socket

import pytest

from circus.exc import STEPS, LaunchError
from circus.host import acts
from circus.host.descriptors import Descriptors
from circus.host.spawn import Launcher
from circus.spec.launch import Terms
from tests.helpers.kernel import Kernel
from tests.helpers.launching import output_of, python, shell

STATUS = "grep -E '^{}:' /proc/self/status"
AUTOGROUP = pytest.mark.skipif(
    not os.path.exists(acts.AUTOGROUP), reason="this kernel schedules no sessions as one"
)


@pytest.fixture
def launcher():
    launcher = Launcher(Descriptors())
    yield launcher
    launcher.close()


def said(launcher, text, **terms):
    """Launch a shell on these terms and return what it wrote."""
    return output_of(launcher, lambda **part: shell(text, terms=Terms(**terms), **part))


def fails(launcher, **terms):
    with pytest.raises(LaunchError) as caught:
        launcher.launch(shell("exit 0", terms=Terms(**terms)))
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    return caught.value


def todo(listen=(), **more):
    return acts.acts(shell("x", **more), "/bin/sh", ["/bin/sh"], [7, 8, -1], listen)


def test_the_order_is_descriptors_session_standing_identity_directory_privileges_program():
    terms = Terms(0o22, 1, 2, (0,), no_new_privs=True)
    found = todo((9, 10), cwd="/", uid=1, gid=2, groups=(3,), rlimits=(("core", 0),), terms=terms)
    steps = [act.step for act in found]
    assert steps == [
        *["fds"] * 4, "session", "oom", "nice", "limits", "nice", "cpus", "ids", "ids", "ids",
        "umask", "chdir", "privileges", "exec",
    ]  # fmt: skip
    assert [act.about for act in found if act.step == "ids"] == ["group 2", "groups 3", "user 1"]
    assert [act.arguments for act in found[:4]] == [(7, 0), (8, 1), (9, 3), (10, 4)]
    assert {*steps} <= STEPS.keys()


def test_sockets_keep_their_numbers_or_get_the_first_ones():
    inherited = [act.arguments for act in todo(inherit=(9, 12)) if act.step == "fds"]
    assert inherited[2:] == [(9, True), (12, True)]


def test_the_niceness_is_what_is_asked_for_and_no_step_from_ours(launcher):
    wanted = min(19, os.nice(0) + 3)
    assert said(launcher, "nice", nice=wanted) == f"{wanted}\n"


@AUTOGROUP
def test_where_sessions_are_scheduled_as_one_the_session_is_as_nice_as_its_leader(launcher):
    wanted = min(19, os.nice(0) + 3)
    words = said(launcher, f"cat {acts.AUTOGROUP}", nice=wanted).split()
    if os.geteuid() != 0 and int(words[2]) != wanted:
        pytest.skip("the kernel lets an ordinary user do this ten times in a second")
    assert words[1:] == ["nice", str(wanted)]


def test_a_kernel_that_schedules_no_sessions_as_one_is_fine(launcher, monkeypatch):
    monkeypatch.setattr(acts, "AUTOGROUP", "/no/such/file")
    wanted = min(19, os.nice(0) + 3)
    assert said(launcher, "nice", nice=wanted) == f"{wanted}\n"


def test_who_is_killed_sooner_when_memory_runs_out(launcher):
    with open(acts.OOM_SCORE_ADJ) as file:
        wanted = min(1000, int(file.read()) + 100)
    text = f"cat {acts.OOM_SCORE_ADJ}"
    assert said(launcher, text, oom_score_adj=wanted) == f"{wanted}\n"


def test_a_score_is_written_before_a_limit_forbids_to_open_the_file(launcher):
    # 4 are enough for the shell, but not for us: our own descriptors are still open in the child
    terms = Terms(oom_score_adj=1000, nice=os.nice(0))
    plan = shell("exit 0", terms=terms, rlimits=(("nofile", 4),))
    assert os.waitpid(launcher.launch(plan), 0)[1] == 0


def test_the_cpus_are_the_only_ones_to_run_on(launcher):
    cpu = max(os.sched_getaffinity(0))
    words = said(launcher, STATUS.format("Cpus_allowed_list"), cpus=(cpu,)).split()
    assert words == ["Cpus_allowed_list:", str(cpu)]


def test_cpus_that_the_machine_does_not_have_are_an_error_if_there_is_no_other(launcher):
    error = fails(launcher, cpus=(8000, 8001))
    assert (error.step, error.number) == ("cpus", errno.EINVAL)
    assert str(error) == "cannot bind to the CPUs '8000,8001': Invalid argument"


def test_no_new_privileges_are_gained(launcher):
    assert said(launcher, STATUS.format("NoNewPrivs"), no_new_privs=True).split()[1] == "1"
    assert said(launcher, STATUS.format("NoNewPrivs"), nice=os.nice(0)).split()[1] == "0"


def test_the_umask_goes_with_everything_else(launcher):
    assert said(launcher, "umask", umask=0o27, nice=os.nice(0)) == "0027\n"


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        ({"nice": -5}, "cannot set the niceness '-5': Permission denied"),
        ({"oom_score_adj": -900}, "cannot set the oom_score_adj '-900': Permission denied"),
    ],
)
def test_a_right_that_is_missing_is_told_with_its_step(launcher, terms, text):
    # a forked nobody without privileges tries, and sends what it was told
    listen, tell = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setresgid(65534, 65534, 65534)
                os.setresuid(65534, 65534, 65534)
            Launcher(Descriptors()).launch(shell("exit 0", terms=Terms(**terms)))
        except LaunchError as error:
            os.write(tell, str(error).encode())
        finally:
            os._exit(0)
    os.close(tell)
    with os.fdopen(listen) as stream:
        assert stream.read() == text
    os.waitpid(pid, 0)


def test_a_system_without_such_a_thing_says_so(monkeypatch):
    with monkeypatch.context() as patch:
        patch.delattr(os, "sched_setaffinity")
        with pytest.raises(LaunchError, match="cannot bind to the CPUs '1': Function not"):
            todo(terms=Terms(cpus=(1,)))
    with monkeypatch.context() as patch:
        patch.setattr(acts.sys, "platform", "freebsd14")
        with pytest.raises(LaunchError, match="cannot give up new privileges: Function not"):
            todo(terms=Terms(no_new_privs=True))


def test_who_listens_is_told_its_own_pid(launcher):
    code = "import os; print(os.environ['LISTEN_PID'] == str(os.getpid()))"
    with socket.socket() as one:
        listen = (one.fileno(),)
        assert output_of(launcher, lambda **part: python(code, listen=listen, **part)) == "True\n"


def test_without_three_ids_at_once_a_part_of_them_is_not_enough(monkeypatch):
    monkeypatch.setattr(acts, "_THREE_IDS", False)
    kernel = Kernel(("setuid", (5,), None), ("getuid", (), 5), ("geteuid", (), 0))
    with monkeypatch.context() as patch:
        patch.setattr(acts, "os", kernel)
        with pytest.raises(PermissionError):
            acts._take_user(5)
    kernel.done()
    kernel = Kernel(("setgid", (5,), None), ("getgid", (), 5), ("getegid", (), 5))
    with monkeypatch.context() as patch:
        patch.setattr(acts, "os", kernel)
        acts._take_group(5)
    kernel.done()
