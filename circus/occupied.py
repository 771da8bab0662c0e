"""An endpoint that is taken: the refusal says who holds it."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import socket
from collections.abc import Iterator

from circus.endpoint import ipc_path, lock_path
from circus.host.facts import alive
from circus.host.holders import Holder, Place, holders, process
from circus.patience import Patience
from circus.sockets.refusal import told

PATIENCE = 0.5
"""Seconds in which whoever has just taken an address is to be seen there."""
PAUSE = 0.01
"""Seconds between two looks."""


@contextlib.contextmanager
def naming_holder(endpoint: str | None, *, wait: bool) -> Iterator[None]:
    """Have an OSError about a taken endpoint say who holds it, if the kernel tells.

    :param endpoint: what is bound inside
    :param wait: wait up to PATIENCE for who is about to hold it; nothing else is done meanwhile
    :raises OSError: EADDRINUSE with the holder; any other as it is
    """
    try:
        yield
    except OSError as error:
        found = _held(endpoint, wait) if error.errno == errno.EADDRINUSE and endpoint else []
        if not found:
            raise
        raise OSError(error.errno, f"{error.strerror}; held by {told(found)}") from None


def _held(endpoint: str, wait: bool) -> list[Holder]:
    """Return who holds an endpoint."""
    place = _place(endpoint)
    if place is None:
        return []
    patience = Patience(PATIENCE if wait else 0, PAUSE)
    while not (found := _there(place)) and patience.wait():
        pass
    return found


def _there(place: Place) -> list[Holder]:
    if isinstance(place, str):
        owner = _owner(lock_path(place))
        return [process(owner)] if owner else holders(socket.AF_UNIX, socket.SOCK_STREAM, place)
    return holders(socket.AF_INET, socket.SOCK_STREAM, place)


def _owner(lock: str) -> int:
    """Return the live process that a lock's file names, or 0."""
    try:
        with open(lock, encoding="ascii", errors="replace") as file:
            text = file.read(64).strip()
    except OSError:
        return 0
    return int(text) if text.isdecimal() and alive(int(text)) else 0


def _place(endpoint: str) -> Place | None:
    """Return where an endpoint is, without asking the network; None where that is no such place.

    The name of a host or of an interface stands for all addresses: they overlap it.
    """
    if path := ipc_path(endpoint):
        return path
    scheme, _, address = endpoint.partition("://")
    host, _, port = address.rpartition(":")
    if scheme != "tcp" or not port.isdecimal():
        return None
    try:
        return str(ipaddress.ip_address(host.strip("[]"))), int(port)
    except ValueError:
        return "0.0.0.0", int(port)  # noqa: S104 - compared, never bound
