"""What circusd ends with: an essential watcher that fails, or all that are done."""

from __future__ import annotations

import os
import re
import signal

import pytest

from tests.helpers.container import AROUND, init_of, lacking
from tests.helpers.daemon import alive, gone, kill, refused, rewrite

SEVERAL = """
[watcher:job]
cmd = sh -c 'read code < fifo; exit $code'
restart = on-failure
fatal_exit_codes = 3
{job}

[watcher:web]
cmd = sleep 600
"""
ONE = """
[watcher:app]
cmd = sh -c '{script}'
restart = never
essential = True
"""
AS_INIT = pytest.mark.parametrize("around", [(), AROUND], ids=["as usual", "as pid 1"])


def several(circusd, folder, circus, job):
    (folder / "fifo").unlink(missing_ok=True)
    os.mkfifo(folder / "fifo")
    daemon = circusd(SEVERAL.format(job=job), circus=circus)
    daemon.log.until("job started", "web started")
    return daemon


def end(folder, code):
    with open(folder / "fifo", "w") as fifo:
        fifo.write(f"{code}\n")


@AS_INIT
@pytest.mark.parametrize("exit_when", ["essential-fails", "all-done"])
@pytest.mark.parametrize(
    ("script", "code"), [("exit 3", 3), ("kill -9 $$", 137), ("kill -TERM $$", 143)]
)
def test_a_program_that_fails_is_the_exit_code(circusd, around, exit_when, script, code):
    if around and (reason := lacking(*around)):
        pytest.skip(reason)
    daemon = circusd(ONE.format(script=script), circus=f"exit_when = {exit_when}", around=around)
    assert daemon.ended() == code
    why = "all are done" if exit_when == "all-done" else "'app' has failed with"
    assert f"circusd ends with exit code {code}: {why}" in daemon.log.rest()


@AS_INIT
def test_a_program_that_ends_well_is_no_failure(circusd, around):
    if around and (reason := lacking(*around)):
        pytest.skip(reason)
    text = ONE.format(script="exit 0")
    daemon = circusd(text, circus="exit_when = all-done", around=around)
    assert daemon.ended() == 0
    assert "circusd ends with exit code 0: all are done" in daemon.log.rest()


@AS_INIT
@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_who_is_asked_to_end_ends_with_0(circusd, around, signum):
    if around and (reason := lacking(*around)):
        pytest.skip(reason)
    text = ONE.format(script="exec sleep 600")
    daemon = circusd(text, circus="exit_when = essential-fails", around=around)
    daemon.log.until("app started")
    target = init_of(daemon.process.pid) if around else daemon.process.pid
    os.kill(target, signum)
    assert daemon.ended() == 0


def test_when_an_essential_watcher_fails_everything_else_is_stopped(circusd, tmp_path):
    daemon = several(circusd, tmp_path, "exit_when = essential-fails", "essential = True")
    (web,) = daemon.pids("web")
    end(tmp_path, 3)
    assert daemon.ended() == 3
    assert gone([web])


def test_what_is_replaced_has_not_failed_for_good(circusd, tmp_path):
    daemon = several(circusd, tmp_path, "exit_when = essential-fails", "essential = True")
    events = daemon.events()
    end(tmp_path, 5)
    assert events.until("job", "reap")[-1].fields["exit_code"] == 5
    events.until("job", "spawn")
    end(tmp_path, 3)
    assert daemon.ended() == 3


@pytest.mark.parametrize(
    ("circus", "job"),
    [
        ("exit_when = essential-fails", ""),
        ("exit_when = never", "essential = True"),
        ("exit_when = all-done", "essential = True"),
    ],
)
def test_circusd_stays_when_that_is_no_reason_to_end(circusd, tmp_path, circus, job):
    daemon = several(circusd, tmp_path, circus, job)
    end(tmp_path, 3)
    daemon.log.until("job stopped")
    assert daemon.call("status")["statuses"] == {"job": "stopped", "web": "active"}
    daemon.ctl("quit")
    assert daemon.ended() == 0


def test_helpers_do_not_keep_circusd_from_being_done(circusd, tmp_path):
    text = ONE.format(script="read line < fifo; exit 4") + (
        "[watcher:later]\ncmd = sleep 600\nautostart = False\n"
    )
    os.mkfifo(tmp_path / "fifo")
    stats = f"statsd = True\nstats_endpoint = ipc://{tmp_path}/stats"
    daemon = circusd(text, circus=f"exit_when = all-done\n{stats}")
    daemon.log.until("circusd-stats started", "app started")
    helper = daemon.pids("circusd-stats")
    end(tmp_path, "")
    assert daemon.ended() == 4
    assert not any(map(alive, helper))


def test_one_that_was_stopped_by_a_command_keeps_circusd(circusd, tmp_path):
    daemon = several(circusd, tmp_path, "exit_when = all-done", "essential = True")
    daemon.ctl("stop", "web", "--waiting")
    end(tmp_path, 3)
    daemon.log.until("job stopped")
    assert daemon.call("status")["statuses"] == {"job": "stopped", "web": "stopped"}
    daemon.ctl("start", "job", "--waiting")
    end(tmp_path, 0)
    daemon.log.until("job stopped")
    daemon.ctl("quit")
    assert daemon.ended() == 0


@pytest.mark.parametrize("nostop", [(), ("--nostop",)])
def test_when_the_last_one_that_runs_is_removed_all_are_done(circusd, tmp_path, nostop):
    daemon = several(circusd, tmp_path, "exit_when = all-done", "essential = True")
    end(tmp_path, 3)
    daemon.log.until("job stopped")
    (web,) = daemon.pids("web")
    daemon.ctl("rm", "web", *nostop)
    assert daemon.ended() == 3
    kill([web])


def test_a_new_configuration_without_the_last_one_that_runs_ends_it_too(circusd, tmp_path):
    daemon = several(circusd, tmp_path, "exit_when = all-done", "essential = True")
    end(tmp_path, 3)
    daemon.log.until("job stopped")
    rewrite(daemon, ("[watcher:web]\ncmd = sleep 600\n", ""))
    daemon.ctl("reloadconfig")
    assert daemon.ended() == 3


def test_the_failure_of_one_that_was_removed_decides_nothing(circusd, tmp_path):
    daemon = several(circusd, tmp_path, "exit_when = all-done", "essential = True")
    end(tmp_path, 3)
    daemon.log.until("job stopped")
    daemon.ctl("rm", "job", "--waiting")
    daemon.call("add", name="last", cmd="true", options={"restart": "never"}, start=True)
    daemon.ctl("rm", "web", "--waiting")
    assert daemon.ended() == 0


def test_one_that_is_built_anew_is_waited_for(circusd, tmp_path):
    daemon = several(circusd, tmp_path, "exit_when = all-done", "essential = True")
    end(tmp_path, 3)
    daemon.log.until("job stopped")
    rewrite(daemon, ("[watcher:web]\n", "[watcher:web]\nautostart = False\nsingleton = True\n"))
    daemon.ctl("reloadconfig", "--waiting")
    assert daemon.ctl("status", "web") == "active"


def test_an_essential_watcher_that_is_made_so_at_run_time_counts(circusd, tmp_path):
    daemon = several(circusd, tmp_path, "exit_when = essential-fails", "")
    daemon.ctl("set", "job", "essential", "true")
    end(tmp_path, 3)
    assert daemon.ended() == 3


def test_a_failure_at_the_very_start_stops_the_start_of_the_others(circusd):
    text = "[watcher:app]\ncmd = /no/such/program\nessential = True\nmax_retry = 1\npriority = 2\n"
    text += "[watcher:web]\ncmd = sleep 600\n"
    daemon = circusd(text, circus="exit_when = essential-fails")
    assert daemon.ended() == 1
    said = daemon.log.rest()
    assert "web started" not in said
    why = "circusd ends with exit code 1: 'app' has failed without a process: "
    assert re.search(f"{why}.*/no/such/program", said)


def test_what_cannot_be_is_refused_with_its_line(tmp_path):
    file = tmp_path / "circus.ini"
    file.write_text("[circus]\nexit_when = sometimes\nforward_signals = HUP TERM\n")
    code, complaint = refused(file, "--check", cwd=tmp_path)
    assert code == 1
    first, second, _ = complaint.splitlines()
    assert first.startswith(f"{file}:2: ")
    assert "never essential-fails all-done" in first
    assert second.startswith(f"{file}:3: ")
    assert "forward_signals" in second
