"""Discovery by UDP multicast: whoever asks in the network hears where the daemon answers (§2.7).

It is off unless ``multicast_endpoint`` is set: everybody who can send to the group learns the
endpoint. Any datagram is a question; the answer is ``{"endpoint": "…"}`` and nothing else, to its
sender. Senders can be forged, so there are at most ANSWERS answers in a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from circus import logger
from circus.loop import asyncio_loop

ANSWERS = 20
"""How many questions are answered in a second; later ones are not."""
READ = 100
"""How many datagrams are read before the loop looks at others."""
TTL = 255
FIRST, LAST = 224, 239
"""The first byte of the IPv4 addresses that are groups (RFC 5771)."""
DISABLED = "Multicast discovery is disabled, there was an error during udp socket creation."


def create_udp_socket(mcast_addr: str, mcast_port: int) -> socket.socket:
    """Return a socket that hears what is sent to a group, and what is sent to this host.

    :param mcast_addr: an IPv4 address from 224.0.0.0 to 239.255.255.255
    :param mcast_port: a UDP port, which others on this host may listen at as well
    :raises ValueError: it is no such address
    :raises OSError: the system refuses
    """
    group = socket.inet_aton(mcast_addr)
    if not FIRST <= group[0] <= LAST:
        raise ValueError(f"{mcast_addr} is no multicast address: 224.0.0.0 to 239.255.255.255")
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "SO_REUSEPORT"):
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, TTL)
        made.setblocking(False)
        made.bind(("0.0.0.0", mcast_port))  # noqa: S104 - a group is heard at no other address
        every = struct.pack("=4sl", group, socket.INADDR_ANY)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, every)
    except BaseException:
        made.close()
        raise
    return made


class Discovery:
    """Answers those who look for the daemon.

    :param asked: a socket of :func:`create_udp_socket`, which belongs to this from now on
    :param loop: an asyncio or tornado loop
    :param endpoint: where the daemon answers requests
    :param clock: monotonic seconds
    """

    def __init__(
        self,
        asked: socket.socket,
        loop: Any,
        endpoint: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._socket = asked
        self._loop: asyncio.AbstractEventLoop = asyncio_loop(loop)
        self._answer = json.dumps({"endpoint": endpoint}).encode()
        self._clock = clock
        self._since = clock()
        self._given = 0
        self._loop.add_reader(asked, self._heard)

    def close(self) -> None:
        """Answer nobody any more."""
        if not self._loop.is_closed():
            self._loop.remove_reader(self._socket)
        self._socket.close()

    def _heard(self) -> None:
        for _ in range(READ):
            try:
                _, sender = self._socket.recvfrom(1)
            except OSError:  # nothing is left, or an earlier answer did not reach anybody
                return
            if self._may_answer():
                with contextlib.suppress(OSError):  # it asks again, if it is there
                    self._socket.sendto(self._answer, sender)

    def _may_answer(self) -> bool:
        now = self._clock()
        if now - self._since >= 1.0:
            self._since, self._given = now, 0
        self._given += 1
        return self._given <= ANSWERS


def place(url: str) -> tuple[str, int]:
    """Return (address, port) of ``udp://ADDRESS:PORT``; ValueError if it is none."""
    parts = urlsplit(url)
    if parts.scheme != "udp" or not parts.hostname or not parts.port:
        raise ValueError(f"{url!r} is no udp://ADDRESS:PORT")
    return parts.hostname, parts.port


def disabled(error: Exception) -> None:
    """Say that there is no discovery, and why."""
    logger.warning(DISABLED)
    logger.warning("cannot be discovered: %s", error)
