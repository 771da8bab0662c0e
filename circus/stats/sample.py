"""What one process costs, read once a tick as cheaply as the kernel tells it.

Everything that changes stands in ``/proc/PID/stat`` (proc(5)); whose process it is, the file's
owner says. The command line is read once for each process. A pid that another process has taken
over is told by its start time.
"""

from __future__ import annotations

import os
import pwd
import time
from dataclasses import dataclass
from typing import Any, NamedTuple

from circus.figures import STOPPED, UNKNOWN, bytes2human, cpu_time, program

STATE, UTIME, STIME, NICE, STARTED, VIRTUAL, RESIDENT = 0, 11, 12, 16, 19, 20, 21
"""Places in /proc/PID/stat, counted after the name, which may hold blanks and brackets."""
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
MEMORY = os.sysconf("SC_PHYS_PAGES")
"""Pages of memory that the machine has."""
GONE = frozenset({b"Z", b"X", b"x"})

Sample = dict[str, Any]


def offered() -> bool:
    """Say whether this system tells about processes in /proc."""
    return os.path.exists("/proc/self/stat")


@dataclass
class _Known:
    """What is remembered of a process from one sample to the next."""

    started: bytes
    cmdline: str
    created: float
    ticks: int
    when: float


class Figures(NamedTuple):
    """What one process costs.

    :param cpu: percent of one processor since the look before; None at the first look
    :param memory: resident bytes
    :param created: when it was made, in seconds since the epoch
    """

    cpu: float | None
    memory: int
    created: float


class Sampler:
    """Samples processes; the share of the CPU is that since the sample before."""

    def __init__(self) -> None:
        self._known: dict[int, _Known] = {}
        self._names: dict[int, str] = {}
        self._boot = _boot_time()

    def sample(self, pid: int) -> Sample | str:
        """Return the facts of spec §4.15 but ``started`` and ``wid``, or STOPPED.

        ``cpu`` is 0.0 the first time, ``age`` is in seconds since the process was made, and
        ``children`` is always empty (spec §10.2).
        """
        seen = self._look(pid)
        if seen is None:
            return STOPPED
        fields, uid, known, share = seen
        resident = int(fields[RESIDENT])
        return {
            "pid": pid,
            "cmdline": known.cmdline,
            "username": self._user(uid),
            "nice": int(fields[NICE]),
            "mem_info1": bytes2human(resident * PAGE),
            "mem_info2": bytes2human(int(fields[VIRTUAL])),
            "cpu": share or 0.0,
            "mem": round(100 * resident / MEMORY, 3),
            "ctime": cpu_time(known.ticks / TICKS),
            "create_time": known.created,
            "age": time.time() - known.created,
            "children": [],
        }

    def measure(self, pid: int) -> Figures | None:
        """Return what a process costs; None when it is gone."""
        seen = self._look(pid)
        if seen is None:
            return None
        fields, _, known, share = seen
        return Figures(share, int(fields[RESIDENT]) * PAGE, known.created)

    def _look(self, pid: int) -> tuple[list[bytes], int, _Known, float | None] | None:
        """Return the fields of a process, its user, what is known of it, its share of the CPU."""
        try:
            fields, uid = _stat(pid)
        except OSError:
            fields = []
        if not fields or fields[STATE] in GONE:
            self.forget(pid)
            return None
        now = time.monotonic()
        ticks = int(fields[UTIME]) + int(fields[STIME])
        known = self._known.get(pid)
        share = None
        if known is None or known.started != fields[STARTED]:
            created = self._boot + int(fields[STARTED]) / TICKS
            known = _Known(fields[STARTED], _program(pid), created, ticks, now)
            self._known[pid] = known
        elif now > known.when:
            share = round(100 * (ticks - known.ticks) / TICKS / (now - known.when), 1)
            known.ticks, known.when = ticks, now
        return fields, uid, known, share

    def forget(self, pid: int) -> None:
        """Remember nothing of a process any more."""
        self._known.pop(pid, None)

    def _user(self, uid: int) -> str:
        """Return the name of a user; whoever has none is told by number."""
        if uid not in self._names:
            try:
                self._names[uid] = pwd.getpwuid(uid).pw_name
            except KeyError:
                self._names[uid] = str(uid)
        return self._names[uid]


def _stat(pid: int) -> tuple[list[bytes], int]:
    """Return the fields after the name, and the number of the process's user; OSError."""
    fd = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(fd, 1024).rpartition(b")")[2].split(), os.fstat(fd).st_uid
    finally:
        os.close(fd)


def _program(pid: int) -> str:
    """Return the base name of what a process runs."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            first = file.read(4096).partition(b"\0")[0]
    except OSError:
        return UNKNOWN
    return program([os.fsdecode(first)] if first else [])


def _boot_time() -> float:
    """Return when the machine was started, in seconds since the epoch (proc(5), btime)."""
    with open("/proc/stat", "rb") as file:
        return next((float(line.split()[1]) for line in file if line.startswith(b"btime ")), 0.0)
