"""Output to syslog: that of this machine, or another one's.

Each line is a message. A local socket gets the form that syslog(3) uses (RFC 3164, without a
host name), a host that of RFC 5424, unless ``format`` says otherwise. Over TCP a message of RFC
5424 begins with its length, one of RFC 3164 ends with a newline (RFC 6587); a local stream socket
ends it with a NUL, as syslog(3) does. Messages are UTF-8 if the output is; there is no byte order
mark, which few daemons take off again.
"""

from __future__ import annotations

import errno
import re
import socket
import time
from datetime import datetime, timezone
from typing import Any

from circus.spec.options.stream import FACILITIES, SEVERITIES, settings
from circus.spec.sinks import place
from circus.stream import connection, lines
from circus.stream.connection import Connection
from circus.stream.lines import Chunk

PORT = 514
LONGEST = 8000
"""Bytes of the text of a message, as rsyslog takes it by default; a longer line is cut."""

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_NOT_A_NAME = re.compile(r"[^\x21-\x7e]")
_NAME_5424, _NAME_3164 = 48, 32
"""The longest tag (RFC 5424, section 6.2.5; RFC 3164, section 4.1.3)."""


def severity_of(name: Any, chosen: str | None) -> int:
    """Return the number of a severity: the one that was chosen, else by the channel."""
    return SEVERITIES.index(chosen or ("ERR" if name == "stderr" else "INFO"))


class SyslogStream:
    """Send each line that is not empty to syslog.

    The daemon need not run yet, nor always: a call that cannot reach it raises, and the next one
    tries again.

    :param options: ``address``, ``protocol``, ``format``, ``facility``, ``severity``, ``tag`` and
        ``timeout`` as in the reference of options; others are ignored
    :raises ValueError: an option cannot be used
    """

    def __init__(self, **options: Any) -> None:
        chosen = settings("SyslogStream", options)
        self._host, port = place(chosen["address"])
        self._port = port or PORT
        self._local = self._host.startswith("/")
        self._kind = socket.SOCK_STREAM if chosen["protocol"] == "TCP" else socket.SOCK_DGRAM
        form = chosen["format"] or ("RFC3164" if self._local else "RFC5424")
        self._make = self._rfc3164 if form == "RFC3164" else self._rfc5424
        self._counted = form == "RFC5424"
        self._facility = FACILITIES.index(chosen["facility"])
        self._severity: str | None = chosen["severity"]
        self._tag: str | None = chosen["tag"]
        self._name = _NOT_A_NAME.sub("?", socket.gethostname())[:255] or "-"
        self._connection = Connection(self._connect, self._send, chosen["timeout"])

    def __call__(self, data: Chunk) -> None:
        """Send the lines of one chunk.

        :raises OSError: syslog cannot be reached in time; ``written`` is how much of the chunk
            was sent before
        """
        body, head = lines.raw(data), self._make(data)
        self._connection.send_lines(body, LONGEST, lambda line: head + line.replace(b"\0", b"#000"))

    def close(self) -> None:
        """Close the connection; the next call opens it again."""
        self._connection.close()

    def _connect(self, timeout: float) -> socket.socket:
        if not self._local:
            return connection.host(self._host, self._port, self._kind, timeout)
        try:
            return connection.unix(self._host, socket.SOCK_DGRAM, timeout)
        except OSError as error:
            if error.errno != errno.EPROTOTYPE:
                raise
            return connection.unix(self._host, socket.SOCK_STREAM, timeout)

    def _send(self, to: socket.socket, message: bytes) -> None:
        if to.type is socket.SOCK_DGRAM:
            to.send(message)
        elif self._local:
            to.sendall(message + b"\0")
        elif self._counted:
            to.sendall(b"%d %b" % (len(message), message))
        else:
            to.sendall(message + b"\n")

    def _priority(self, data: Chunk) -> int:
        return self._facility * 8 + severity_of(data.get("name"), self._severity)

    def _speaker(self, data: Chunk, most: int) -> str:
        return _NOT_A_NAME.sub("_", self._tag or str(data.get("watcher") or "circus"))[:most]

    def _rfc3164(self, data: Chunk) -> bytes:
        """Return what stands before the text of a message, by RFC 3164."""
        moment = time.localtime(data.get("timestamp"))
        month = _MONTHS[moment.tm_mon - 1]
        when = f"{month} {moment.tm_mday:2d} {time.strftime('%H:%M:%S', moment)}"
        host = "" if self._local else f"{self._name} "
        tag = self._speaker(data, _NAME_3164)
        return f"<{self._priority(data)}>{when} {host}{tag}[{data.get('pid')}]: ".encode()

    def _rfc5424(self, data: Chunk) -> bytes:
        """Return what stands before the text of a message, by RFC 5424."""
        timestamp = data.get("timestamp")
        moment = datetime.fromtimestamp(
            time.time() if timestamp is None else timestamp, timezone.utc
        )
        when = moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
        names = f"{self._name} {self._speaker(data, _NAME_5424)} {data.get('pid', '-')}"
        return f"<{self._priority(data)}>1 {when} {names} {data.get('name') or '-'} - ".encode()
