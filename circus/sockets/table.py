"""All managed sockets, by name."""

from __future__ import annotations

import socket
from collections.abc import Iterable

from circus.sockets.listener import CircusSocket


class CircusSockets(dict[str, CircusSocket]):
    """Managed sockets by name.

    :param sockets: CircusSocket objects to begin with
    :param backlog: of those made by :meth:`add`, unless it says another
    """

    def __init__(self, sockets: Iterable[CircusSocket] | None = None, backlog: int = 2048) -> None:
        super().__init__({sock.name: sock for sock in sockets or ()})
        self.backlog = backlog
        self.leaving: list[CircusSocket] = []
        """Those that are to be closed when the processes that use them are gone."""

    def add(
        self,
        name: str,
        host: str = "localhost",
        port: int = 8080,
        family: int = socket.AF_INET,
        type: int = socket.SOCK_STREAM,  # noqa: A002 - Circus's public argument
        proto: int = 0,
        backlog: int | None = None,
        path: str | None = None,
        umask: int | None = None,
        interface: str | None = None,
    ) -> CircusSocket:
        """Make a socket and keep it; ValueError when there is one of that name.

        :returns: the socket, not bound
        """
        if name in self:
            raise ValueError(f"A socket already exists {name!r}")
        made = CircusSocket(
            name,
            host,
            port,
            family,
            type,
            proto,
            self.backlog if backlog is None else backlog,
            path,
            umask,
            interface=interface,
        )
        self[name] = made
        return made

    def places(self) -> dict[str, str]:
        """Return the parts of the addresses by names such as ``web.port``, for substitution."""
        found = {}
        for name, sock in self.items():
            if sock.path is not None:
                found[f"{name}.path"] = sock.path
            else:
                found[f"{name}.host"] = sock.host
                found[f"{name}.port"] = str(sock.port)
        return found

    def bind_and_listen_all(self) -> None:
        """Bind all sockets; of those that each worker gets anew, only try the address.

        :raises OSError: says of each that cannot be bound why, a line for each; all are closed
        """
        refused = []
        for sock in self.values():
            try:
                if sock.so_reuseport:
                    sock.try_address()
                else:
                    sock.bind_and_listen()
            except OSError as error:  # noqa: PERF203 - each has its turn
                refused.append(error)
        if refused:
            self.close_all()
            raise OSError(refused[0].errno, "\n".join(str(error.strerror) for error in refused))

    def retire_leaving(self) -> None:
        """Close those that are leaving, for everybody."""
        while self.leaving:
            self.leaving.pop().retire()

    def close_all(self) -> None:
        """Close every socket."""
        for sock in self.values():
            sock.close()
        self.retire_leaving()
