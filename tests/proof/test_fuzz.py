"""Anything may come in on the endpoint: the daemon answers, lives on, and loses nothing by it."""

from __future__ import annotations

import json
import os

import pytest
import zmq
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from benchmarks import proc
from circus.commands import FILES
from tests.helpers.daemon import PATIENCE, running

pytestmark = pytest.mark.proof

CROWD = """
[watcher:web]
cmd = sleep 600
numprocesses = 2
[watcher:other]
cmd = sleep 600
[watcher:one]
cmd = sleep 600
singleton = True
"""
WARM, LONG = 400, 4000
"""How many requests before the daemon is measured, and how many between the measurements."""
GROWTH = 3.0
"""MiB by which the daemon may have grown at the end."""
SOUND = b'{"command": "numwatchers", "id": "sound"}'
ENDING = {"quit"}
"""Verbs that end the daemon, or the whole of its life, as restart does without a name."""
LETTERS = some.text("xyqé*.? 07", max_size=6)
NAMES = some.sampled_from(["web", "WEB", "other", "one", "guest", "gone", "*", "[", ""])
NUMBERS = some.sampled_from([-1, 0, 1, 2, 3, 1.5, 1e300, True, "2", "x", None])
JUNK = some.recursive(
    some.none() | some.booleans() | NUMBERS | LETTERS | some.integers(-5, 5),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(LETTERS, inner, max_size=3),
    max_leaves=6,
)
KEYS = """
numprocesses warmup_delay env send_hup stop_signal stop_children args graceful_timeout max_age
max_retry singleton respawn priority nope rlimit_nofile rlimit_core hooks hooks.before_start
stdout_stream uid copy_env working_dir shell autostart on_demand use_sockets
"""
OPTIONS = some.dictionaries(
    some.sampled_from(KEYS.split()),
    NUMBERS | JUNK,
    max_size=3,
)
USUAL = {
    "name": NAMES,
    "cmd": some.just("sleep 600"),
    "start": some.booleans(),
    "match": some.sampled_from(["glob", "simple", "regex", "nope"]),
    "waiting": some.booleans(),
    "nb": some.sampled_from([0, 1, 2, -1, "1", "x", None]),
    "graceful": some.booleans(),
    "sequential": some.booleans(),
    "nostop": some.just(False),
    "signum": some.sampled_from([18, "cont", "winch", "foo", 0, 99, None]),
    "graceful_timeout": some.sampled_from([0, 0.1, 5, "1", "x"]),
    "pid": some.integers(-1, 3),
    "keys": some.lists(some.sampled_from(["cmd", "uid", "nope"]), max_size=3),
    "options": OPTIONS,
    "extended": some.booleans(),
    "plan": some.booleans(),
}
"""What each property usually is; once in a while it is anything."""
PROPERTIES = some.fixed_dictionaries(
    {"name": NAMES},
    optional={
        name: usual if name in {"cmd", "nostop"} else some.one_of(usual, usual, usual, JUNK)
        for name, usual in USUAL.items()
        if name != "name"
    },
)
REQUESTS = some.fixed_dictionaries(
    {"command": some.sampled_from(sorted(FILES.keys() - ENDING)), "properties": PROPERTIES},
    optional={"msg_type": some.sampled_from(["cast", "call"]) | JUNK, "more": JUNK},
)
ODD = some.dictionaries(
    some.sampled_from(["command", "id", "properties", "msg_type", "waiting"]), JUNK, max_size=5
)
RAW = some.binary(max_size=80) | some.builds(json.dumps, JUNK | ODD).map(str.encode)


class Endpoint:
    """A daemon's endpoint, and how many requests were made there."""

    def __init__(self, context, daemon):
        self.daemon = daemon
        self.socket = context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(daemon.endpoint)
        self.made = 0

    def answers(self, *frames):
        """Send frames and a sound request after them; return what is answered before its answer."""
        self.socket.send_multipart(frames)
        self.socket.send(SOUND)
        found = []
        while not found or found[-1]["id"] != "sound":
            assert self.socket.poll(PATIENCE * 1000), frames
            found.append(json.loads(self.socket.recv()))
        return found[:-1]

    def call(self, request):
        """Make a request; return its answers, and hold that no other request is answered again."""
        self.made += 1
        name = f"fuzz {self.made}"
        found = self.answers(json.dumps({**request, "id": name}).encode())
        while request.get("msg_type") != "cast" and name not in [one["id"] for one in found]:
            assert self.socket.poll(PATIENCE * 1000), request
            found.append(json.loads(self.socket.recv()))
        assert {one["id"] for one in found} <= {name}
        return found

    def settle(self):
        """Bring the watchers back to what they were."""
        for name in ("guest", *self.daemon.call("list")["watchers"]):
            if name not in {"web", "other", "one"}:
                self.daemon.call("rm", name=name, waiting=True)
        for name, count in (("web", 2), ("other", 1), ("one", 1)):
            self.daemon.call("rm", name=name, waiting=True)
            options = {"numprocesses": count, "singleton": name == "one"}
            answer = self.daemon.call(
                "add", name=name, cmd="sleep 600", options=options, start=True, waiting=True
            )
            assert answer["status"] == "ok", answer


def weight(pid):
    """Return how many descriptors and how many MiB a process has."""
    return len(os.listdir(f"/proc/{pid}/fd")), proc.rss_mib([pid])


def fuzz(endpoint, count):
    """Make so many requests of all sorts; each call is answered once."""
    quiet = settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    @quiet
    @given(some.one_of(REQUESTS, REQUESTS, REQUESTS, RAW))
    def ask(sent):
        if isinstance(sent, bytes):
            assert len(endpoint.answers(sent)) <= 1
        else:
            wanted = sent.get("msg_type") != "cast"
            assert len(endpoint.call(sent)) == wanted, sent

    ask()
    endpoint.settle()


def test_whatever_is_sent_is_answered_once_and_costs_the_daemon_nothing(tmp_path):
    with running(tmp_path, CROWD) as daemon, zmq.Context() as context:
        daemon.log.until("web started")
        endpoint = Endpoint(context, daemon)
        try:
            fuzz(endpoint, WARM)
            fds, mib = weight(daemon.process.pid)
            fuzz(endpoint, LONG)
            assert endpoint.call({"command": "nope", "msg_type": "cast"}) == []
            assert weight(daemon.process.pid)[0] == fds
            assert weight(daemon.process.pid)[1] <= mib + GROWTH
            assert daemon.process.poll() is None
            assert len(proc.family(daemon.process.pid)) == 1 + 4
        finally:
            endpoint.socket.close()
