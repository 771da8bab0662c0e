from __future__ import annotations

import os
import signal
import subprocess
import sys

from circus.lifeline import VARIABLE, Lifeline, follow
from circus.spec.launch import LaunchPlan
from tests.helpers.source import ROOT

HELPER = """
import os, signal, sys
from circus.lifeline import follow
follow(os.environ)
assert "CIRCUS_LIFELINE" not in os.environ
print("ready", flush=True)
signal.pause()
"""


def test_a_helper_ends_when_the_other_end_is_gone():
    line = Lifeline()
    plan = line.tie(LaunchPlan(("x",), {"PYTHONPATH": str(ROOT)}))
    helper = subprocess.Popen(
        [sys.executable, "-c", HELPER], env=plan.env, pass_fds=plan.inherit, stdout=subprocess.PIPE
    )
    with helper:
        assert helper.stdout.readline() == b"ready\n"
        assert helper.poll() is None
        line.close()
        assert helper.wait(20) == -signal.SIGTERM


def test_a_plan_keeps_what_it_has():
    line = Lifeline()
    try:
        plan = line.tie(LaunchPlan(("x",), {"A": "1"}, inherit=(7,)))
        assert (plan.env["A"], plan.inherit[0], plan.env[VARIABLE]) == (
            "1",
            7,
            str(plan.inherit[1]),
        )
        assert not os.get_inheritable(plan.inherit[1])
    finally:
        line.close()


def test_a_program_that_circusd_did_not_launch_follows_nobody():
    environ = {VARIABLE: "nonsense", "A": "1"}
    follow(environ)
    follow(environ)
    assert environ == {"A": "1"}
