"""What follows the end of a process, as a user sees it: the policy, the log, the status."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys

import pytest

from circus.host import cpus
from tests.helpers.daemon import alive

BIDDEN = """
[watcher:job]
cmd = sh -c 'while read code < $0; do exit $code; done' {fifo}$(circus.wid)
numprocesses = {count}
{options}
"""
"""Shells that end with the code that they read."""


class Jobs:
    """A daemon whose watcher ``job`` runs processes that end when they are told, and how."""

    def __init__(self, circusd, folder, options, count=2):
        self.folder = folder
        for wid in range(1, count + 1):
            os.mkfifo(folder / f"fifo{wid}")
        text = BIDDEN.format(fifo=folder / "fifo", count=count, options=options)
        self.daemon = circusd(text)
        self.daemon.log.until("job started")
        self.events = self.daemon.events()

    def end(self, wid, code):
        """Have the process of a place end; return its end as it was announced."""
        with open(self.folder / f"fifo{wid}", "w") as fifo:
            fifo.write(f"{code}\n")
        reap = self.events.until("job", "reap")[-1]
        assert (reap.fields["wid"], reap.fields["exit_code"]) == (wid, code)

    def come(self, wid):
        """Hold that a place is filled."""
        assert self.events.until("job", "spawn")[-1].fields["wid"] == wid

    def facts(self):
        return self.daemon.call("status", name="job")


def test_on_failure_only_a_failure_is_replaced_and_in_its_place(circusd, tmp_path):
    options = "restart = on-failure\nsuccess_exit_codes = 0 75"
    jobs = Jobs(circusd, tmp_path, options)
    jobs.end(1, 75)
    jobs.end(2, 3)
    jobs.come(2)
    facts = jobs.facts()
    assert (facts["status"], facts["up"], facts["wanted"], facts["finished"]) == ("active", 1, 2, 1)
    jobs.end(2, 0)
    assert "reason" not in jobs.events.until("job", "stop")[-1].fields
    assert jobs.daemon.ctl("status", "job") == "stopped"


def test_a_fatal_code_stops_the_watcher_and_is_told_wherever_one_looks(circusd, tmp_path):
    jobs = Jobs(circusd, tmp_path, "fatal_exit_codes = 78")
    (first, second) = sorted(jobs.daemon.pids("job"))
    jobs.end(1, 78)
    stop = jobs.events.until("job", "stop")[-1]
    reason = stop.fields["reason"]
    assert reason.endswith("ended with a fatal code, exit code 78")
    jobs.daemon.log.until(f"'job' is stopped: {reason}", "job stopped")
    assert jobs.daemon.ctl("status") == f"job: stopped ({reason})"
    assert not alive(first)
    assert not alive(second)
    assert jobs.daemon.ctl("start", "job", "--waiting") == "ok"
    assert jobs.daemon.ctl("status", "job") == "active"


def test_a_policy_that_is_set_holds_for_the_processes_that_run(circusd, tmp_path):
    jobs = Jobs(circusd, tmp_path, "")
    jobs.daemon.ctl("set", "job", "restart", "never", "--waiting")
    assert jobs.daemon.ctl("get", "job", "respawn", "restart") == "respawn: False\nrestart: never"
    jobs.end(1, 1)
    assert jobs.facts()["finished"] == 1
    jobs.daemon.ctl("set", "job", "respawn", "yes", "--waiting")
    jobs.daemon.ctl("set", "job", "fatal_exit_codes", "9 SIGUSR1", "--waiting")
    shown = jobs.daemon.ctl("get", "job", "restart", "fatal_exit_codes", "backoff")
    assert shown == "restart: always\nfatal_exit_codes: SIGUSR1 9\nbackoff: 1s..60s"
    (other,) = jobs.daemon.pids("job")
    os.kill(other, signal.SIGUSR1)
    assert "SIGUSR1" in jobs.events.until("job", "stop")[-1].fields["reason"]


BROKEN = """
[watcher:broken]
cmd = sh -c 'exit 3'
backoff = {backoff}
healthy_after = 30
"""
"""On a slow machine it may take more than a second to fail."""


def test_a_crash_loop_is_one_line_in_the_log_and_told_by_the_status(circusd):
    daemon = circusd(BROKEN.format(backoff="9m..10m"))
    daemon.log.until(
        "died within 30 s, exit code 3; place 1 waits 540 s, then ever longer up to 600 s"
    )
    facts = daemon.call("status", name="broken")
    last = facts.pop("last_exit")
    reason = "its processes die within 30 s"
    assert 0 < facts.pop("next_try") <= 540
    told = {"status": "active", "up": 0, "wanted": 1, "backoff": True, "reason": reason}
    assert facts.items() >= told.items()
    assert (last["exit_code"], last["how"], last["asked"]) == (3, "exit code 3", False)
    assert 0 <= last["ago"] < 60
    assert daemon.ctl("status") == f"broken: active (backoff: {reason})"
    lines = daemon.ctl("status", "--verbose").splitlines()
    assert lines[0] == "broken: active"
    assert {line.split(":")[0].strip() for line in lines[1:]} >= {
        "up", "wanted", "backoff", "next try", "reason", "last exit",
    }  # fmt: skip
    assert daemon.ctl("status", "broken", "--verbose").splitlines()[:4] == lines[:4]


def test_a_start_does_not_wait_for_the_end_of_a_backoff(circusd):
    daemon = circusd(BROKEN.format(backoff="9m..10m"))
    daemon.log.until("died within 30 s")
    events = daemon.events()
    daemon.ctl("start", "broken")
    events.until("broken", "spawn", 3)
    daemon.log.until("died within 30 s")


def test_a_backoff_is_as_long_as_it_is_said_and_the_program_comes_back(circusd):
    daemon = circusd(BROKEN.format(backoff="200ms..400ms"))
    daemon.log.until("waits 0.2 s")
    events = daemon.events()
    heard = [one for one in events.until("broken", "spawn", 4) if one.name in {"reap", "spawn"}]
    spawns = [one.fields["time"] for one in heard if one.name == "spawn"]
    pauses = [after - before for before, after in itertools.pairwise(spawns)]
    assert min(pauses) >= 0.29


def test_who_dies_before_it_is_healthy_has_crashed_however_long_that_is(circusd):
    daemon = circusd("[watcher:web]\ncmd = sleep 600\nhealthy_after = 600\nbackoff = 9m..10m")
    daemon.log.until("web started")
    events = daemon.events()
    for left in (2, 1, 0):
        (pid,) = daemon.pids("web")
        os.kill(pid, signal.SIGKILL)
        events.until("web", "spawn" if left else "reap")
    daemon.log.until("died within 600 s, killed by SIGKILL; place 1 waits 540 s")
    assert daemon.call("status", name="web")["backoff"]


CONFLICTS = {
    "restart = always\nrespawn = no": "cannot be always together with respawn = False",
    "restart = never\nrespawn = yes": "cannot be never together with respawn = True",
    "success_exit_codes = 0 75 SIGTERM\nfatal_exit_codes = 75 TERM": "cannot hold SIGTERM 75",
}


@pytest.mark.parametrize(("options", "message"), CONFLICTS.items())
def test_policies_that_contradict_each_other_are_findings(tmp_path, options, message):
    file = tmp_path / "circus.ini"
    file.write_text(f"[watcher:w]\ncmd = x\n{options}\n")
    words = [sys.executable, "-m", "circus.circusd", "--check", str(file)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert message in done.stdout + done.stderr


# --- numprocesses = auto --------------------------------------------------------------------------

AUTO = "[watcher:web]\ncmd = sleep 600\nnumprocesses = {}\n"


@pytest.mark.parametrize(("text", "times"), [("auto", 1), ("auto*3", 3)])
def test_auto_is_as_many_processes_as_there_are_cpus(circusd, text, times):
    daemon = circusd(AUTO.format(text))
    daemon.log.until("web started")
    count = cpus.available() * times
    assert len(daemon.pids("web")) == count
    assert daemon.ctl("get", "web", "numprocesses") == f"numprocesses: {count}"
    assert daemon.call("options", name="web")["options"]["numprocesses"] == count
    planned = daemon.call("reloadconfig", plan=True)["plan"]["watchers"]
    assert [(one["act"], one["why"]) for one in planned] == [("keep", [])]


def test_auto_can_be_set_and_is_resolved_on_the_way(circusd):
    daemon = circusd(AUTO.format(1))
    daemon.log.until("web started")
    assert daemon.ctl("set", "web", "numprocesses", "auto*2", "--waiting") == "ok"
    assert len(daemon.pids("web")) == 2 * cpus.available()
    answer = daemon.call("set", name="web", options={"numprocesses": "auto*0"})
    assert answer["reason"] == "'numprocesses' isn't an integer"


def test_auto_counts_the_cpus_that_the_daemon_is_bound_to(circusd):
    (some, *_) = os.sched_getaffinity(0)
    bound = (
        sys.executable,
        "-c",
        f"import os, sys; os.sched_setaffinity(0, {{{some}}}); os.execv(sys.argv[1], sys.argv[1:])",
    )
    daemon = circusd(AUTO.format("auto*2"), around=bound)
    daemon.log.until("web started")
    assert len(daemon.pids("web")) == 2


# --- age ------------------------------------------------------------------------------------------

LIVES = {"spawn", "reap"}


@pytest.mark.parametrize("told", ["[env:web]\nPORT = 80$(circus.wid)", "env_file = vars", ""])
def test_one_that_reached_its_age_is_followed_by_the_same_wid_where_its_env_names_it(
    circusd, tmp_path, told
):
    (tmp_path / "vars").write_text("PORT=80$(circus.wid)\n")
    cmd = "sh -c 'echo port $PORT; exec sleep 600'"
    daemon = circusd(f"[watcher:web]\ncmd = {cmd}\nmax_age = 1\nmax_age_variance = 0\n{told}\n")
    daemon.log.until("port 801" if told else "port", "web started")
    heard = daemon.events().until("web", "reap", 2)
    (first, *others) = [(one.name, one.fields["wid"]) for one in heard if one.name in LIVES]
    while first[0] != "reap":
        (first, *others) = others
    wid = first[1]
    assert others == [("spawn", wid), ("reap", wid if told else 3 - wid)]
