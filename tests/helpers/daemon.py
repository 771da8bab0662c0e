"""A whole circusd of a test's own: its file, its log, its events, and circusctl on it.

What its children print comes out where the daemon's own log does: that is how a child tells a scene
that it has got somewhere.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import queue
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import zmq

from benchmarks import proc
from circus import circusctl
from circus.client import CircusClient
from circus.host.linux import proc as process_table
from circus.wire.topics import split
from tests.helpers.source import ROOT

PATIENCE = 20.0
"""Seconds after which a scene gives up; nothing that works takes a tenth of it."""
LIMITED = ("sh", "-c", 'ulimit -Sn 1024; exec "$@"', "sh")
"""Runs a program under the usual soft limit of descriptors."""
RING = 0.2
"""Seconds between two tries to have something happen that a child may not be ready for yet."""
BELL = 0.005
"""Seconds between two tries to be heard by a subscriber that is connecting."""


class Log:
    """The lines that a daemon and its children print, as they come."""

    def __init__(self, stream) -> None:
        self.lines: list[str] = []
        self._coming: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def _read(self, stream) -> None:
        with stream:
            for line in stream:
                self._coming.put(line.rstrip("\n"))
        self._coming.put(None)

    def until(self, *texts: str) -> str:
        """Wait until there was a line with each of these texts, in any order.

        Lines before are passed over for good.

        :returns: the last line
        """
        missing = list(texts)
        line: str | None = ""
        end = time.monotonic() + PATIENCE
        while missing:
            try:
                line = self._coming.get(timeout=max(0, end - time.monotonic()))
            except queue.Empty:
                line = None
            assert line is not None, "\n".join([f"never said: {missing}, but:", *self.lines])
            self.lines.append(line)
            found = next((text for text in missing if text in line), None)
            if found is not None:
                missing.remove(found)
        return line

    def so_far(self) -> str:
        """Return what was printed until now."""
        with contextlib.suppress(queue.Empty):
            while (line := self._coming.get_nowait()) is not None:
                self.lines.append(line)
        return "\n".join(self.lines)

    def rest(self) -> str:
        """Return all that was ever printed, once nobody holds the stream any more."""
        while (line := self._coming.get(timeout=PATIENCE)) is not None:
            self.lines.append(line)
        self._thread.join(PATIENCE)
        return "\n".join(self.lines)


@dataclass(frozen=True)
class Event:
    """An announcement of the daemon."""

    watcher: str
    name: str
    fields: dict[str, Any]

    @property
    def pid(self) -> int:
        return self.fields["process_pid"]


class Events:
    """What a daemon announces, from now on.

    A subscriber is deaf until its wish has reached the daemon. So watchers that nobody needs are
    added and removed until that is heard; what comes after the last of these belongs to the scene.
    """

    def __init__(self, endpoint: str, client: CircusClient) -> None:
        self._socket = client.context.socket(zmq.SUB)
        self._socket.linger = 0
        self._socket.subscribe("")
        self._socket.connect(endpoint)
        self._ring(client, "bell")
        while not self._socket.poll(BELL * 1000):
            self._ring(client, "bell")
        self._ring(client, "last bell")
        self.until("last_bell", "remove")

    def _ring(self, client: CircusClient, name: str) -> None:
        client.send_message("add", name=name, cmd="true")
        client.send_message("rm", name=name, waiting=True)

    def until(
        self, watcher: str, name: str, count: int = 1, ring: Callable[[], object] | None = None
    ) -> list[Event]:
        """Return the events up to the next (*count* th) one of this watcher and name.

        :param ring: called again and again until it comes
        """
        heard: list[Event] = []
        end = time.monotonic() + PATIENCE
        while count:
            if ring is not None:
                ring()
            left = end - time.monotonic()
            event = self.next(left if ring is None else RING)
            assert event or (ring and left > 0), f"{watcher}.{name} was never heard, but {heard}"
            if event is not None:
                heard.append(event)
                count -= (event.watcher, event.name) == (watcher, name)
        return heard

    def next(self, patience: float = PATIENCE) -> Event | None:
        """Return the next event, or None when there is none within so many seconds."""
        if not self._socket.poll(max(0, patience) * 1000):
            return None
        topic, payload = self._socket.recv_multipart()
        return Event(*split(topic), json.loads(payload))

    def close(self) -> None:
        self._socket.close()


class Daemon:
    """A running circusd.

    :param folder: where its file and its endpoints are made
    :param text: what is in its file; without ``[circus]`` it gets endpoints of its own
    :param circus: further options beside these endpoints
    :param around: words of a program that runs it
    """

    def __init__(self, folder, text: str, circus: str = "", around: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.file = folder / "circus.ini"
        if "[circus]" not in text:
            places = f"endpoint = ipc://{folder}/ctl\npubsub_endpoint = ipc://{folder}/pub"
            text = f"[circus]\n{places}\n{circus}\n{text}"
        self.file.write_text(text)
        self.endpoint = _option(text, "endpoint")
        self.pubsub = _option(text, "pubsub_endpoint")
        both = subprocess.STDOUT
        self.process = spawn_circusd(self.file, cwd=folder, around=around, stderr=both)
        self.log = Log(self.process.stdout)
        self.client = CircusClient(endpoint=self.endpoint, timeout=PATIENCE)
        self._events: list[Events] = []

    def events(self) -> Events:
        """Begin to listen to its events."""
        self._events.append(Events(self.pubsub, self.client))
        return self._events[-1]

    def call(self, verb: str, **properties: Any) -> dict[str, Any]:
        """Ask it over the wire."""
        return self.client.send_message(verb, **properties)

    def pids(self, name: str) -> list[int]:
        """Return the pids of a watcher's processes."""
        return self.call("list", name=name)["pids"]

    def ctl(self, *words: str) -> str:
        """Say a line to circusctl; return what it prints, and hold that it succeeds."""
        code, out, err = self.try_ctl(*words)
        assert code == 0, err
        return out

    def try_ctl(self, *words: str) -> tuple[int, str, str]:
        """Say a line to circusctl; return its exit code, stdout and stderr."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = circusctl.main(["--endpoint", self.endpoint, *words])
        return code, out.getvalue().strip(), err.getvalue().strip()

    def signal(self, signum: int) -> None:
        """Send it a signal."""
        self.process.send_signal(signum)

    def ended(self, patience: float = PATIENCE) -> int | None:
        """Wait for its end; return its exit code, or None when it still runs."""
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            return None

    def close(self) -> None:
        """Leave nothing of it: neither the daemon nor what it started."""
        for events in self._events:
            events.close()
        self.client.stop()
        if self.process.poll() is None:
            kill(proc.family(self.process.pid))
        self.process.wait(PATIENCE)


def rewrite(daemon: Daemon, *changes: tuple[str, str]) -> None:
    """Replace texts in a daemon's file."""
    text = daemon.file.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    daemon.file.write_text(text)


def _option(text: str, name: str) -> str:
    """Return the value of an option that stands on a line of its own."""
    return re.search(rf"^{name} *= *(.*)$", text, re.MULTILINE)[1]


def spawn_circusd(
    file, *words: str, cwd, around: tuple[str, ...] = (), stderr: int = subprocess.PIPE
) -> subprocess.Popen[str]:
    """Start a circusd on a file, with pipes for what it prints; modules in *cwd* are found."""
    return subprocess.Popen(
        [*around, sys.executable, "-m", "circus.circusd", *words, str(file)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{cwd}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        start_new_session=True,
    )


def refused(file, *words: str, cwd) -> tuple[int, str]:
    """Run a circusd that is to end by itself; return its exit code and what it complained of."""
    process = spawn_circusd(file, *words, cwd=cwd)
    _, complaint = process.communicate(timeout=PATIENCE)
    return process.returncode, complaint


@contextlib.contextmanager
def running(folder, text: str, **more: Any):
    """Run a daemon; at the end nothing of it is left, and no traceback stands in its log."""
    daemon = Daemon(folder, text, **more)
    try:
        yield daemon
    finally:
        daemon.close()
    assert "Traceback" not in daemon.log.so_far(), daemon.log.so_far()


def kill(pids) -> None:
    """Send SIGKILL to those that are still there."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def argv(pid: int) -> list[str]:
    """Return the words of a process's command line; none of one that has ended.

    A launch returns when the exec is certain; the kernel fills in the words a moment later.
    """
    end = time.monotonic() + PATIENCE
    while not (words := proc.read(f"/proc/{pid}/cmdline")) and alive(pid):
        assert time.monotonic() < end
    return words.split("\0")[:-1]


def alive(pid: int) -> bool:
    """Say whether a process is there; a zombie is not."""
    return process_table.alive(pid)


def gone(pids, patience: float = PATIENCE) -> bool:
    """Wait until all these processes have ended; say whether they have."""
    end = time.monotonic() + patience
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            fd = os.pidfd_open(pid)
            poll = select.poll()
            poll.register(fd, select.POLLIN)
            ready = poll.poll(max(0, end - time.monotonic()) * 1000)
            os.close(fd)
            if not ready:
                return False
    return True
