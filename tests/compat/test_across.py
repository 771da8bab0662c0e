"""Their programs drive our daemon, and ours drive theirs: each daemon answers as it always does."""

from __future__ import annotations

import json
import os
import re
import subprocess

import pytest

from tests.compat.contract import recorded
from tests.compat.lines import LINES
from tests.compat.replay import lines, stage
from tests.compat.stage import OURS
from tests.helpers.daemon import PATIENCE
from tests.helpers.source import ROOT

DRIVER = ROOT / "tests" / "compat" / "driver.py"
REQUEST = re.compile(r"command b'.*}'")
"""What Circus sends back of a request; each client writes its requests a little otherwise."""
ONLY_TEXT = {"ipython": "each gives the reason why there is none, or not, in its own words"}
"""Lines of which only the exit code is compared, and why."""
TRIES = {"ours": 1, "theirs": 3}
"""How often it is tried: what Circus answers can depend on when its own check comes between."""
WEB = {"name": "web"}
AWAITED = {"name": "web", "waiting": True}
REQUESTS = [
    ("list", {}),
    ("list", WEB),
    ("status", {}),
    ("status", WEB),
    ("status", {"name": "gone"}),
    ("numprocesses", {}),
    ("numwatchers", {}),
    ("options", WEB),
    ("get", {"name": "web", "keys": ["cmd", "numprocesses"]}),
    ("globaloptions", {}),
    ("listsockets", {}),
    ("dstats", {}),
    ("stats", {}),
    ("stats", WEB),
    ("incr", AWAITED),
    ("decr", AWAITED),
    ("set", {"name": "web", "options": {"graceful_timeout": 5}, "waiting": True}),
    ("signal", {"name": "web", "signum": "cont"}),
    ("kill", {"name": "web", "signum": "kill", "waiting": True}),
    ("stop", AWAITED),
    ("start", AWAITED),
    ("restart", AWAITED),
    ("reload", AWAITED),
    ("add", {"name": "more", "cmd": "sleep 670", "start": True, "waiting": True}),
    ("rm", {"name": "more", "waiting": True}),
    ("reloadconfig", {"waiting": True}),
]


def bare(answer):
    """Return what a line said, without the request in it."""
    return {name: REQUEST.sub("command REQUEST", str(said)) for name, said in answer.items()}


@pytest.mark.parametrize(("daemon", "ctl"), [("ours", "theirs"), ("theirs", "ours")])
def test_the_circusctl_of_one_drives_the_daemon_of_the_other(theirs, ours, daemon, ctl):
    kinds = {"ours": OURS, "theirs": theirs}
    mixed = lines(kinds[daemon], kinds[ctl])
    old, new = recorded()["circusctl"], ours["circusctl"]
    wrong = [
        (line, mixed[line])
        for line in old
        if line not in ONLY_TEXT and bare(mixed[line]) not in (bare(old[line]), bare(new[line]))
    ]
    assert wrong == []
    assert {line: mixed[line]["exit"] for line in ONLY_TEXT} == dict.fromkeys(ONLY_TEXT, 0)
    assert set(LINES) <= set(mixed)


def drive(daemon, client):
    """Ask a daemon through the clients of a Circus; return the answers, made comparable."""
    with stage(daemon) as here:
        done = subprocess.run(
            [*client.python, DRIVER, here.endpoint],
            env={**os.environ, "PYTHONPATH": client.path},
            input=json.dumps(REQUESTS),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return {
            name: [{**here.plain.value(answer), "id": "ID"} for answer in answers]
            for name, answers in json.loads(done.stdout).items()
        }


@pytest.mark.parametrize(("daemon", "client"), [("ours", "theirs"), ("theirs", "ours")])
def test_the_clients_of_one_drive_the_daemon_of_the_other(theirs, daemon, client):
    kinds = {"ours": OURS, "theirs": theirs}
    for _ in range(TRIES[daemon]):
        mixed = drive(kinds[daemon], kinds[client])
        alone = drive(kinds[daemon], kinds[daemon])
        if mixed == alone:
            break
    assert mixed == alone
    failed = [
        request
        for answers in mixed.values()
        for request, answer in zip(REQUESTS, answers, strict=True)
        if answer["status"] == "error"
    ]
    assert failed == [("status", {"name": "gone"})] * 2
