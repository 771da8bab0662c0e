"""Whatever many clients ask at once: each is answered once, and the last word counts."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import time
from collections import Counter

import pytest
import zmq

from benchmarks import proc
from tests.helpers.daemon import PATIENCE, running
from tests.proof.conftest import ROUNDS

pytestmark = pytest.mark.proof

SEED = 20
CLIENTS, COMMANDS, FLIGHT = 50, 10_000, 4
"""How many ask, how much in all, and how many questions of one client are open at a time."""
NAMES = [f"w{number}" for number in range(20)]
GUESTS = ["guest", "other guest"]
"""Watchers that come and go."""
CROWD = "".join(f"[watcher:{name}]\ncmd = sleep 600\nnumprocesses = 2\n" for name in NAMES)
PLAIN = ("status", "list", "numprocesses", "options", "stats", "kill", "signal")
MOVES = ("start", "stop", "restart", "reload", "incr", "decr")
ALLOWED = re.compile(
    r"superseded by \w+|'(other )?guest' already exist|program (other )?guest not found"
)
LASTING = {"incr", "decr", "set"}
"""What only the end of its watcher supersedes."""


def some_command(chance):
    """Return a verb and its properties, by chance."""
    name = chance.choice(NAMES)
    kind = chance.random()
    if kind < 0.02:
        name = chance.choice(GUESTS)
        verb = chance.choice(["add", "rm"])
        properties = {"cmd": "sleep 600", "start": True} if verb == "add" else {}
    elif kind < 0.12:
        options = chance.choice([{"graceful_timeout": 4}, {"numprocesses": 2}, {"max_age": 0}])
        verb, properties = "set", {"options": options}
    elif kind < 0.5:
        verb = chance.choice(PLAIN)
        properties = {"signum": 18} if verb == "signal" else {}
    else:
        verb = chance.choice(MOVES)
        properties = {"sequential": True} if verb == "reload" and kind < 0.6 else {}
    if chance.random() < 0.5:
        properties["waiting"] = True
    return verb, {"name": name, **properties}


class Client:
    """Asks one question after the other, a few at a time.

    :param number: whose answers are whose
    """

    def __init__(self, context, endpoint, number, questions):
        self.socket = context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(endpoint)
        self.left = [(f"{number}-{n}", *question) for n, question in enumerate(questions)]
        self.open = {}
        self.fill()

    def fill(self):
        while self.left and len(self.open) < FLIGHT:
            name, verb, properties = self.left.pop()
            self.open[name] = verb
            self.socket.send_json({"id": name, "command": verb, "properties": properties})

    def hear(self):
        """Return the answers that are there, with their verbs."""
        found = []
        with contextlib.suppress(zmq.Again):
            while True:
                answer = json.loads(self.socket.recv(zmq.NOBLOCK))
                found.append((self.open.pop(answer["id"]), answer))  # KeyError: answered twice
        self.fill()
        return found


def hear_all(clients):
    """Let the clients ask until everything is answered; return the answers with their verbs."""
    poller = zmq.Poller()
    whose = {client.socket: client for client in clients}
    for socket in whose:
        poller.register(socket, zmq.POLLIN)
    answers = []
    while any(client.open for client in clients):
        ready = poller.poll(PATIENCE * 1000)
        assert ready, {name: verb for client in clients for name, verb in client.open.items()}
        for socket, _ in ready:
            answers += whose[socket].hear()
    return answers


@pytest.fixture
def connect():
    """Return a function that makes a client of an endpoint."""
    with zmq.Context() as context:
        made = []

        def connect(endpoint, questions=()):
            made.append(Client(context, endpoint, len(made), questions))
            return made[-1]

        yield connect
        for client in made:
            client.socket.close()


def test_every_call_of_fifty_clients_is_answered_once_and_the_last_word_counts(tmp_path, connect):
    chance = random.Random(SEED)
    with running(tmp_path, CROWD) as daemon:
        daemon.log.until(*(f"{name} started" for name in NAMES))
        clients = [
            connect(daemon.endpoint, [some_command(chance) for _ in range(COMMANDS // CLIENTS)])
            for _ in range(CLIENTS)
        ]
        answers = hear_all(clients)
        assert len(answers) == COMMANDS
        refused = [(verb, answer) for verb, answer in answers if answer["status"] == "error"]
        assert refused, "nothing contradicted anything"
        assert [
            (verb, answer)
            for verb, answer in refused
            if not ALLOWED.fullmatch(answer["reason"])
            or (verb in LASTING and answer["reason"] != "superseded by rm")
        ] == []
        last_words(daemon, connect, chance)
        assert [client.hear() for client in clients] == [[] for _ in clients]
    assert Counter(verb for verb, _ in answers).keys() >= {*PLAIN, *MOVES, "set", "add", "rm"}


def last_words(daemon, connect, chance):
    """Say one last thing about each watcher, and hold that it became so."""
    words = {
        name: chance.choice(
            [
                ("stop", {}),
                ("start", {}),
                ("restart", {}),
                ("set", {"options": {"numprocesses": 3}}),
            ]
        )
        for name in NAMES
    }
    before = daemon.call("status")["statuses"]
    said = [
        connect(daemon.endpoint, [(verb, {"name": name, "waiting": True, **properties})])
        for name, (verb, properties) in words.items()
    ]
    assert {answer["status"] for _, answer in hear_all(said)} == {"ok"}
    alive = []
    for name, (verb, _) in words.items():
        wanted = daemon.call("get", name=name, keys=["numprocesses"])["options"]["numprocesses"]
        up = before[name] != "stopped" if verb == "set" else verb != "stop"
        pids = daemon.pids(name)
        assert daemon.call("status", name=name)["status"] == ("active" if up else "stopped")
        assert len(pids) == (wanted if up else 0), (name, verb, pids)
        assert verb != "set" or wanted == 3
        alive += pids
    guests = [pid for guest in GUESTS for pid in daemon.call("list", name=guest).get("pids", [])]
    assert sorted(proc.family(daemon.process.pid)[1:]) == sorted(alive + guests)


STUBBORN = "sh -c 'trap \"\" TERM; exec sleep 600'"
THOUSAND = "".join(f"[watcher:{name}]\ncmd = {STUBBORN}\nnumprocesses = 50\n" for name in NAMES)
STOPS, TRIPS = 100, 3000
STATUS = json.dumps({"id": "trip", "command": "status", "properties": {}}).encode()


def trips(client, stops):
    """Ask for the status many times, with a stop between now and then; return milliseconds."""
    socket = client.socket
    times = []
    for number in range(TRIPS):
        began = time.perf_counter()
        socket.send(STATUS)
        assert socket.poll(PATIENCE * 1000)
        socket.recv()
        times.append((time.perf_counter() - began) * 1e3)
        if number % 10 == 0 and stops:
            stops.pop()()
    return sorted(times)


def test_status_is_answered_at_once_while_a_hundred_stops_are_under_way(tmp_path, connect, figure):
    with running(tmp_path, THOUSAND) as daemon:
        daemon.log.until(*(f"{name} started" for name in NAMES))
        asker, stopper = connect(daemon.endpoint), connect(daemon.endpoint)
        victims = [
            (name, pid) for name in NAMES for pid in daemon.pids(name)[: STOPS // len(NAMES)]
        ]
        stops = [
            lambda name=name, pid=pid: stopper.socket.send_json(
                {
                    "command": "kill",
                    "properties": {"name": name, "pid": pid, "graceful_timeout": 600},
                }
            )
            for name, pid in victims
        ]
        rounds = [trips(asker, stops if n == 0 else []) for n in range(ROUNDS)]
        assert stops == []
        assert daemon.call("numprocesses")["numprocesses"] == len(NAMES) * 50
        assert all(os.path.exists(f"/proc/{pid}") for _, pid in victims)
    figure("status, 1,000 processes and 100 stops, p50", [t[TRIPS // 2] for t in rounds], 0.3, "ms")
    worst = [times[TRIPS * 99 // 100] for times in rounds]
    figure("status, 1,000 processes and 100 stops, p99", worst, 20, "ms")


MANY = 500


def test_a_reload_of_five_hundred_watchers_touches_the_changed_one_only(tmp_path, figure):
    text = "".join(f"[watcher:w{number}]\ncmd = sleep 600\n" for number in range(MANY))
    with running(tmp_path, text) as daemon:
        daemon.log.until(*(f"w{number} started" for number in range(MANY)))
        events = daemon.events()
        before = {f"w{number}": daemon.pids(f"w{number}") for number in range(MANY)}
        times = []
        for number in range(ROUNDS):
            changed = f"w{number * 7}"
            old = daemon.file.read_text()
            daemon.file.write_text(
                old.replace(
                    f"[watcher:{changed}]\ncmd = sleep 600", f"[watcher:{changed}]\ncmd = sleep 601"
                )
            )
            assert daemon.file.read_text() != old
            began = time.perf_counter()
            answer = daemon.call("reloadconfig", waiting=True)
            times.append((time.perf_counter() - began) * 1e3)
            assert answer["status"] == "ok", answer
            after = {name: daemon.pids(name) for name in before}
            assert [name for name in before if after[name] != before[name]] == [changed]
            heard = events.until(changed, "reload")
            assert {event.watcher for event in heard} == {changed}
            before = after
    figure("reloadconfig of 500 watchers with one changed", times, 100, "ms")
