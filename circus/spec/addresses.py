"""The addresses of sockets, and what one [socket:NAME] cannot ask for by itself. Pure.

A socket is known by its address, not by its section: one address can be bound once.
"""

from __future__ import annotations

import ipaddress
import posixpath
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from circus.spec.finding import Severity
from circus.spec.model import SocketSpec

Address: TypeAlias = tuple[object, ...]
Fault: TypeAlias = tuple[Severity, str, str]
"""How bad it is, the option, and a sentence."""

LISTENING = frozenset({"SOCK_STREAM", "SOCK_SEQPACKET"})
"""The types that listen for connections, so that an address has one socket only."""

_WILD = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not bound to
_VERSION = {"AF_INET": 4, "AF_INET6": 6}
_BY_UMASK = ("umask", "replace")
_OWNED = ("mode", "owner", "group")


def is_abstract(path: str) -> bool:
    """Say whether a path names a Unix socket outside the file system (unix(7)): ``@name``."""
    return path.startswith("@")


def address(spec: SocketSpec) -> Address | None:
    """Return the address that a socket is known by, or None where any free one will do.

    Hosts are compared as they are written: resolve them first where that matters.
    """
    if spec.path is not None and is_abstract(spec.path):
        # the kernel keeps abstract names apart by type; a file is one file
        return ("AF_UNIX", spec.path, spec.type)
    if spec.path is not None:
        return ("AF_UNIX", posixpath.normpath(spec.path))
    if spec.port == 0 or spec.type == "SOCK_RAW":
        return None
    return (spec.family, spec.type, spec.host.lower(), spec.port, spec.interface)


def clash(one: SocketSpec, other: SocketSpec) -> bool:
    """Say whether two sockets surely cannot be bound at the same time (socket(7), ip(7)).

    A wildcard address overlaps every other on its port, and no interface overlaps every one.
    """
    if one.path is not None or other.path is not None:
        return address(one) == address(other)
    same = (one.family, one.type, one.port) == (other.family, other.type, other.port)
    if not same or one.port == 0 or one.type not in LISTENING:
        return False
    hosts = {one.host.lower(), other.host.lower()}
    interfaces = {one.interface, other.interface}
    shared = one.so_reuseport and other.so_reuseport
    overlap = len(hosts) == 1 or not _WILD.isdisjoint(hosts)
    return overlap and (len(interfaces) == 1 or None in interfaces) and not shared


def faults(spec: SocketSpec, written: Mapping[str, str]) -> Iterator[Fault]:
    """Iterate over what is wrong with a socket by itself.

    :param written: the options that stand in the section, as texts
    """
    if spec.path is not None:
        yield from _unix_faults(spec, spec.path, written)
    elif spec.family == "AF_UNIX":
        yield Severity.ERROR, "family", "a Unix socket needs a path"
    else:
        yield from _inet_faults(spec, written)
    if "backlog" in written and spec.type not in LISTENING:
        yield Severity.WARNING, "backlog", f"has no effect: a {spec.type} does not listen"


def _unix_faults(spec: SocketSpec, path: str, written: Mapping[str, str]) -> Iterator[Fault]:
    for option in ("host", "port"):
        if option in written:
            yield Severity.WARNING, option, "has no effect: the socket has a path"
    if not written.get("family", "UNIX").upper().endswith("UNIX"):
        yield Severity.WARNING, "family", "has no effect: a socket with a path is AF_UNIX"
    if spec.interface is not None:
        yield Severity.ERROR, "interface", "a Unix socket belongs to no network interface"
    if spec.so_reuseport:
        yield Severity.ERROR, "so_reuseport", "a path cannot be bound by each process anew"
    if is_abstract(path):
        if path == "@":
            yield Severity.ERROR, "path", "an abstract socket needs a name after the @"
        yield from _without_file(written, "an abstract socket is no file")
    elif {"mode", "umask"} <= written.keys():
        yield Severity.ERROR, "mode", "says the same as umask: give one of them"


def _inet_faults(spec: SocketSpec, written: Mapping[str, str]) -> Iterator[Fault]:
    yield from _without_file(written, "there is no path")
    try:
        literal = ipaddress.ip_address(spec.host)
    except ValueError:  # a name
        return
    if literal.version != _VERSION.get(spec.family):
        family = "AF_INET" if literal.version == 4 else "AF_INET6"  # noqa: PLR2004 - IPv4
        yield Severity.ERROR, "host", f"{spec.host} is no address of {spec.family}: {family} has it"


def _without_file(written: Mapping[str, str], why: str) -> Iterator[Fault]:
    """Iterate over the options that only a socket in the file system has."""
    for option in _BY_UMASK:
        if option in written:
            yield Severity.WARNING, option, f"has no effect: {why}"
    for option in _OWNED:
        if option in written:
            yield Severity.ERROR, option, f"cannot be given: {why}"
