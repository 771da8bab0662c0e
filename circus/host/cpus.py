"""How many CPUs this process may use: its affinity, and the quotas of its cgroups.

sched(7) and sched_getaffinity(2) tell of the affinity, cgroups(7) and the kernel's cgroup-v2.rst
(``cpu.max``) and sched-bwc.rst (``cpu.cfs_quota_us``) of the quotas. A container is limited by
quotas, which the affinity does not show.
"""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Mount(NamedTuple):
    """A place where a hierarchy of cgroups can be seen.

    :param root: the cgroup that is seen at the place
    :param place: the directory
    :param two: whether it is of version 2
    """

    root: str
    place: str
    two: bool


def available() -> int:
    """Return how many CPUs this process may use, at least 1; a quota is rounded up."""
    try:
        count = len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        count = os.cpu_count() or 1
    return max(1, math.ceil(min(count, quota())))


def quota(proc: str = "/proc/self") -> float:
    """Return how many CPUs the cgroups of a process allow, infinity if they set no limit.

    :param proc: the directory of the process below ``/proc``
    """
    mounts = list(_mounts(_lines(f"{proc}/mountinfo")))
    limits = []
    for line in _lines(f"{proc}/cgroup"):
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        for mount in mounts:
            here = not controllers if mount.two else "cpu" in controllers.split(",")
            if here:
                limits += [_limit(folder, mount.two) for folder in _folders(mount, path)]
    return min(limits, default=math.inf)


def _mounts(lines: list[str]) -> Iterator[Mount]:
    """Iterate over the mounts that can tell of CPUs, from the lines of proc_pid_mountinfo(5)."""
    for line in lines:
        before, _, after = line.partition(" - ")
        fields, about = before.split(), after.split()
        if len(fields) < 5 or len(about) < 3:  # noqa: PLR2004 - what the manual page promises
            continue
        kind, options = about[0], about[2].split(",")
        if kind == "cgroup2" or (kind == "cgroup" and "cpu" in options):
            yield Mount(_plain(fields[3]), _plain(fields[4]), kind == "cgroup2")


def _plain(field: str) -> str:
    """Return a path of mountinfo without its escapes."""
    for octal, letter in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        field = field.replace(octal, letter)
    return field


def _folders(mount: Mount, path: str) -> Iterator[str]:
    """Iterate over the directories of a cgroup and of all above it, as far as they can be seen.

    In a container the path may be one of the host's: then what is mounted is the container's own.
    """
    root = mount.root.rstrip("/")
    inside = path[len(root) :] if path == root or path.startswith(f"{root}/") else ""
    names = [name for name in inside.split("/") if name]
    if ".." in names:
        names = []
    for length in range(len(names), -1, -1):
        yield os.path.join(mount.place, *names[:length])


def _limit(folder: str, two: bool) -> float:
    """Return how many CPUs one cgroup allows, infinity if it sets no limit."""
    if two:
        lines = _lines(f"{folder}/cpu.max")
    else:
        lines = [*_lines(f"{folder}/cpu.cfs_quota_us"), *_lines(f"{folder}/cpu.cfs_period_us")]
    try:
        spent, period = map(int, " ".join(lines).split())
    except ValueError:  # "max", or no such file
        return math.inf
    return spent / period if spent > 0 and period > 0 else math.inf


def _lines(path: str) -> list[str]:
    """Return the lines of a file, none if it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read().splitlines()
    except OSError:
        return []
