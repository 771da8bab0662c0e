"""A small activator: binds sockets, says so in the environment, and becomes another program.

usage: python -m tests.helpers.activator [NAME=PATH | NAME=HOST:PORT]... -- WORD...
"""

from __future__ import annotations

import fcntl
import os
import socket
import sys

FIRST = 3
ABOVE = 100
"""Above the numbers of all that is open here."""


def bound(place: str) -> socket.socket:
    """Return a listening socket."""
    if "/" in place:
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(place)
    else:
        host, _, port = place.rpartition(":")
        sock = socket.create_server((host, int(port)))
    sock.listen()
    return sock


def main(words: list[str]) -> None:
    """Become the program, in the same process: LISTEN_PID is its number already."""
    cut = words.index("--")
    named = [word.partition("=")[::2] for word in words[:cut]]
    made = [bound(place) for _, place in named]
    # first out of the way of their final numbers
    high = [fcntl.fcntl(sock.fileno(), fcntl.F_DUPFD_CLOEXEC, ABOVE) for sock in made]
    for target, fd in enumerate(high, FIRST):
        os.dup2(fd, target)
    os.environ |= {
        "LISTEN_PID": str(os.getpid()),
        "LISTEN_FDS": str(len(named)),
        "LISTEN_FDNAMES": ":".join(name for name, _ in named),
    }
    os.execvp(words[cut + 1], words[cut + 1 :])


if __name__ == "__main__":
    main(sys.argv[1:])
