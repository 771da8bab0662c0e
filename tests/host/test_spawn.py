"""Launching: the three ways do the same for the same plan."""

import errno
import json
import os
import resource
import signal
import socket

import pytest

from circus.exc import LaunchError
from circus.host import fork, spawn
from circus.host.descriptors import Descriptors
from circus.host.spawn import Launcher
from circus.spec.launch import DEVNULL, INHERIT, LaunchPlan, Terms
from tests.helpers.kernel import Kernel
from tests.helpers.launching import python, reading, shell

WAYS = {
    "posix_spawn": {},
    "subprocess": {"cwd": "/"},
    "fork": {"rlimits": (("core", 0),)},
}
"""What, added to a plan, makes the launcher go each way."""


@pytest.fixture
def launcher():
    launcher = Launcher(Descriptors())
    yield launcher
    launcher.close()


@pytest.fixture(params=WAYS)
def way(request):
    return WAYS[request.param]


def is_inheritable(fd):
    try:
        return os.get_inheritable(fd)
    except OSError:
        return False


def fails(launcher, plan):
    """Return the error of a launch that fails, and hold that no child is left."""
    with pytest.raises(LaunchError) as caught:
        launcher.launch(plan)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    return caught.value


@pytest.mark.parametrize("name", WAYS)
def test_each_plan_goes_its_way(launcher, monkeypatch, name):
    taken = []
    for module, function, called in (
        (spawn, "_posix_spawn", "posix_spawn"),
        (spawn, "_subprocess", "subprocess"),
        (fork, "launch", "fork"),
    ):
        monkeypatch.setattr(module, function, lambda *_, called=called: taken.append(called))
    launcher.launch(shell("exit 0", **WAYS[name]))
    assert taken == [name]


@pytest.mark.parametrize(
    "more",
    [
        {"uid": 0},
        {"gid": 0},
        {"groups": ()},
        {"rlimits": (("core", 0),)},
        {"cwd": "/", "inherit": (3,)},
        {"terms": Terms(umask=0), "inherit": (3,)},
        {"terms": Terms(nice=0)},
        {"terms": Terms(umask=0, oom_score_adj=0)},
        {"terms": Terms(cpus=(0,))},
        {"terms": Terms(no_new_privs=True)},
        {"listen": (3,)},
    ],
)
def test_what_needs_a_prepared_child_is_forked(more):
    assert spawn.needs_fork(shell("exit 0", **more))


def test_a_umask_alone_goes_the_way_of_a_directory(launcher, monkeypatch, tmp_path):
    monkeypatch.setattr(fork, "launch", None)
    for more in ({}, {"cwd": str(tmp_path)}):
        with reading() as (part, text):
            pid = launcher.launch(shell("umask", terms=Terms(umask=0o27), **more, **part))
            assert text() == "0027\n"
            os.waitpid(pid, 0)


def test_our_own_umask_is_never_touched(launcher, monkeypatch):
    monkeypatch.setattr(os, "umask", None)
    os.waitpid(launcher.launch(shell("exit 0", terms=Terms(umask=0))), 0)


def test_the_child_gets_its_arguments_and_exactly_its_environment(launcher, way):
    code = "import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environ)]))"
    env = {"A": "1", "B": "caf\xe9 \udcff", "LC_CTYPE": "C.UTF-8"}
    with reading() as (part, text):
        pid = launcher.launch(python(code, "one two", "", env=env, **part, **way))
        said = json.loads(text())
        os.waitpid(pid, 0)
    assert said == [["one two", ""], env]


def test_the_child_leads_a_session(launcher, way):
    code = "import os; print(os.getsid(0) == os.getpgid(0) == os.getpid())"
    with reading() as (part, text):
        pid = launcher.launch(python(code, **part, **way))
        assert text() == "True\n"
        os.waitpid(pid, 0)


def test_the_program_is_found_through_the_path_of_its_own_environment(launcher, way, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    program = tmp_path / "full" / "the-program"
    program.write_text("#!/bin/sh\necho found\n")
    program.chmod(0o755)
    path = f"/nowhere:{tmp_path}/empty:{tmp_path}/full"
    with reading() as (part, text):
        pid = launcher.launch(LaunchPlan(argv=("the-program",), env={"PATH": path}, **part, **way))
        assert text() == "found\n"
        os.waitpid(pid, 0)


def test_without_a_path_the_program_is_looked_up_in_the_systems_folders(launcher, way, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with reading() as (part, text):
        pid = launcher.launch(LaunchPlan(argv=("echo", "found"), **part, **way))
        assert text() == "found\n"
        os.waitpid(pid, 0)


def test_a_program_that_may_not_be_run_does_not_hide_a_later_one(launcher, way, tmp_path):
    for folder, mode in (("first", 0o644), ("second", 0o755)):
        (tmp_path / folder).mkdir()
        program = tmp_path / folder / "p"
        program.write_text("#!/bin/sh\necho $0\n")
        program.chmod(mode)
    path = f"{tmp_path}/first:{tmp_path}/second"
    with reading() as (part, text):
        pid = launcher.launch(LaunchPlan(argv=("p",), env={"PATH": path}, **part, **way))
        assert text() == f"{tmp_path}/second/p\n"
        os.waitpid(pid, 0)


def test_the_executable_may_differ_from_the_name(launcher, way):
    plan = LaunchPlan(argv=("my-name", "-c", "echo $0"), executable="/bin/sh")
    with reading() as (part, text):
        pid = launcher.launch(LaunchPlan(plan.argv, executable=plan.executable, **part, **way))
        assert text() == "my-name\n"
        os.waitpid(pid, 0)


@pytest.mark.parametrize("name", ["no-such-program", "/no/such/program", "/etc/passwd/program"])
def test_a_program_that_is_missing_is_named(launcher, way, name):
    error = fails(launcher, LaunchPlan(argv=(name,), **way))
    assert (error.step, error.what) == ("exec", name)
    assert error.number in {errno.ENOENT, errno.ENOTDIR}
    assert str(error).startswith(f"cannot exec {name!r}: No")


def test_a_program_that_may_not_be_run_is_told(launcher, way, tmp_path):
    (tmp_path / "p").write_text("#!/bin/sh\n")
    plan = LaunchPlan(argv=("p",), env={"PATH": f"/nowhere:{tmp_path}:/nowhere"}, **way)
    error = fails(launcher, plan)
    assert (error.step, error.number, error.what) == ("exec", errno.EACCES, "p")


def test_a_folder_is_no_program(launcher, way):
    error = fails(launcher, LaunchPlan(argv=("/etc",), **way))
    assert (error.step, error.number) == ("exec", errno.EACCES)


def test_a_file_that_is_no_program_is_told(launcher, way, tmp_path):
    (tmp_path / "p").write_text("just text\n")
    (tmp_path / "p").chmod(0o755)
    error = fails(launcher, LaunchPlan(argv=(str(tmp_path / "p"),), **way))
    assert (error.step, error.number) == ("exec", errno.ENOEXEC)


@pytest.mark.parametrize(
    ("plan", "number"),
    [
        ({"argv": ()}, errno.EINVAL),
        ({"argv": ("",)}, errno.ENOENT),
        ({"argv": ("true", "a\0b")}, errno.EINVAL),
        ({"argv": ("true",), "env": {"A=B": "1"}}, errno.EINVAL),
        ({"argv": ("true",), "env": {"A": "\0"}}, errno.EINVAL),
    ],
)
def test_a_plan_that_cannot_be_said_to_the_kernel_is_refused(launcher, way, plan, number):
    error = fails(launcher, LaunchPlan(**plan, **way))
    assert (error.step, error.number) == ("exec", number)


@pytest.mark.parametrize("forked", [False, True])
def test_a_directory_that_cannot_be_entered_is_told_apart_from_the_program(launcher, forked):
    more = WAYS["fork"] if forked else {}
    error = fails(launcher, shell("exit 0", cwd="/no/such/place", **more))
    assert (error.step, error.number, error.what) == ("chdir", errno.ENOENT, "/no/such/place")
    assert str(error) == "cannot change directory to '/no/such/place': No such file or directory"
    error = fails(launcher, LaunchPlan(argv=("/etc",), cwd="/etc", **more))
    assert (error.step, error.number) == ("exec", errno.EACCES)
    error = fails(launcher, LaunchPlan(argv=("/etc",), cwd="/etc/passwd", **more))
    assert (error.step, error.number) == ("chdir", errno.ENOTDIR)


@pytest.mark.parametrize("forked", [False, True])
def test_the_child_starts_in_its_directory(launcher, tmp_path, forked):
    more = WAYS["fork"] if forked else {}
    with reading() as (part, text):
        pid = launcher.launch(shell("pwd", cwd=str(tmp_path), **part, **more))
        assert text() == f"{tmp_path}\n"
        os.waitpid(pid, 0)


def test_a_program_may_lie_in_the_new_directory(launcher, tmp_path):
    (tmp_path / "p").write_text("#!/bin/sh\necho here\n")
    (tmp_path / "p").chmod(0o755)
    with reading() as (part, text):
        pid = launcher.launch(LaunchPlan(argv=("./p",), cwd=str(tmp_path), **part))
        assert text() == "here\n"
        os.waitpid(pid, 0)


def test_stdin_is_the_null_device_unless_something_else_is_planned(launcher, way):
    code = "import os, sys; print(os.fstat(0).st_rdev == os.stat(os.devnull).st_rdev)"
    with reading() as (part, text):
        pid = launcher.launch(python(code, stderr=DEVNULL, **part, **way))
        assert text() == "True\n"
        os.waitpid(pid, 0)


def test_stdout_and_stderr_can_change_places(launcher, way, capfd):
    # the source of each is the target of the other
    pid = launcher.launch(shell("echo out; echo err >&2", stdout=2, stderr=1, **way))
    os.waitpid(pid, 0)
    assert capfd.readouterr() == ("err\n", "out\n")


def test_both_outputs_can_go_to_one_place(launcher, way, capfd):
    pid = launcher.launch(shell("echo out; echo err >&2", stdout=INHERIT, stderr=1, **way))
    os.waitpid(pid, 0)
    assert capfd.readouterr() == ("out\nerr\n", "")


def test_a_descriptor_planned_for_its_own_place_stays(launcher, way, capfd):
    pid = launcher.launch(shell("echo out", stdout=1, stderr=2, **way))
    os.waitpid(pid, 0)
    assert capfd.readouterr().out == "out\n"


def test_a_descriptor_that_is_closed_is_told(launcher, way):
    error = fails(launcher, shell("exit 0", stdout=987, **way))
    assert (error.step, error.number) == ("fds", errno.EBADF)


def test_sockets_are_inherited_under_their_own_numbers_and_nothing_else_is(launcher, way):
    code = "import os; print(sorted(map(int, os.listdir('/proc/self/fd'))))"
    with socket.socket() as one, socket.socket() as two, socket.socket() as other:
        inherit = (one.fileno(), two.fileno())
        with reading() as (part, text):
            pid = launcher.launch(python(code, inherit=inherit, **part, **way))
            open_there = json.loads(text())
            os.waitpid(pid, 0)
        assert {0, 1, 2, *inherit} <= {*open_there}
        # besides, what this test was given by its own parent, and the listing itself
        given = {fd for fd in open_there if fd > 2 and is_inheritable(fd)}
        assert len({*open_there} - {0, 1, 2, *inherit} - given) == 1
        assert other.fileno() not in open_there
        assert not one.get_inheritable()


def test_a_socket_can_be_stdin(launcher, way):
    ours, theirs = socket.socketpair()
    with ours, theirs, reading() as (part, text):
        ours.sendall(b"hello\n")
        ours.shutdown(socket.SHUT_WR)
        pid = launcher.launch(shell("cat", stdin=theirs.fileno(), **part, **way))
        assert text() == "hello\n"
        os.waitpid(pid, 0)


@pytest.mark.skipif(
    not hasattr(os, "POSIX_SPAWN_CLOSEFROM"),
    reason="this Python cannot close a range in posix_spawn",
)
def test_what_an_embedding_program_made_inheritable_is_closed_where_it_can_be(launcher):
    code = "import os; print(sorted(map(int, os.listdir('/proc/self/fd'))))"
    with socket.socket() as other, reading() as (part, text):
        other.set_inheritable(True)
        pid = launcher.launch(python(code, **part))
        assert other.fileno() not in json.loads(text())[:-1]
        os.waitpid(pid, 0)


def test_signals_that_python_ignores_are_as_usual_in_the_child(launcher, way):
    with reading() as (part, text):
        pid = launcher.launch(shell("grep -E 'Sig(Ign|Blk)' /proc/self/status", **part, **way))
        blocked, ignored = (int(line.split()[1], 16) for line in text().splitlines())
        os.waitpid(pid, 0)
    assert blocked == 0
    assert not [n for n in (signal.SIGPIPE, signal.SIGXFSZ) if ignored >> (n - 1) & 1]


def test_the_launch_of_a_directory_is_not_watched_by_subprocess(launcher, recwarn):
    pid = launcher.launch(shell("exit 3", cwd="/"))
    Launcher(Descriptors()).close()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
    assert not recwarn.list


def test_no_descriptor_is_left_over(launcher, way):
    before = {*os.listdir("/proc/self/fd")}
    pid = launcher.launch(shell("exit 0", stdout=2, stderr=1, **way))
    fails_later = LaunchPlan(argv=("no-such-program",), stdout=2, stderr=1, **way)
    os.waitpid(pid, 0)
    fails(launcher, fails_later)
    assert {*os.listdir("/proc/self/fd")} == before


@pytest.mark.parametrize(
    ("number", "step"), [(errno.EAGAIN, "fork"), (errno.ENOMEM, "fork"), (errno.EMFILE, "fds")]
)
def test_a_machine_without_room_is_not_a_missing_program(launcher, monkeypatch, number, step):
    kernel = Kernel(
        ("stat", ("/bin/sh",), None), ("posix_spawn", None, OSError(number, os.strerror(number)))
    )
    with monkeypatch.context() as patch:
        patch.setattr(spawn, "os", kernel)
        error = fails_here(launcher, shell("exit 0"))
    assert (error.step, error.number) == (step, number)
    kernel.done()


def fails_here(launcher, plan):
    """Return the error of a launch while the kernel is played."""
    with pytest.raises(LaunchError) as caught:
        launcher.launch(plan)
    return caught.value


def test_the_child_is_given_the_old_limit_of_descriptors(way):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    low = 512
    resource.setrlimit(resource.RLIMIT_NOFILE, (low, hard))
    descriptors = Descriptors(raise_to=1000)
    launcher = Launcher(descriptors)
    try:
        with reading() as (part, text):
            pid = launcher.launch(shell("ulimit -n", **part, **way))
            assert text() == f"{low}\n"
            os.waitpid(pid, 0)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > low
    finally:
        launcher.close()
        descriptors.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_limit_is_raised_again_after_a_launch_that_failed(way):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    descriptors = Descriptors(raise_to=1000)
    launcher = Launcher(descriptors)
    try:
        fails(launcher, LaunchPlan(argv=("no-such-program",), **way))
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 512
    finally:
        launcher.close()
        descriptors.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_child_that_is_signalled_at_once_dies_of_it(launcher, way):
    pid = launcher.launch(python("input()", **way))
    os.kill(pid, signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGTERM
