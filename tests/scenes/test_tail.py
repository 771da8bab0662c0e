"""What people do with logs: look at their end, rotate them, have processes write them directly."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from tests.helpers.daemon import gone, refused

COUNTER = """
import signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
number = 0
while True:
    for _ in range(100):
        number += 1
        print(number, flush=True)
    print("said", number, file=sys.stderr, flush=True)
    signal.sigwait({signal.SIGHUP})
"""


@pytest.fixture
def counter(tmp_path, circusd):
    """Return a function that runs a daemon whose process counts on, a hundred at each HUP."""

    def start(*options):
        (tmp_path / "counter.py").write_text(COUNTER)
        stream = "".join(f"stdout_stream.{option}\n" for option in options)
        return circusd(
            f"[watcher:web]\ncmd = {sys.executable} counter.py\nworking_dir = {tmp_path}\n{stream}"
        )

    return start


def numbers(first, last):
    return "".join(f"{number}\n" for number in range(first, last + 1))


@pytest.mark.parametrize("direct", ["no", "yes"])
def test_the_end_of_an_output_is_shown(counter, tmp_path, direct):
    daemon = counter(f"filename = {tmp_path}/log", f"direct = {direct}")
    daemon.log.until("said 100")
    assert daemon.ctl("tail", "web", "-n", "3") == "98\n99\n100"
    assert daemon.ctl("tail", "web") == numbers(91, 100).strip()
    code, _, err = daemon.try_ctl("tail", "web", "--stderr")
    why = "it has no stream, so it goes where that of circusd does"
    assert (code, err) == (3, f"error: cannot show stderr of 'web': {why}")


@pytest.mark.parametrize("direct", ["no", "yes"])
def test_an_output_is_followed_from_where_the_answer_before_ended(counter, tmp_path, direct):
    daemon = counter(f"filename = {tmp_path}/log", f"direct = {direct}")
    daemon.log.until("said 100")
    page = daemon.call("tail", name="web", lines=1)
    assert page["text"] == "100\n"
    daemon.ctl("signal", "web", "HUP")
    daemon.log.until("said 200")
    page = daemon.call("tail", name="web", since=page["next"])
    assert page["text"] == numbers(101, 200)
    assert daemon.call("tail", name="web", since=page["next"])["text"] == ""


@pytest.mark.parametrize("how", ["signal", "command"])
def test_a_log_is_rotated_without_losing_a_line(counter, tmp_path, how):
    daemon = counter(f"filename = {tmp_path}/log")
    daemon.log.until("said 100")
    daemon.ctl("tail", "web")  # the loop has read it all
    (tmp_path / "log").rename(tmp_path / "log.1")
    daemon.ctl("signal", "web", "HUP")
    daemon.log.until("said 200")
    if how == "signal":
        daemon.signal(signal.SIGUSR1)
        daemon.log.until("Got signal SIG_USR1")
        daemon.ctl("numwatchers")
    else:
        assert daemon.ctl("reopenlogs") == "web stdout: opened anew"
    daemon.ctl("signal", "web", "HUP")
    daemon.log.until("said 300")
    daemon.ctl("stop", "web", "--waiting")
    old, new = (tmp_path / "log.1").read_text(), (tmp_path / "log").read_text()
    assert old + new == numbers(1, 300)
    assert new.endswith(numbers(201, 300))


def test_a_process_that_writes_its_file_itself_goes_on_without_circusd(counter, tmp_path):
    log = tmp_path / "log"
    daemon = counter(f"filename = {log}", "direct = yes")
    daemon.log.until("said 100")
    (pid,) = daemon.pids("web")
    assert os.readlink(f"/proc/{pid}/fd/1") == str(log)
    assert not any(
        os.readlink(f"/proc/{daemon.process.pid}/fd/{fd}") == str(log)
        for fd in os.listdir(f"/proc/{daemon.process.pid}/fd")
    )
    options = daemon.call("options", name="web")["options"]
    assert options["stdout_stream_path"] == "direct"
    assert options["stdout_stream_conf"]["direct"] == "yes"
    daemon.signal(signal.SIGKILL)
    daemon.ended()
    try:
        os.kill(pid, signal.SIGHUP)
        daemon.log.until("said 200")
        assert log.read_text() == numbers(1, 200)
    finally:
        os.kill(pid, signal.SIGKILL)
        assert gone([pid])


def test_the_way_of_an_output_is_changed_by_new_processes(counter, tmp_path):
    log = tmp_path / "log"
    daemon = counter(f"filename = {log}")
    daemon.log.until("said 100")
    (before,) = daemon.pids("web")
    daemon.ctl("set", "web", "stdout_stream.direct", "yes", "--waiting")
    daemon.log.until("said 100")
    (after,) = daemon.pids("web")
    assert after != before
    assert os.readlink(f"/proc/{after}/fd/1") == str(log)
    assert daemon.ctl("reopenlogs").startswith(
        "web stdout: its processes write the file themselves"
    )
    daemon.ctl("set", "web", "stdout_stream.direct", "no", "--waiting")
    daemon.log.until("said 100")
    daemon.ctl("stop", "web", "--waiting")
    assert log.read_text() == numbers(1, 100) * 3


def test_what_cannot_be_direct_is_told_before_anything_starts(tmp_path):
    file = tmp_path / "circus.ini"
    file.write_text(
        "[watcher:web]\ncmd = sleep 600\nstdout_stream.filename = x\n"
        "stdout_stream.direct = yes\nstdout_stream.on_full = drop\nstdout_stream.max_bytes = 5\n"
    )
    code, complaint = refused(file, "--check", cwd=tmp_path)
    assert code == 1
    assert "5: [watcher:web] stdout_stream.on_full: cannot be used with direct" in complaint
    assert "6: [watcher:web] stdout_stream.max_bytes: cannot be used with direct" in complaint


def test_a_file_that_the_process_is_to_write_itself_and_cannot_be_opened_is_told(circusd, tmp_path):
    daemon = circusd(
        "[watcher:web]\ncmd = sleep 600\nmax_retry = 1\n"
        f"stdout_stream.filename = {tmp_path}/no/log\nstdout_stream.direct = yes\n"
    )
    daemon.log.until(f"cannot open '{tmp_path}/no/log': No such file or directory")
