"""Where our own control group is, by what the kernel says of mounts (cgroups(7), proc(5))."""

from __future__ import annotations

import re

_ESCAPED = re.compile(r"\\([0-7]{3})")


def own_group() -> str | None:
    """Return the folder of this process's own group in the hierarchy of version 2, or None.

    Version 1 may be mounted beside it. Inside a container only a part of the hierarchy may be
    mounted, and ours need not be in that.
    """
    try:
        with open("/proc/self/cgroup", encoding="utf-8", errors="surrogateescape") as groups:
            path = group_of(groups.read())
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as mounts:
            return None if path is None else mounted(path, mounts.read())
    except OSError:
        return None


def group_of(groups: str) -> str | None:
    """Return the path in /proc/PID/cgroup that belongs to version 2, or None."""
    return next((line[3:] for line in groups.splitlines() if line.startswith("0::")), None)


def mounted(path: str, mounts: str) -> str | None:
    """Return the folder at which a path of the hierarchy is found, or None.

    :param mounts: the text of /proc/self/mountinfo
    """
    for line in mounts.splitlines():
        fields, _, kind = line.partition(" - ")
        if kind.split(" ")[:1] != ["cgroup2"]:
            continue
        root, point = (_plain(word) for word in fields.split(" ")[3:5])
        below = path if root == "/" else path.removeprefix(root)
        if root in {"/", path} or path.startswith(f"{root}/"):
            return point + below.rstrip("/")
    return None


def _plain(word: str) -> str:
    """Undo the kernel's spelling of blanks and the like."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 8)), word)
