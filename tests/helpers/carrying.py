"""One child that prints much, a circusd that carries it, and what both cost."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from benchmarks import environments, measure, proc
from benchmarks.ears import Ears
from benchmarks.peers import Ours
from circus.client import CircusClient

MIB = 1 << 20
PATIENCE = 60
"""Seconds after which a measurement gives up."""


def kind(*options: str) -> type[Ours]:
    """Return our circusd with more options of the child's stream."""

    class Streamed(Ours):
        def configure(self) -> None:
            super().configure()
            with open(os.path.join(self.folder, "circus.ini"), "a") as file:
                file.writelines(f"stdout_stream.{option}\n" for option in options)

    return Streamed


class Watch:
    """Asks a daemon all the time: how long it lets one wait, and how much memory it takes.

    :param endpoint: where it answers
    :param pid: the daemon
    """

    def __init__(self, endpoint: str, pid: int) -> None:
        self.worst = self.memory = 0.0
        self._endpoint, self._pid = endpoint, pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Watch:  # noqa: PYI034 - Self is newer than Python 3.10
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        client = CircusClient(endpoint=self._endpoint, timeout=PATIENCE)
        client.send_message("numwatchers")
        while not self._over.wait(0.005):
            begun = time.monotonic()
            client.send_message("numwatchers")
            self.worst = max(self.worst, (time.monotonic() - begun) * 1000)
            self.memory = max(self.memory, proc.rss_mib([self._pid]))
        client.stop()


def written(log: str) -> int:
    """Return the bytes of a log and its backups."""
    size = 0
    for path in Path(log).parent.glob(f"{Path(log).name}*"):
        with contextlib.suppress(FileNotFoundError):  # it was just renamed
            size += path.stat().st_size
    return size


def carried(mib: int, *options: str, grows: float = 1.0) -> dict[str, float]:
    """Measure one child that prints so many MiB into the file of a circusd.

    :param options: more options of its stream
    :param grows: what becomes of a byte on the way
    :returns: ``seconds`` a GiB, the ``worst`` answer (ms) and the most ``memory`` (MiB) meanwhile
    """
    with measure.scene(kind(*options), 1, mib) as here:
        log, want = str(here.peer.log), int(mib * MIB * grows)
        here.peer.start()
        here.alive = here.ears.hear()
        begun = time.monotonic()
        with Watch(str(here.peer.endpoint), here.peer.daemon.pid) as watch:
            here.ears.hear(word="done", timeout=PATIENCE)
            while written(log) < want and time.monotonic() < begun + PATIENCE:
                here.ears.rest(0.002)
            taken = time.monotonic() - begun
        assert written(log) >= want, f"{want - written(log)} bytes are missing"
    return {"seconds": taken * 1024 / mib, "worst": watch.worst, "memory": watch.memory}


def alone(mib: int) -> float:
    """Return the seconds a GiB of the same child when nothing is between it and its file."""
    with tempfile.TemporaryDirectory(prefix="circus-bench-alone-") as folder:
        ears = Ears(folder)
        with open(os.path.join(folder, "log"), "ab") as out:
            child = subprocess.Popen([environments.child(), ears.path, str(mib)], stdout=out)
        ears.hear()
        begun = time.monotonic()
        ears.hear(word="done", timeout=PATIENCE)
        taken = time.monotonic() - begun
        child.kill()
        child.wait()
        ears.close()
    return taken * 1024 / mib
