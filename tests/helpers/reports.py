"""Children that report what they find: a program that looks at itself, and who hears it.

A report is a datagram to a Unix socket, so it needs neither output nor environment nor directory.
"""

from __future__ import annotations

import json
import os
import select
import socket
import sys
from pathlib import Path

from tests.helpers.launching import PATIENCE

NOBODY = 65534
CHILD = "{python} -I -S {script} {socket} {tag}"
"""The command line of a child; words behind it come out as ``args``."""

PROGRAM = r"""
import json, os, resource, signal, socket, stat, sys

def line(name):
    with open("/proc/self/status") as status:
        return next(line.split()[1:] for line in status if line.startswith(name + ":"))

def what(number):
    if not stat.S_ISSOCK(os.fstat(number).st_mode):
        return os.readlink(f"/proc/self/fd/{number}")
    with socket.socket(fileno=os.dup(number)) as found:
        return "socket " + str(found.getsockname())

fds, inodes = {}, {}
for number in map(int, os.listdir("/proc/self/fd")):
    try:
        fds[number] = what(number)
        inodes[number] = os.fstat(number).st_ino
    except OSError:
        pass  # the listing itself
with open("/proc/self/oom_score_adj") as score:
    oom = int(score.read())
with open("/proc/self/environ", "rb") as given:
    pairs = [pair.partition("=") for pair in os.fsdecode(given.read()).split("\0") if pair]
report = {
    "tag": sys.argv[2], "args": sys.argv[3:], "pid": os.getpid(), "oom": oom,
    "env": {name: value for name, _, value in pairs},
    "cwd": os.getcwd(), "folder": os.path.dirname(sys.argv[0]), "fds": fds, "inodes": inodes,
    "uid": os.getresuid(), "gid": os.getresgid(), "groups": sorted(os.getgroups()),
    "umask": os.umask(0), "nice": os.nice(0), "cpus": sorted(os.sched_getaffinity(0)),
    "no_new_privs": line("NoNewPrivs") == ["1"],
    "limits": {name: resource.getrlimit(getattr(resource, "RLIMIT_" + name.upper()))
               for name in ("nofile", "core")},
}
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as tell:
    tell.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**20)
    tell.sendto(json.dumps(report).encode(), sys.argv[1])
signal.pause()
"""


def nobody_can() -> bool:
    """Say whether a user without any rights can run this Python."""
    paths = (Path(sys.executable).resolve(), Path(os.__file__).resolve())
    return all(os.stat(folder).st_mode & 0o001 for path in paths for folder in path.parents)


class Reports:
    """Hears what children report.

    :param folder: where the program and the socket are made; anybody must be able to enter it
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "report.py").write_text(PROGRAM)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(folder / "reports"))
        (folder / "reports").chmod(0o777)
        self._heard: dict[str, list[dict]] = {}

    def fill(self, text: str, tag: str) -> str:
        """Return a text of a configuration with the words of a child's command line filled in."""
        words = {
            "python": Path(sys.executable).resolve(),
            "script": self.folder / "report.py",
            "socket": self.folder / "reports",
            "folder": self.folder,
            "tag": tag,
        }
        for word, value in words.items():
            text = text.replace(f"{{{word}}}", str(value))
        return text

    def next(self, tag: str) -> dict:
        """Wait for the next report of a child, and return it."""
        while not self._heard.get(tag):
            ready = select.select([self._socket], [], [], PATIENCE)[0]
            assert ready, f"{tag} never reported, but {sorted(self._heard)} did"
            report = json.loads(self._socket.recv(2**20))
            self._heard.setdefault(report["tag"], []).append(report)
        return self._heard[tag].pop(0)

    def close(self) -> None:
        """Hear nothing any more."""
        self._socket.close()
