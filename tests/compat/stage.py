"""A daemon on the stage: Circus 0.19 or ours, with the same file, asked the same things.

What it says is made comparable: pids, times, folders and tracebacks become words
(:mod:`tests.compat.plain`).
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import zmq

from benchmarks import environments, proc
from tests.compat.plain import Plain
from tests.helpers.daemon import PATIENCE, kill
from tests.helpers.source import ROOT

BIN = "CIRCUS_019"
"""The variable of the environment that says where the programs of Circus 0.19 are."""
SOUND = {"command": "numwatchers", "id": "the sound request"}
SILENCE = 1.0
"""Seconds after which an awaited answer of Circus does not come any more (flaw D6)."""
GLANCE = 5
"""Milliseconds between two looks at a daemon that is busy."""
UNSETTLED = ("starting", "stopping")

INI = """
[circus]
endpoint = ipc://{folder}/ctl
pubsub_endpoint = ipc://{folder}/pub
check_delay = 0.2
[socket:front]
path = {folder}/front
[watcher:web]
cmd = sleep 600
numprocesses = 2
graceful_timeout = 5
max_retry = 3
[env:web]
COLOUR = red
[watcher:Web Two]
cmd = sleep
args = 601
priority = 5
[watcher:one]
cmd = sleep 602
singleton = True
[watcher:idle]
cmd = sleep 603
autostart = False
[watcher:shelly]
cmd = sh -c "sleep 604 & wait"
stop_children = True
"""

STUBBORN = """
[watcher:stubborn]
cmd = sh -c 'trap "" TERM; while :; do sleep 605; done'
graceful_timeout = 2
autostart = False
"""


class Kind(NamedTuple):
    """A Circus: the words that run its programs, and the folder in which its Python finds it."""

    name: str
    python: tuple[str, ...]
    circusd: tuple[str, ...]
    circusctl: tuple[str, ...]
    path: str


def _python(*words: str) -> tuple[str, ...]:
    return (sys.executable, *words)


OURS = Kind(
    "ours",
    _python(),
    _python("-m", "circus.circusd"),
    _python("-m", "circus.circusctl"),
    str(ROOT),
)


def theirs(folder: str | os.PathLike[str]) -> Kind:
    """Return the Circus whose programs are in a folder."""
    words = [(str(Path(folder, name)),) for name in ("python", "circusd", "circusctl")]
    return Kind("Circus 0.19", *words, "")


def find_theirs() -> Kind | None:
    """Return Circus 0.19 where the environment says it is, or from PyPI; None without network."""
    if folder := os.environ.get(BIN):
        return theirs(folder)
    with contextlib.suppress(subprocess.CalledProcessError):
        return theirs(environments.from_pypi("circus==0.19.0"))
    return None


def _working_in(folder: Path) -> Iterator[int]:
    """Find what a daemon lost: grandchildren of Circus's, and what rm let run on."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/{name}/cwd") == str(folder):
                yield int(name)


class Stage:
    """A running daemon.

    :param kind: whose
    :param folder: where its file and its endpoints are made
    :param more: what is in its file besides :data:`INI`
    """

    def __init__(self, kind: Kind, folder: Path, more: str = "") -> None:
        self.kind = kind
        self.folder = folder
        self.plain = Plain(folder)
        self.endpoint = f"ipc://{folder}/ctl"
        self.write(INI + more)
        with open(folder / "daemon.log", "wb") as log:
            self.process = subprocess.Popen(
                [*kind.circusd, "circus.ini"],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": kind.path},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._connect(zmq.DEALER, self.endpoint)
        self._ears = self._connect(zmq.SUB, f"ipc://{folder}/pub")
        self._ears.subscribe("")
        self.settle()

    def write(self, text: str) -> None:
        """Write its file."""
        (self.folder / "circus.ini").write_text(text.format(folder=self.folder))

    def _connect(self, kind: int, endpoint: str) -> zmq.Socket[bytes]:
        socket = self._context.socket(kind)
        socket.linger = 0
        socket.reconnect_ivl = 10
        socket.connect(endpoint)
        return socket

    def call(self, verb: str, **properties: Any) -> dict[str, Any]:
        """Ask what is surely answered, and again and again, for an endpoint may go and come."""
        for number in range(int(PATIENCE / SILENCE)):
            name = f"call {number}"
            self._socket.send_json({"command": verb, "properties": properties, "id": name})
            while (answer := self._read(SILENCE)) is not None:
                if answer["id"] == name:
                    return answer
        raise AssertionError(f"{self.kind.name} does not answer {verb}:\n{self.log()}")

    def _read(self, patience: float) -> dict[str, Any] | None:
        if self._socket.poll(patience * 1000):
            return json.loads(self._socket.recv())
        return None

    def ask(self, frames: list[bytes], patience: float) -> list[dict[str, Any]]:
        """Send one request, and return what is answered before a sound request after it.

        :param patience: seconds for which the answer is waited for before that
        """
        self._socket.send_multipart(frames)
        found = []
        if patience and (answer := self._read(patience)):
            found.append(answer)
        self._socket.send_json(SOUND)
        while (answer := self._read(PATIENCE)) is not None:
            if answer["id"] == SOUND["id"]:
                break
            found.append(answer)
        return found

    def hear_out(self, frames: list[bytes], patience: float) -> list[dict[str, Any]]:
        """Send a last request; return its answer if it comes within so many seconds."""
        self._socket.send_multipart(frames)
        answer = self._read(patience)
        return [answer] if answer else []

    def until_logged(self, text: str, times: int) -> None:
        """Wait until a text stands in its log so many times."""
        self.until(lambda: self.log().count(text) >= times)

    def pids(self, name: str) -> list[int]:
        """Return the pids of a watcher's processes, known from now on."""
        pids = self.call("list", name=name)["pids"]
        self.plain.know(pids)
        return pids

    def settle(self) -> None:
        """Wait until nothing is under way any more."""
        self.until(self._is_settled)

    def until(self, met: Callable[[], bool]) -> None:
        """Look again and again until something is so."""
        end = time.monotonic() + PATIENCE
        while not met():
            assert time.monotonic() < end, f"{self.kind.name} never gets there:\n{self.log()}"
            self._socket.poll(GLANCE)

    def _is_settled(self) -> bool:
        statuses = self.call("status")["statuses"]
        if not statuses or any(state in UNSETTLED for state in statuses.values()):
            return False
        name = next(iter(statuses))
        if self.call("set", name=name, options={}, waiting=True)["status"] == "error":
            return False  # Circus does one thing at a time
        return all(self._is_full(name) for name in statuses if statuses[name] == "active")

    def _is_full(self, name: str) -> bool:
        wanted = self.call("get", name=name, keys=["numprocesses"])["options"]["numprocesses"]
        return (
            len(self.pids(name)) == wanted == self.call("numprocesses", name=name)["numprocesses"]
        )

    def listen(self) -> None:
        """Begin to hear its events; a subscriber is deaf until its wish has arrived."""
        self._mark("bell")
        while not self._ears.poll(GLANCE):
            self._mark("bell")
        self.heard()

    def heard(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the events since the last time, topic and payload."""
        self._mark("mark")
        found: list[tuple[str, dict[str, Any]]] = []
        while self._ears.poll(PATIENCE * 1000):
            topic, payload = self._ears.recv_multipart()
            if topic == b"watcher.mark.remove":
                return found
            if topic not in {b"watcher.mark.add", b"watcher.bell.add", b"watcher.bell.remove"}:
                found.append((topic.decode(), json.loads(payload)))
        raise AssertionError(f"{self.kind.name} published no mark")

    def _mark(self, name: str) -> None:
        """Make two events that belong to nothing else."""
        self.until(lambda: self.call("add", name=name, cmd="true")["status"] == "ok")
        self.until(lambda: self.call("rm", name=name)["status"] == "ok")

    def ctl(self, kind: Kind, *words: str) -> tuple[int, str, str]:
        """Run a circusctl, theirs or ours, on this daemon; return exit code, stdout and stderr."""
        done = subprocess.run(
            [*kind.circusctl, "--endpoint", self.endpoint, *words],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": kind.path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def overhear(self, kind: Kind) -> tuple[int, str, str]:
        """Run ``circusctl listen`` until it prints a line; return exit code, line and stderr."""
        buffered = {} if kind is OURS else {"PYTHONUNBUFFERED": "1"}  # Circus's waits for more
        process = subprocess.Popen(
            [
                *kind.circusctl,
                "--endpoint",
                f"ipc://{self.folder}/pub",
                "listen",
                "watcher.mark.add",
            ],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": kind.path, **buffered},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            while not select.select([process.stdout], [], [], GLANCE / 1000)[0]:
                self._mark("mark")
            line = process.stdout.readline()
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
        return process.returncode, line, err

    def log(self) -> str:
        """Return what it printed."""
        return (self.folder / "daemon.log").read_text()

    def ended(self) -> int:
        """Wait for its end; return its exit code."""
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        """Leave nothing of it."""
        for socket in (self._socket, self._ears):
            socket.close()
        self._context.term()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGSTOP)  # so that it starts nothing after the list
            kill(proc.family(self.process.pid))
        self.process.wait(PATIENCE)
        kill(_working_in(self.folder))
