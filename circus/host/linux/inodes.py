"""The kernel's tables of sockets (proc(5)): who has an address, by the inode of his socket."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import struct
from collections.abc import Collection, Iterator

Users = dict[int, "int | None"]
"""Inodes of sockets, and the user that each belongs to, where the kernel tells it."""

_TABLES: dict[int, str] = {socket.SOCK_STREAM: "tcp", socket.SOCK_DGRAM: "udp"}
_LISTEN = 0x0A
"""The state of a TCP socket that listens (include/net/tcp_states.h)."""
_LONGEST = 100
"""Characters of a command that are told."""
_ACCEPTS = 0x10000
"""The flag of a Unix socket that listens (__SO_ACCEPTCON)."""


def of_port(socktype: int, host: str, port: int) -> Users:
    """Return the sockets on a port whose address overlaps *host*: those that listen, if any do."""
    ours = ipaddress.ip_address(host)
    listening: Users = {}
    others: Users = {}
    for theirs, state, user, inode in _inet(_TABLES.get(socktype, ""), port):
        if inode and _overlap(ours, theirs):
            (listening if state == _LISTEN else others)[inode] = user
    return listening or others


def of_path(path: str, socktype: int) -> Users:
    """Return the Unix sockets that are bound to a path or an abstract name."""
    abstract = path.startswith("@")
    wanted = path if abstract else os.path.abspath(path)
    listening: Users = {}
    others: Users = {}
    for name, kind, flags, inode in _unix():
        if abstract:
            same = name == wanted and kind == socktype
        else:
            same = not name.startswith("@") and os.path.abspath(name) == wanted
        if same:
            (listening if flags & _ACCEPTS else others)[inode] = None
    return listening or others


def owners(wanted: Collection[int]) -> dict[int, int]:
    """Return the processes that have one of these sockets open, and which: pid to inode.

    Of processes that we may not look into nothing is found.
    """
    links = {f"socket:[{inode}]": inode for inode in wanted}
    found = {}
    if links:
        for pid in sorted(int(name) for name in os.listdir("/proc") if name.isdigit()):
            for link in _links(pid):
                if link in links:
                    found[pid] = links[link]
                    break
    return found


def command(pid: int) -> str:
    """Return what a process runs: the program, and the first argument if that is no option.

    No more of its command line, which may hold what is not for a log.
    """
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read(4096).decode(errors="replace").split("\0")
    except OSError:  # it has ended in the meantime
        return ""
    text = " ".join([words[0], *(word for word in words[1:2] if word[:1] not in {"", "-"})])
    return "".join(each if each.isprintable() else "?" for each in text[:_LONGEST])


def _links(pid: int) -> Iterator[str]:
    """Iterate over what the descriptors of a process lead to."""
    folder = f"/proc/{pid}/fd"
    with contextlib.suppress(OSError):  # it is not ours, or it has ended
        for name in os.listdir(folder):
            with contextlib.suppress(OSError):  # closed in the meantime
                yield os.readlink(f"{folder}/{name}")


_IP = ipaddress.IPv4Address | ipaddress.IPv6Address


def _overlap(one: _IP, other: _IP) -> bool:
    """Say whether two addresses cannot both be bound: the same, or one stands for all."""
    return one == other or one.is_unspecified or other.is_unspecified


def _inet(table: str, port: int) -> Iterator[tuple[_IP, int, int, int]]:
    """Iterate over (address, state, user, inode) of the sockets on a port, of both families."""
    for name in (table, f"{table}6"):
        for fields in _rows(f"/proc/net/{name}") if table else ():
            host, _, number = fields[1].partition(":")
            if int(number, 16) == port:
                yield _address(host), int(fields[3], 16), int(fields[7]), int(fields[9])


def _address(text: str) -> _IP:
    """Return an address from words of eight hexadecimal digits, each in our own byte order."""
    words = [int(text[start : start + 8], 16) for start in range(0, len(text), 8)]
    packed = b"".join(struct.pack("=I", word) for word in words)
    found = ipaddress.ip_address(packed)
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def _unix() -> Iterator[tuple[str, int, int, int]]:
    """Iterate over (path, type, flags, inode) of the Unix sockets that have a name."""
    for fields in _rows("/proc/net/unix", 7):
        if len(fields) > 7:  # noqa: PLR2004 - the path comes last
            yield fields[7], int(fields[4], 16), int(fields[3], 16), int(fields[6])


def _rows(path: str, most: int = -1) -> Iterator[list[str]]:
    """Iterate over the rows of a table without its head, cut at blanks."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            next(file, None)
            for line in file:
                yield line.rstrip("\n").split(None, most)
    except OSError:  # no such table here: no IPv6, or no /proc
        return
