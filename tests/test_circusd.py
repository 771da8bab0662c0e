from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys

import pytest

from circus import __version__
from circus.circusd import closerange, get_maxfd, main, run
from circus.client import CircusClient
from circus.host.probe import probe
from tests.helpers.daemon import PATIENCE, gone, refused, running, spawn_circusd
from tests.helpers.floor import alive
from tests.helpers.launching import readable
from tests.helpers.loggers import until_written
from tests.helpers.source import ROOT

WEB = "[watcher:web]\ncmd = sleep 600\n"
WAITING = "[INFO] Arbiter now waiting for commands"


@pytest.fixture
def file(tmp_path):
    """Return the path of a file that is fine, with endpoints of its own."""
    path = tmp_path / "circus.ini"
    places = f"endpoint = ipc://{tmp_path}/ctl\npubsub_endpoint = ipc://{tmp_path}/pub\n"
    path.write_text(f"[circus]\n{places}{WEB}")
    return path


@pytest.fixture
def circusd(tmp_path):
    """Return a function that runs a circusd on a file; nothing of it outlives the test."""
    with contextlib.ExitStack() as stack:

        def start(text=WEB, **more):
            daemon = stack.enter_context(running(tmp_path, text, **more))
            daemon.log.until(WAITING)
            return daemon

        yield start


# --- what it says without serving -----------------------------------------------------------------


def test_it_is_a_program_and_a_module():
    words = [sys.executable, "-m", "circus.circusd", "--version"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (f"{__version__}\n", "")
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0


def test_probe_tells_each_capability_and_why(capsys):
    assert run(["--probe"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = probe().describe()
    assert len(lines) == len(rows)
    for line, (name, there, reason) in zip(lines, rows, strict=True):
        assert line.split() == [*name.split(), "yes" if there else "no", *reason.split()]


def test_without_a_file_it_prints_its_usage_and_that_is_no_failure(capsys):
    assert run([]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("usage: circusd ")
    assert said.err == ""


@pytest.mark.parametrize("words", [["--log-level", "Info", "x"], ["--no-such-flag"], ["x", "y"]])
def test_a_command_line_that_makes_no_sense_ends_with_2(words, capsys):
    with pytest.raises(SystemExit) as ended:
        run(words)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: circusd ")


@pytest.mark.parametrize("words", [[], ["--check"]])
def test_a_file_that_is_not_there_ends_with_1(words, tmp_path, capsys):
    assert run([*words, str(tmp_path / "no.ini")]) == 1
    said = capsys.readouterr()
    assert said.err.startswith(f"circusd: cannot read {tmp_path}/no.ini: ")


def test_check_of_a_good_file_says_so_and_starts_nothing(file, capsys):
    assert run(["--check", str(file)]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == (f"{file} is fine: 1 watcher\n", "")
    assert os.listdir(file.parent) == ["circus.ini"]


@pytest.mark.parametrize("words", [[], ["--check"]])
def test_all_that_is_wrong_is_told_on_stderr_and_nothing_is_started(words, file, capsys):
    file.write_text(file.read_text() + "numprocesses = many\nsingleton = perhaps\n")
    assert run([*words, str(file)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    first, second, last = said.err.splitlines()
    assert first.startswith(f"{file}:6: ")
    assert "numprocesses" in first
    assert second.startswith(f"{file}:7: ")
    assert last == f"circusd: {file} is refused: 2 errors"
    assert os.listdir(file.parent) == ["circus.ini"]


def test_a_warning_is_told_and_refuses_nothing(file, capsys):
    file.write_text(file.read_text() + "numproceses = 2\n")
    assert run(["--check", str(file)]) == 0
    said = capsys.readouterr()
    assert "numprocesses" in said.err
    assert said.out.startswith(f"{file} is fine")


# --- a daemon that serves -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signum", "name"),
    [(signal.SIGTERM, "TERM"), (signal.SIGINT, "INT"), (signal.SIGQUIT, "QUIT")],
)
def test_a_signal_ends_it_in_order_with_0(circusd, signum, name):
    daemon = circusd()
    daemon.log.until("web started")
    (pid,) = daemon.pids("web")
    daemon.signal(signum)
    daemon.log.until(f"Got signal SIG_{name}", "web stopped", "Arbiter exiting")
    assert daemon.ended() == 0
    assert not alive(pid)
    assert not {"ctl", "pub"} & {*os.listdir(daemon.folder)}


def test_a_hangup_reloads_everything(circusd):
    daemon = circusd()
    daemon.log.until("web started")
    (old,) = daemon.pids("web")
    daemon.signal(signal.SIGHUP)
    daemon.log.until("Got signal SIG_HUP", "web reloaded")
    assert old not in daemon.pids("web")


def test_the_log_says_what_tools_look_for_in_this_order(circusd):
    daemon = circusd(f"[socket:www]\nhost = 127.0.0.1\nport = 0\n{WEB}")
    daemon.log.until("web started")
    texts = [
        f"Starting master on pid {daemon.process.pid}", "sockets started",
        "Registering signals...", "Arbiter now waiting for commands", "web started",
    ]  # fmt: skip
    found = [text for line in daemon.log.lines for text in texts if text in line]
    assert found == texts


def test_the_command_line_wins_over_the_file(file):
    log = file.parent / "circusd.log"
    file.write_text(file.read_text().replace("[watcher", "loglevel = debug\n[watcher", 1))
    daemon = spawn_circusd(file, f"--log-output={log}", "--log-level=ERROR", cwd=file.parent)
    client = CircusClient(endpoint=f"ipc://{file.parent}/ctl", timeout=PATIENCE)
    try:
        assert client.send_message("quit", waiting=True)["status"] == "ok"
    finally:
        client.stop()
        out, err = daemon.communicate(timeout=PATIENCE)
    assert (daemon.returncode, out, err, log.read_text()) == (0, "", "", "")


def test_a_port_that_is_taken_ends_it_with_1_and_the_reason(file):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        endpoint = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        text = file.read_text().replace(f"ipc://{file.parent}/ctl", endpoint)
        file.write_text(text)
        code, complaint = refused(file, cwd=file.parent)
    assert code == 1
    assert f"cannot bind {endpoint}: Address already in use" in complaint
    assert "Traceback" not in complaint


# --- the pid file ---------------------------------------------------------------------------------


def test_its_pid_file_is_there_while_it_serves_and_gone_at_the_end(circusd):
    daemon = circusd(circus="pidfile = circusd.pid")
    path = daemon.folder / "circusd.pid"
    assert path.read_text() == f"{daemon.process.pid}\n"
    daemon.signal(signal.SIGTERM)
    assert daemon.ended() == 0
    assert not path.exists()


def test_a_pid_file_of_a_live_process_refuses_a_second_daemon(circusd):
    first = circusd(circus="pidfile = circusd.pid")
    first.log.until("web started")
    path = first.folder / "circusd.pid"
    second = spawn_circusd(first.file, cwd=first.folder)
    out, err = second.communicate(timeout=PATIENCE)
    assert second.returncode == 1
    assert f"is stale, current pid {first.process.pid}" in out + err
    assert path.read_text() == f"{first.process.pid}\n"
    assert len(first.pids("web")) == 1


def test_a_pid_file_in_a_folder_that_is_not_there_is_refused(file, tmp_path):
    path = tmp_path / "no" / "pid"
    second = spawn_circusd(file, f"--pidfile={path}", cwd=tmp_path)
    out, err = second.communicate(timeout=PATIENCE)
    said = f"{path.parent} doesn't exist. Can't create pidfile\n"
    assert (second.returncode, out, err) == (1, said, "")


# --- a crash --------------------------------------------------------------------------------------

CRASH = """
import asyncio
def end():
    raise SystemExit(0)
async def crash(**about):
    asyncio.get_running_loop().call_later(0.05, end)
    return True
"""


def test_a_main_loop_that_crashes_takes_everything_with_it_and_ends_with_1(tmp_path):
    (tmp_path / "hooks.py").write_text(CRASH)
    stubborn = "sh -c 'trap \"\" TERM; sleep 600 & echo pids $$ $!; wait'"
    web = f"[watcher:web]\ncmd = {stubborn}\ngraceful_timeout = 600\n"
    daemon = spawn_circusd_with(tmp_path, f"{web}hooks.after_start = hooks.crash\n")
    out, err = daemon.communicate(timeout=PATIENCE)
    (line,) = [line for line in out.splitlines() if line.startswith("pids ")]
    assert daemon.returncode == 1
    assert "[CRITICAL] Emergency stop" in err
    assert "SystemExit" in err
    assert gone(map(int, line.split()[1:]))
    assert not {"ctl", "pub", "pid"} & {*os.listdir(tmp_path)}


def spawn_circusd_with(folder, text):
    path = folder / "circus.ini"
    places = f"endpoint = ipc://{folder}/ctl\npubsub_endpoint = ipc://{folder}/pub\npidfile = pid"
    path.write_text(f"[circus]\n{places}\n{text}")
    return spawn_circusd(path, cwd=folder)


# --- in the background ----------------------------------------------------------------------------


@pytest.fixture
def background(file):
    """Return a function that runs circusd --daemon; the daemon is ended after the test."""
    path = file.parent / "circusd.pid"

    def start(*words, program=("-m", "circus.circusd")):
        done = subprocess.run(
            [sys.executable, *program, "--daemon", f"--pidfile={path}", *words, file],
            cwd=file.parent,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return done, path

    yield start
    if path.exists():
        os.kill(int(path.read_text()), signal.SIGKILL)


def test_a_daemon_serves_when_its_caller_is_told_that_all_is_well(background, file):
    done, path = background(f"--log-output={file.parent}/log")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    pid = int(path.read_text())
    assert os.getsid(pid) not in (pid, os.getsid(0))
    client = CircusClient(endpoint=f"ipc://{file.parent}/ctl", timeout=PATIENCE)
    try:
        assert client.send_message("numwatchers")["numwatchers"] == 1
        held = os.pidfd_open(pid)
        client.send_message("quit")
    finally:
        client.stop()
    assert readable(held)
    os.close(held)
    assert not path.exists()
    assert "Arbiter now waiting" in (file.parent / "log").read_text()


LOOK = """
import gc, os, sys
import zmq
from circus import circusd
fork = os.fork
def look():
    threads = len(os.listdir("/proc/self/task"))
    contexts = [one for one in gc.get_objects() if isinstance(one, zmq.Context)]
    print(threads, len(contexts))
    return fork()
os.fork = look
circusd.main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_when_it_forks_there_is_one_thread_and_no_zmq_context(background, file):
    done, _ = background(program=["-c", LOOK])
    assert done.returncode == 0
    first, *_ = done.stdout.splitlines()
    assert first == "1 0"


def test_a_program_that_embeds_circus_detaches_without_a_wait(tmp_path):
    code = (
        "import os, sys\nfrom circus.circusd import daemonize\n"
        "print('before')\ndaemonize()\n"
        "open('told', 'w').write(f'{os.getcwd()} {os.readlink(\"/dev/fd/1\")}')\n"
        "os.rename('told', 'said')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "before\n", "")
    assert until_written(tmp_path / "said", " ") == f"{tmp_path} {os.devnull}"


def test_the_helpers_of_circus_are_there():
    assert get_maxfd() > 0
    assert closerange is os.closerange


def test_a_daemon_that_cannot_serve_tells_its_caller_why(background, file):
    folder = file.parent
    file.write_text(file.read_text().replace(f"ipc://{folder}/pub", f"ipc://{folder}/no/pub"))
    done, path = background()
    assert done.returncode == 1
    assert f"circusd: cannot bind ipc://{folder}/no/pub: No such file or directory" in done.stderr
    assert not path.exists()


def test_a_daemon_whose_file_is_refused_says_so_to_its_caller(background, file):
    file.write_text("[watcher:web]\ncmd = sleep 600\nnumprocesses = many\n")
    done, path = background()
    assert done.returncode == 1
    assert "numprocesses" in done.stderr
    assert not path.exists()
