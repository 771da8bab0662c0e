"""Programs that become daemons; what the daemon sees comes through a pipe that it keeps."""

import errno
import json
import os
import signal
import subprocess
import sys

import pytest

from circus.exc import LaunchError
from circus.host.daemonize import daemonize
from circus.host.descriptors import open_numbers
from tests.helpers.launching import PATIENCE

START = """
import json, os, signal, sys
from circus.host.daemonize import daemonize
tell, go = int(sys.argv[1]), int(sys.argv[2])
def say(**facts):
    os.write(tell, json.dumps(facts).encode() + b"\\n")
def wait():
    os.read(go, 1)
"""
BECOME = "report = daemonize(keep=(tell, go))\n"
OPEN = """
def is_open(fd):
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True
"""
SILENT_END = "cannot start the daemon: it ended without saying why\n"


class Program:
    """A program that daemonizes, seen from outside.

    :param code: what it does, after START
    :param shell: words in front of it, such as a shell with its redirections
    """

    def __init__(self, code, shell=(), **more):
        self._said, tell = os.pipe()
        go, self._go = os.pipe()
        command = [*shell, sys.executable, "-c", START + code, str(tell), str(go)]
        pipe = subprocess.PIPE
        fds = (tell, go, *more.pop("pass_fds", ()))
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        env.pop("PYTHONUNBUFFERED", None)
        self.first = subprocess.Popen(
            command, stdout=pipe, stderr=pipe, pass_fds=fds, env=env, **more
        )
        self.pid = self.first.pid
        os.close(tell)
        os.close(go)
        self._lines = open(self._said, encoding="utf-8")  # noqa: SIM115 - closed by close()

    def facts(self):
        """Return the next facts that it tells."""
        return json.loads(self._lines.readline())

    def ended(self):
        """Wait until the daemon has ended."""
        assert self._lines.readline() == ""

    def let_go(self):
        """Let it go on after wait()."""
        os.write(self._go, b"\n")

    def outcome(self):
        """Wait for the first process; return its exit code, stdout and stderr."""
        out, err = self.first.communicate(timeout=PATIENCE)
        return self.first.returncode, out.decode(), err.decode()

    def close(self):
        os.close(self._go)
        self._lines.close()
        self.first.kill()
        self.first.communicate()


@pytest.fixture
def program():
    """Return a function that starts a Program."""
    made = []

    def start(*args, **more):
        made.append(Program(*args, **more))
        return made[-1]

    yield start
    for each in made:
        each.close()


def test_the_first_process_waits_until_the_daemon_serves(program):
    daemon = program(BECOME + "say(); wait(); report.ok()")
    daemon.facts()
    assert daemon.first.poll() is None
    daemon.let_go()
    assert daemon.outcome() == (0, "", "")


def test_the_daemon_has_a_session_that_it_does_not_lead(program):
    daemon = program(BECOME + "say(pid=os.getpid(), sid=os.getsid(0)); report.ok()")
    facts = daemon.facts()
    assert facts["pid"] != daemon.pid
    assert facts["sid"] not in {facts["pid"], os.getsid(0)}


def test_directory_and_umask_stay(program, tmp_path):
    code = f"os.umask(0o027)\n{BECOME}say(cwd=os.getcwd(), umask=os.umask(0))"
    assert program(code, cwd=tmp_path).facts() == {
        "cwd": str(tmp_path),
        "umask": 0o027,
    }


def test_output_is_seen_until_the_daemon_serves(program):
    code = (
        "print('before')\n"
        f"{BECOME}"
        "print('out'); print('err', file=sys.stderr)\n"
        "report.ok()\n"
        "print('lost'); print('lost', file=sys.stderr)\n"
    )
    assert program(code).outcome() == (0, "before\nout\n", "err\n")


def test_standard_descriptors_are_let_go_when_it_serves_and_not_before(program):
    look = "say(at=[os.readlink(f'/proc/self/fd/{fd}') for fd in range(3)])\n"
    daemon = program(f"{BECOME}{look}report.ok()\n{look}", stdin=subprocess.PIPE)
    before, after = daemon.facts(), daemon.facts()
    assert os.devnull not in before["at"]
    assert after["at"] == [os.devnull] * 3


def test_only_what_is_to_be_kept_stays_open(program, tmp_path):
    with open(tmp_path / "file", "wb") as file:
        look = "say(fds=list(filter(is_open, range(300))), kept=[tell, go])\n"
        code = f"{OPEN}{BECOME}report.ok()\n{look}"
        facts = program(code, pass_fds=(file.fileno(),)).facts()
    assert facts["fds"] == sorted([0, 1, 2, *facts["kept"]])


def test_nothing_gets_the_number_of_a_closed_standard_descriptor(program):
    code = f"{BECOME}fd = os.open(os.devnull, os.O_RDONLY); report.ok(); say(fd=fd)"
    closed = ("/bin/sh", "-c", 'exec "$@" <&- >&-', "sh")
    daemon = program(code, shell=closed)
    assert daemon.facts()["fd"] > 2
    assert daemon.outcome() == (0, "", "")


def test_a_failure_is_told_by_the_first_process(program):
    daemon = program(BECOME + "report.fail('cannot bind: Address in use', 3); report.ok()")
    assert daemon.outcome() == (3, "", "cannot bind: Address in use\n")


def test_a_long_text_arrives_whole(program):
    code, _, err = program(BECOME + "report.fail('x' * 300_000, 1)").outcome()
    assert (code, len(err)) == (1, 300_001)


@pytest.mark.parametrize("end", ["os._exit(0)", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_a_daemon_that_dies_without_a_word_is_a_failure(program, end):
    code = f"print('before')\n{BECOME}{end}"
    assert program(code).outcome() == (1, "before\n", SILENT_END)


def test_a_second_process_that_cannot_be_made_is_told(program):
    code = (
        "fork, forks = os.fork, []\n"
        "def once():\n"
        "    forks.append(1)\n"
        "    if len(forks) > 1: raise OSError(11, 'Resource temporarily unavailable')\n"
        "    return fork()\n"
        "os.fork = once\n"
    )
    said = str(LaunchError("fork", errno.EAGAIN))
    assert program(code + BECOME).outcome() == (1, "", f"{said}\n")


def test_a_signal_ends_the_wait_though_the_daemon_holds_it_back(program):
    block = "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})\n"
    held = "say(held=signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))\n"
    daemon = program(f"{block}{BECOME}{held}wait(); report.ok(); say(serves=True)")
    assert daemon.facts() == {"held": True}
    daemon.first.send_signal(signal.SIGINT)
    assert daemon.first.wait(PATIENCE) == -signal.SIGINT
    daemon.let_go()
    assert daemon.facts() == {"serves": True}
    daemon.ended()


def test_the_first_process_runs_nothing_of_the_callers_end(program):
    code = f"import atexit\natexit.register(print, 'end')\ntry:\n    {BECOME}    report.ok()\n"
    code += "finally:\n    say(pid=os.getpid())\n"
    daemon = program(code)
    assert daemon.facts()["pid"] != daemon.pid
    daemon.ended()
    assert daemon.outcome() == (0, "", "")


@pytest.mark.parametrize("name", ["gevent", "gevent.monkey", "geventhttp"])
def test_it_is_refused_beside_gevent(monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, os)
    with pytest.raises(ValueError, match=r"^Cannot daemonize if gevent is loaded$"):
        daemonize()


def test_it_is_refused_where_there_is_no_fork(monkeypatch):
    monkeypatch.delattr(os, "fork")
    with pytest.raises(ValueError, match=r"^Daemonizing is not available on this platform\.$"):
        daemonize()


def test_a_first_process_that_cannot_be_made_leaves_everything_as_it_was(monkeypatch):
    def refuse():
        raise OSError(errno.EAGAIN, "refused")

    monkeypatch.setattr(os, "fork", refuse)
    before = open_numbers()
    with pytest.raises(LaunchError, match="cannot make a process"):
        daemonize()
    assert open_numbers() == before


def test_the_command_line_makes_no_thread_before_it(program):
    code = "import threading, circus.circusd\n"
    code += "say(python=threading.active_count(), all=len(os.listdir('/proc/self/task')))"
    assert program(code).facts() == {"python": 1, "all": 1}
