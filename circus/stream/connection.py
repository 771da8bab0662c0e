"""A socket to a daemon of this machine or another one, which may come and go.

It is opened with the first message. A message that fails is tried once more over a new connection,
for the daemon may have been started anew; then the failure is the caller's to tell, and the next
message connects again. Nothing takes longer than the timeout, but the look-up of a host's name.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable

from circus.stream import lines
from circus.stream.fault import told

Connect = Callable[[float], socket.socket]
"""From seconds to a connected socket; OSError when that cannot be."""
Send = Callable[[socket.socket, bytes], None]
"""Sends one message; OSError when that cannot be."""


class Connection:
    """One connection.

    :param connect: makes it
    :param send: sends a message over it
    :param timeout: seconds that a connection or a message may take
    """

    def __init__(self, connect: Connect, send: Send, timeout: float) -> None:
        self._connect = connect
        self._send = send
        self._timeout = timeout
        self._socket: socket.socket | None = None

    def send(self, message: bytes) -> None:
        """Send one message.

        :raises OSError: it is not sent, as far as can be known
        """
        fresh = self._socket is None
        try:
            self._send(self._open(), message)
        except TimeoutError:
            self.close()
            raise
        except OSError:
            self.close()
            if fresh:
                raise
            self.send(message)

    def send_lines(self, text: bytes, longest: int, message: Callable[[bytes], bytes]) -> None:
        """Send a message for each line that is not empty.

        :param longest: bytes of a line; a longer one is cut
        :param message: makes the message of a line
        :raises OSError: one is not sent; ``written`` is how much of the text was sent before
        """
        done = 0
        try:
            for line, after in lines.pieces(text, longest):
                if line:
                    self.send(message(line))
                done = after
        except OSError as error:
            told(error, done)
            raise

    def _open(self) -> socket.socket:
        if self._socket is None:
            self._socket = self._connect(self._timeout)
            self._socket.settimeout(self._timeout)
        return self._socket

    def close(self) -> None:
        """Close it; the next message opens it again."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None


def unix(path: str, kind: socket.SocketKind, timeout: float) -> socket.socket:
    """Return a socket connected to a path.

    :param kind: SOCK_DGRAM or SOCK_STREAM
    """
    made = socket.socket(socket.AF_UNIX, kind)
    try:
        made.settimeout(timeout)
        made.connect(path)
    except OSError:
        made.close()
        raise
    return made


def host(name: str, port: int, kind: socket.SocketKind, timeout: float) -> socket.socket:
    """Return a socket connected to a host, by the first of its addresses that answers.

    :param kind: SOCK_DGRAM or SOCK_STREAM
    """
    if kind is socket.SOCK_STREAM:
        return socket.create_connection((name, port), timeout)
    reason: OSError = OSError(f"cannot find the host {name!r}")
    for family, found, proto, _, address in socket.getaddrinfo(name, port, type=kind):
        made = socket.socket(family, found, proto)
        try:
            made.connect(address)
        except OSError as error:
            made.close()
            reason = error
        else:
            return made
    raise reason
