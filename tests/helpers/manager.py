"""A small service manager: it hears what a daemon tells it by sd_notify(3), and starts it so."""

from __future__ import annotations

import socket

PATIENCE = 20.0
"""Seconds after which a test gives up waiting for what must come."""
MOST = 4096


class Manager:
    """A socket on which one daemon tells how it is.

    :param place: a path, or ``@`` and an abstract name
    """

    def __init__(self, place) -> None:
        self.place = str(place)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        name = "\0" + self.place[1:] if self.place[0] == "@" else self.place
        self._socket.bind(name)
        self.heard: list[dict[str, str]] = []

    def around(self, **more: object) -> tuple[str, ...]:
        """Return words that run a program which is told of this manager, and of more."""
        given = {"NOTIFY_SOCKET": self.place, **more}
        return ("env", *(f"{name}={value}" for name, value in given.items()))

    def next(self, patience: float = PATIENCE) -> dict[str, str] | None:
        """Return the next message, or None when there is none within so many seconds."""
        self._socket.settimeout(patience)
        try:
            said = self._socket.recv(MOST).decode()
        except (TimeoutError, BlockingIOError):
            return None
        message = dict(line.split("=", 1) for line in said.split("\n"))
        self.heard.append(message)
        return message

    def until(self, name: str, value: str | None = None) -> list[dict[str, str]]:
        """Return the messages up to the next one that says this."""
        found = []
        while True:
            message = self.next()
            assert message is not None, f"{name} was never said, but {found}"
            found.append(message)
            if name in message and value in {None, message[name]}:
                return found

    def close(self) -> None:
        self._socket.close()


def states(messages) -> list[str]:
    """Return what messages say of the state of the service, in order."""
    names = ("READY", "RELOADING", "STOPPING")
    return [name for message in messages for name in names if name in message]
