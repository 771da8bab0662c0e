"""The figures, each measured by one function on a running supervisor."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks import environments, proc
from benchmarks.ears import Ears, wait_until_gone
from benchmarks.latency import answers_while_starting
from benchmarks.peers import Circus, Peer

if TYPE_CHECKING:
    from collections.abc import Iterator

Figures = dict[str, float]


@dataclass(frozen=True)
class Work:
    """How much is measured.

    :param count: children
    :param kills: children killed one after the other; a slow supervisor gets fewer (*patience*)
    :param idle: seconds of rest over which the CPU is counted
    :param mib: MiB that a child prints
    :param patience: seconds after which no further child is killed, once ten were
    """

    count: int = 1000
    kills: int = 50
    idle: float = 20
    mib: int = 256
    patience: float = 60


@dataclass
class Scene:
    """A supervisor that is at work: its folder, the ears for its children, and those alive."""

    peer: Peer
    ears: Ears
    alive: list[int]


@contextlib.contextmanager
def scene(kind: type[Peer], count: int, mib: int = 0) -> Iterator[Scene]:
    """Make a folder and configure a supervisor in it; at the end nothing of it is left."""
    folder = tempfile.mkdtemp(prefix=f"circus-bench-{kind.name}-")
    ears = Ears(folder)
    command = [environments.child(), ears.path, *([str(mib)] if mib else [])]
    log = os.path.join(folder, "output.log") if mib else None
    here = Scene(kind(folder, count, command, log), ears, [])
    try:
        yield here
    finally:
        end(here)
        ears.close()
        shutil.rmtree(folder, ignore_errors=True)


def end(here: Scene) -> None:
    """Kill whatever of a scene is still alive."""
    daemon = getattr(here.peer, "daemon", None)
    if daemon is None:
        return
    left = [*here.alive]
    if daemon.poll() is None:
        daemon.send_signal(signal.SIGSTOP)  # so that it starts nothing after the list is made
        left = [*proc.family(daemon.pid), *left]  # parents first: none replaces its child
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    daemon.wait()


def measure(kind: type[Peer], work: Work) -> Figures:
    """Return all the figures of one supervisor."""
    figures: Figures = {}
    with scene(kind, work.count) as here:
        figures |= start(here, work)
        here.ears.rest(2)
        figures |= respawn(here, work)
        figures |= storm(here, work)
        figures |= control(here)
        figures |= idle(here, work)
        figures |= stop(here)
    if issubclass(kind, Circus):
        with scene(kind, work.count) as here:
            figures |= latency(here, work)
    with scene(kind, 1, work.mib) as here:
        figures |= output(here, work)
    return figures


def start(here: Scene, work: Work) -> Figures:
    """Seconds from the start of the daemon until every child has said that it is up."""
    began = time.monotonic()
    here.peer.start()
    here.alive = here.ears.hear(work.count)
    if len(here.alive) < work.count:
        raise RuntimeError(f"only {len(here.alive)} of {work.count} children came up")
    return {"start": time.monotonic() - began}


def respawn(here: Scene, work: Work) -> Figures:
    """Milliseconds from SIGKILL until the new child says that it is up: median and worst."""
    times: list[float] = []
    end = time.monotonic() + work.patience
    while len(times) < work.kills and (len(times) < 10 or time.monotonic() < end):
        began = time.monotonic()
        os.kill(here.alive.pop(0), signal.SIGKILL)
        new = here.ears.hear(timeout=30)
        if not new:
            raise RuntimeError("a killed child did not come back within 30 s")
        times.append((time.monotonic() - began) * 1e3)
        here.alive += new + here.ears.rest(0.1)
    return {"respawn": statistics.median(times), "respawn_worst": max(times)}


def storm(here: Scene, work: Work) -> Figures:
    """Seconds until all are back after a quarter of the children is killed at once."""
    count = max(1, work.count // 4)
    victims, here.alive = here.alive[:count], here.alive[count:]
    began = time.monotonic()
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    new = here.ears.hear(count)
    if len(new) < count:
        raise RuntimeError(f"only {len(new)} of {count} children came back")
    here.alive += new
    return {"storm": time.monotonic() - began}


def control(here: Scene) -> Figures:
    """Milliseconds of one status command from the shell: median of seven."""
    times = []
    for _ in range(7):
        began = time.monotonic()
        subprocess.run(
            here.peer.status_words(),
            env=here.peer.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,  # supervisorctl answers 3 when a child is not running
            timeout=60,
        )
        times.append((time.monotonic() - began) * 1e3)
    return {"control": statistics.median(times)}


def idle(here: Scene, work: Work) -> Figures:
    """CPU of the daemon and its helpers at rest, in ms per second, and their memory in MiB."""
    here.ears.rest(3)
    staff = proc.staff(here.peer.daemon.pid, here.peer.command[0])
    before, began = proc.cpu_ns(staff), time.monotonic()
    here.ears.rest(work.idle)
    spent = proc.cpu_ns(staff) - before
    return {"idle": spent / 1e6 / (time.monotonic() - began), "memory": proc.rss_mib(staff)}


def stop(here: Scene) -> Figures:
    """Seconds until the daemon, its helpers and all children are gone after it is told to stop."""
    pids = [*here.alive, *proc.staff(here.peer.daemon.pid, here.peer.command[0])]
    began = time.monotonic()
    here.peer.stop()
    if not wait_until_gone(pids, 60):
        raise RuntimeError("not everything was gone within 60 s")
    return {"stop": time.monotonic() - began}


def latency(here: Scene, work: Work) -> Figures:
    """Milliseconds to answer a command while the children start: median and worst."""
    here.peer.start()
    times, here.alive = answers_while_starting(str(here.peer.endpoint), here.ears, work.count)
    return {"answer": statistics.median(times) * 1e3, "answer_worst": max(times) * 1e3}


def output(here: Scene, work: Work) -> Figures:
    """MiB per second of a child's output on the way into a plain file."""
    log, want = str(here.peer.log), work.mib << 20
    here.peer.start()
    here.alive = here.ears.hear()
    began = time.monotonic()
    here.ears.hear(word="done")
    end = time.monotonic() + 60
    while (size := os.path.getsize(log)) < want and time.monotonic() < end:
        here.ears.rest(0.002)
    if size < want:
        raise RuntimeError(f"{want - size} bytes of output were lost")
    return {"output": work.mib / (time.monotonic() - began)}
