"""The full launch: limits and identities, or nothing."""

import errno
import os
import resource
import signal
import socket
import threading

import pytest

from circus.exc import LaunchError
from circus.host import fork
from circus.host.descriptors import Descriptors
from circus.host.spawn import Launcher
from circus.spec.launch import LaunchPlan
from tests.helpers.kernel import Kernel
from tests.helpers.launching import output_of, python, shell

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can launch as somebody else")
WHO = "grep -E '^(Uid|Gid|Groups)' /proc/self/status"
NOBODY = 65534


@pytest.fixture
def launcher():
    launcher = Launcher(Descriptors())
    yield launcher
    launcher.close()


def said(launcher, plan_of, text, **more):
    """Launch, and return what the child wrote."""
    return output_of(launcher, lambda **part: plan_of(text, **part), **more)


def fails(launcher, plan):
    with pytest.raises(LaunchError) as caught:
        launcher.launch(plan)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    return caught.value


def test_a_limit_is_soft_and_hard(launcher):
    text = "ulimit -Sn; ulimit -Hn; ulimit -Sc; ulimit -Hc"
    limits = (("nofile", 99), ("core", 0))
    assert said(launcher, shell, text, rlimits=limits).split() == ["99", "99", "0", "0"]


def test_infinity_is_unlimited(launcher):
    if resource.getrlimit(resource.RLIMIT_CORE)[1] != resource.RLIM_INFINITY and os.geteuid():
        pytest.skip("only root can raise a hard limit")
    assert said(launcher, shell, "ulimit -Hc", rlimits=(("core", None),)) == "unlimited\n"


def test_no_infinity_of_descriptors_means_the_hard_limit_that_there_is(launcher):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    text = "ulimit -Sn; ulimit -Hn"
    assert said(launcher, shell, text, rlimits=(("nofile", None),)).split() == [str(hard)] * 2


def test_a_limit_that_does_not_exist_is_named(launcher):
    error = fails(launcher, shell("exit 0", rlimits=(("core", 0), ("nosuch", 1))))
    assert (error.step, error.number, error.what) == ("limits", errno.EINVAL, "nosuch")
    assert str(error) == "cannot set the limit 'nosuch': Invalid argument"


def test_a_limit_that_cannot_be_set_is_named(launcher):
    # more descriptors than the kernel has for anybody
    error = fails(launcher, shell("exit 0", rlimits=(("core", 0), ("nofile", 2**40))))
    assert (error.step, error.number, error.what) == ("limits", errno.EPERM, "nofile")


def test_a_limit_that_no_number_of_the_kernel_holds_is_refused(launcher):
    error = fails(launcher, shell("exit 0", rlimits=(("core", 2**70),)))
    assert (error.step, error.what) == ("limits", "core")


@ROOT
def test_an_identity_is_taken_whole(launcher):
    more = {"uid": NOBODY, "gid": 12, "groups": (12, 34)}
    lines = [line.split()[1:] for line in said(launcher, shell, WHO, **more).splitlines()]
    assert lines == [[str(NOBODY)] * 4, ["12"] * 4, ["12", "34"]]


@ROOT
def test_no_groups_at_all_is_an_identity_too(launcher):
    lines = [
        line.split()[1:] for line in said(launcher, shell, WHO, gid=12, groups=()).splitlines()
    ]
    assert lines[1:] == [["12"] * 4, []]


@ROOT
def test_limits_are_set_while_they_may_be_raised(launcher):
    # as nobody, the hard limit could not be raised any more
    more = {"uid": NOBODY, "gid": NOBODY, "groups": (), "rlimits": (("core", None),)}
    assert said(launcher, shell, "ulimit -Hc; id -u", **more).split() == ["unlimited", str(NOBODY)]


@ROOT
def test_the_directory_may_be_one_that_only_the_user_can_enter(launcher, tmp_path):
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    os.chown(place, NOBODY, NOBODY)
    folder = tmp_path
    while folder != folder.parent:
        folder.chmod(folder.stat().st_mode | 0o011)
        folder = folder.parent
    more = {"uid": NOBODY, "gid": NOBODY, "groups": (), "cwd": str(place)}
    assert said(launcher, shell, "pwd", **more) == f"{place}\n"


@ROOT
def test_the_directory_is_entered_as_the_user(launcher, tmp_path):
    place = tmp_path / "roots"
    place.mkdir(mode=0o700)
    more = {"uid": NOBODY, "gid": NOBODY, "groups": (), "cwd": str(place)}
    error = fails(launcher, shell("exit 0", **more))
    assert (error.step, error.number, error.what) == ("chdir", errno.EACCES, str(place))


@ROOT
@pytest.mark.parametrize(
    ("wanted", "what"),
    [
        ({"uid": 0}, "user 0"),
        ({"gid": 0}, "group 0"),
        ({"groups": (0,)}, "groups 0"),
        ({"uid": 1, "gid": NOBODY, "groups": ()}, "user 1"),
    ],
)
def test_a_launcher_that_may_not_change_its_identity_fails_closed(wanted, what):
    # a forked nobody tries, and says through its exit status whether it was refused rightly
    pid = os.fork()
    if not pid:
        code = 1
        try:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            Launcher(Descriptors()).launch(shell("exit 0", **wanted))
        except LaunchError as error:
            code = 0 if (error.step, error.number, error.what) == ("ids", errno.EPERM, what) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_ones_own_identity_can_always_be_taken(launcher):
    more = {"uid": os.getuid(), "gid": os.getgid(), "groups": tuple(os.getgroups())}
    assert said(launcher, shell, "id -u", **more) == f"{os.getuid()}\n"


def test_a_handler_of_ours_does_not_run_in_the_child(launcher):
    ran = []
    old = signal.signal(signal.SIGUSR1, lambda *_: ran.append(os.getpid()))
    try:
        # the signal is pending in the child alone: it is blocked there until the handler is gone
        pid = launcher.launch(python("input()", rlimits=(("core", 0),)))
        os.kill(pid, signal.SIGUSR1)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGUSR1
        assert ran == []
        os.kill(os.getpid(), signal.SIGUSR1)
        assert ran == [os.getpid()]
    finally:
        signal.signal(signal.SIGUSR1, old)


def test_the_signals_of_the_parent_are_as_they_were(launcher):
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    os.waitpid(launcher.launch(shell("exit 0", rlimits=(("core", 0),))), 0)
    fails(launcher, LaunchPlan(argv=("no-such",), rlimits=(("core", 0),)))
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before


def test_a_launch_beside_a_thread_works(launcher):
    go = threading.Event()
    thread = threading.Thread(target=go.wait)
    thread.start()
    try:
        assert said(launcher, shell, "echo up", rlimits=(("core", 0),)) == "up\n"
    finally:
        go.set()
        thread.join()


def test_a_fork_that_is_refused_is_told(monkeypatch):
    kernel = Kernel(("fork", (), OSError(errno.EAGAIN, "")))
    with monkeypatch.context() as patch:
        patch.setattr(fork, "os", kernel)
        with pytest.raises(LaunchError) as caught:
            fork._fork([], 0)
    assert (caught.value.step, caught.value.number) == ("fork", errno.EAGAIN)
    kernel.done()


# --- sockets at 3, 4 and so on --------------------------------------------------------------------

LISTED = "import os; print(*[os.readlink(f'/proc/self/fd/{n}') for n in range(3, 3 + COUNT)])"


def inode(fd):
    return os.readlink(f"/proc/self/fd/{fd}")


@pytest.fixture
def sockets():
    """Four sockets, known to /proc by what they are."""
    made = [socket.socket() for _ in range(4)]
    yield [one.fileno() for one in made]
    for one in made:
        one.close()


def handed(launcher, *fds, **more):
    """Launch with sockets at 3, 4 and so on, and return what the child has there."""
    code = LISTED.replace("COUNT", str(len(fds)))
    return said(launcher, python, code, listen=fds, **more).split()


def test_sockets_are_handed_over_in_their_order_from_3_on(launcher, sockets):
    wanted = [inode(fd) for fd in sockets]
    assert handed(launcher, *sockets) == wanted
    assert handed(launcher, *reversed(sockets)) == wanted[::-1]
    assert handed(launcher, sockets[0], sockets[0]) == [wanted[0]] * 2


def test_a_socket_that_already_has_the_number_of_another_is_not_lost(launcher, sockets):
    # whatever stands at 3, 4 and 5 is kept, and put back at the end of the test
    kept = {n: os.dup(n) for n in (3, 4, 5) if n in map(int, os.listdir("/proc/self/fd"))}
    copies = [os.dup(fd) for fd in sockets]
    try:
        wanted = [inode(fd) for fd in copies]
        for target, source in ((3, copies[2]), (4, copies[0]), (5, copies[1])):
            os.dup2(source, target, inheritable=False)
        assert handed(launcher, 4, 5, 3) == wanted[:3]
        assert handed(launcher, 5, 3, 4) == [wanted[1], wanted[2], wanted[0]]
    finally:
        for target in (3, 4, 5):
            if target in kept:
                os.dup2(kept[target], target, inheritable=False)
            else:
                os.close(target)
        for fd in (*copies, *kept.values()):
            os.close(fd)


def test_the_child_does_not_have_them_under_their_old_numbers(launcher, sockets):
    code = "import os; print(*map(int, os.listdir('/proc/self/fd')))"
    listed = {*map(int, said(launcher, python, code, listen=sockets[:2]).split())}
    assert {0, 1, 2, 3, 4} <= listed
    assert not listed & {fd for fd in sockets if fd > 5}  # the listing itself may be 5


def test_a_launch_that_hands_over_sockets_leaves_no_descriptor_behind(launcher, sockets):
    before = {*os.listdir("/proc/self/fd")}
    handed(launcher, *sockets)
    with pytest.raises(LaunchError):
        launcher.launch(LaunchPlan(argv=("no-such",), listen=tuple(sockets)))
    with pytest.raises(LaunchError) as caught:
        launcher.launch(shell("exit 0", listen=(10**6,)))
    assert (caught.value.step, caught.value.number) == ("fds", errno.EBADF)
    assert {*os.listdir("/proc/self/fd")} == before
