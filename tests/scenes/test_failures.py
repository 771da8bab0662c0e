"""A watcher that cannot start says at which step and why, wherever one looks; others run."""

from __future__ import annotations

import pytest

from tests.helpers.daemon import alive

HEALTHY = "[watcher:healthy]\ncmd = sleep 600\nnumprocesses = 2\n"
BAD = "[watcher:bad]\n{}\nmax_retry = {}\n"

FAILURES = {
    "missing program": (
        "cmd = /nowhere/at/all",
        "cannot exec '/nowhere/at/all': No such file or directory",
    ),
    "no right to run": (
        "cmd = /etc/passwd",
        "cannot exec '/etc/passwd': Permission denied",
    ),
    "bad cwd": (
        "cmd = sleep 600\nworking_dir = /nowhere/at/all",
        "cannot change directory to '/nowhere/at/all': No such file or directory",
    ),
    "unknown user": (
        "cmd = sleep 600\nuid = nobody-of-this-name",
        "cannot find the user 'nobody-of-this-name'",
    ),
    "unknown group": (
        "cmd = sleep 600\ngroups = nobody-of-this-name",
        "cannot find the group 'nobody-of-this-name'",
    ),
    "no variables": (
        "cmd = sleep 600\nenv_file = /nowhere/app.env",
        "cannot read the env_file /nowhere/app.env: No such file or directory",
    ),
    "no such CPU": (
        "cmd = sleep 600\ncpu_affinity = 8000",
        "cannot bind to the CPUs '8000': Invalid argument",
    ),
    # more than fs.nr_open can ever be set to: refused to root as well
    "rlimit that cannot be set": (
        "cmd = sleep 600\nrlimit_nofile = 2147483647",
        "cannot set the limit 'nofile': Operation not permitted",
    ),
}
EACH = pytest.mark.parametrize(("bad", "reason"), FAILURES.values(), ids=FAILURES)


@EACH
def test_a_watcher_that_gives_up_says_which_step_failed_and_why(circusd, bad, reason):
    daemon = circusd(HEALTHY + BAD.format(bad, 1))
    daemon.log.until(f"error in 'bad': {reason}", f"'bad' is stopped: {reason}", "healthy started")
    assert reason in daemon.ctl("status", "bad")
    assert reason in daemon.ctl("status")
    events = daemon.events()
    code, _, err = daemon.try_ctl("start", "bad", "--waiting")
    assert code == 3
    assert reason in err
    assert reason in events.until("bad", "stop")[-1].fields["reason"]
    assert daemon.ctl("status", "healthy") == "active"
    assert all(map(alive, daemon.pids("healthy")))


@EACH
def test_a_watcher_that_never_gives_up_says_what_it_waits_for(circusd, bad, reason):
    daemon = circusd(HEALTHY + BAD.format(bad, -1))
    daemon.log.until(f"error in 'bad': {reason}", "healthy started")
    status = daemon.call("status", name="bad")
    assert status["status"] == "starting"
    assert reason in status["reason"]
    assert status["next_try"] >= 0
    assert daemon.ctl("stop", "bad", "--waiting") == "ok"
    assert daemon.ctl("status", "bad").startswith("stopped")


def test_all_the_broken_ones_together_do_not_hold_up_the_sound_one(circusd):
    broken = "".join(
        BAD.format(bad, -1).replace(":bad]", f":bad{number}]")
        for number, (bad, _) in enumerate(FAILURES.values())
    )
    daemon = circusd(broken + HEALTHY)
    daemon.log.until("healthy started")
    assert len(daemon.pids("healthy")) == 2
    daemon.signal(15)
    assert daemon.ended() == 0


def test_what_was_missing_is_found_once_it_is_there(circusd, tmp_path):
    program = tmp_path / "late"
    daemon = circusd(BAD.format(f"cmd = {program}", -1))
    daemon.log.until("No such file")
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    daemon.log.until("bad started")
    assert len(daemon.pids("bad")) == 1
