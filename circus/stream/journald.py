"""Output to the journal of systemd, by its native protocol.

Each line is an entry: MESSAGE, PRIORITY, SYSLOG_IDENTIFIER and what is known of the process as
CIRCUS_WATCHER, CIRCUS_WID and CIRCUS_STREAM; OBJECT_PID makes journald add what it knows of the
process itself, if we are root. A line that is too long for a datagram travels in a sealed memfd.
(systemd.journal-fields(7), and JOURNAL_NATIVE_PROTOCOL of systemd's documentation.)
"""

from __future__ import annotations

import array
import errno
import fcntl
import os
import socket
import struct
from collections.abc import Mapping
from typing import Any

from circus.spec.options.stream import settings
from circus.stream import connection, lines
from circus.stream.connection import Connection
from circus.stream.lines import Chunk
from circus.stream.syslog import severity_of

LONGEST = 16 * 1024 * 1024
"""Bytes of one entry's message; a longer line is cut."""

_TOO_LONG = {errno.EMSGSIZE, errno.ENOBUFS}


class JournaldStream:
    """Send each line that is not empty to journald.

    journald need not run yet, nor always: a call that cannot reach it raises, and the next one
    tries again.

    :param options: ``address``, ``severity``, ``tag``, ``fields`` and ``timeout`` as in the
        reference of options; others are ignored
    :raises ValueError: an option cannot be used
    """

    def __init__(self, **options: Any) -> None:
        chosen = settings("JournaldStream", options)
        self._address: str = chosen["address"]
        self._severity: str | None = chosen["severity"]
        self._tag: str | None = chosen["tag"]
        self._fields: Mapping[str, str] = chosen["fields"] or {}
        self._connection = Connection(self._connect, _send, chosen["timeout"])

    def __call__(self, data: Chunk) -> None:
        """Send the lines of one chunk.

        :raises OSError: journald cannot be reached in time; ``written`` is how much of the chunk
            was sent before
        """
        head = b"".join(field(name, value.encode()) for name, value in self._known(data).items())
        self._connection.send_lines(
            lines.raw(data), LONGEST, lambda line: head + field("MESSAGE", line)
        )

    def close(self) -> None:
        """Close the connection; the next call opens it again."""
        self._connection.close()

    def _connect(self, timeout: float) -> socket.socket:
        return connection.unix(self._address, socket.SOCK_DGRAM, timeout)

    def _known(self, data: Chunk) -> dict[str, str]:
        """Return the fields of a chunk's entries, all but the message."""
        fields = {
            "PRIORITY": severity_of(data.get("name"), self._severity),
            "SYSLOG_IDENTIFIER": self._tag or data.get("watcher") or "circus",
            "SYSLOG_PID": data.get("pid"),
            "OBJECT_PID": data.get("pid"),
            "CIRCUS_WATCHER": data.get("watcher"),
            "CIRCUS_WID": data.get("wid"),
            "CIRCUS_STREAM": data.get("name"),
            **self._fields,
        }
        return {name: str(value) for name, value in fields.items() if value is not None}


def field(name: str, value: bytes) -> bytes:
    """Return one field as the protocol has it; with its length, if there is a newline in it."""
    if b"\n" in value:
        return b"%b\n%b%b\n" % (name.encode(), struct.pack("<Q", len(value)), value)
    return b"%b=%b\n" % (name.encode(), value)


def _send(to: socket.socket, entry: bytes) -> None:
    try:
        to.send(entry)
    except OSError as error:
        if error.errno not in _TOO_LONG:
            raise
        _send_large(to, entry)


def _send_large(to: socket.socket, entry: bytes) -> None:
    """Send an entry as a descriptor of a sealed file in memory.

    :raises OSError: it cannot be sent; EMSGSIZE where the system has no such files
    """
    if not hasattr(os, "memfd_create"):
        raise OSError(errno.EMSGSIZE, os.strerror(errno.EMSGSIZE))
    fd = os.memfd_create("circus-journal", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with open(fd, "wb", closefd=False) as file:
            file.write(entry)
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
        rights = array.array("i", [fd])
        to.sendmsg([], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
    finally:
        os.close(fd)
