"""Sockets that somebody bound for circusd before he started it (sd_listen_fds(3)).

systemd, or another activator, says in the environment which descriptors are sockets of circusd's:
LISTEN_FDS of them from 3 on, for the process LISTEN_PID, with the names LISTEN_FDNAMES. They are
read once, at the start, and taken out of the environment, because they are not our children's.

Each is given to the [socket:NAME] that has its address, or else its name. Who bound a socket goes
on having it: circusd neither removes its path nor shuts it down.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from circus import logger
from circus.host.descriptors import FIRST_FREE, open_numbers
from circus.sockets.listener import CircusSocket
from circus.sockets.numbers import FAMILIES, path_of, resolved, socktype
from circus.spec.environment import ACTIVATION
from circus.spec.model import SocketSpec

UNIT = ".socket"
"""What the name of a unit of systemd ends with, which is the name of its sockets by default."""


@dataclass
class Given:
    """One socket that circusd was started with.

    :param fd: its descriptor
    :param name: what the activator calls it, in lower case and without the ending of a unit
    """

    fd: int
    name: str

    def __str__(self) -> str:
        return f"{self.name!r} at descriptor {self.fd}" if self.name else f"descriptor {self.fd}"


@dataclass
class Activation:
    """The sockets that circusd was started with and has not given to a [socket:NAME] yet."""

    given: list[Given] = field(default_factory=list)

    @classmethod
    def received(cls, environ: MutableMapping[str, str]) -> Activation:
        """Return what the environment speaks of, and take it out of there.

        :param environ: our own environment
        """
        said = {name: environ.pop(name, "") for name in ACTIVATION}
        if said["LISTEN_PID"] != str(os.getpid()) or not said["LISTEN_FDS"].isdecimal():
            return cls()
        end = FIRST_FREE + int(said["LISTEN_FDS"])
        names = dict(enumerate(said["LISTEN_FDNAMES"].lower().split(":"), FIRST_FREE))
        found = [fd for fd in sorted(open_numbers()) if FIRST_FREE <= fd < end and _sealed(fd)]
        return cls([Given(fd, names.get(fd, "").removesuffix(UNIT)) for fd in found])

    def descriptors(self) -> list[int]:
        """Return the descriptors that are to stay open when this process becomes a daemon."""
        return [one.fd for one in self.given]

    def give(self, specs: Sequence[SocketSpec]) -> list[CircusSocket]:
        """Return the sockets that specifications ask for: those we were given, and new ones.

        What nobody asks for is named in the log and closed.

        :raises OSError: as :class:`CircusSocket`
        """
        found = self._match(specs)
        for one in self.given:
            logger.warning("closed what circusd was given and no [socket:NAME] asks for: %s", one)
            os.close(one.fd)
        self.given = []
        return [self._made(spec, found.get(spec.name)) for spec in specs]

    def take_back(self, sockets: Mapping[str, CircusSocket]) -> None:
        """Keep what we were given, for another life of circusd in this process."""
        for name, sock in sockets.items():
            if sock.adopted and sock.fileno() >= 0:
                self.given.append(Given(os.dup(sock.fileno()), name))

    def _match(self, specs: Iterable[SocketSpec]) -> dict[str, int]:
        """Return the descriptors by the names of the specifications that get them."""
        found: dict[str, int] = {}
        for fits in (_has_address, _has_name):
            for spec in specs:
                for one in self.given if spec.name not in found else ():
                    if fits(one, spec):
                        found[spec.name] = one.fd
                        self.given.remove(one)
                        break
        return found

    @staticmethod
    def _made(spec: SocketSpec, fd: int | None) -> CircusSocket:
        made = CircusSocket.from_spec(spec, fd)
        if fd is None:
            return made
        logger.info("%s was given to circusd", made)
        if not _has_address(Given(fd, ""), spec):
            logger.warning("%s has not the address that [socket:%s] says", made, spec.name)
        for option in ("so_reuseport", "mode", "owner", "group"):
            if getattr(spec, option) not in {None, False}:
                text = "%s of [socket:%s] has no effect: the socket was given to circusd"
                logger.warning(text, option, spec.name)
        return made


def _sealed(fd: int) -> bool:
    """Make a descriptor close-on-exec; say whether there is one (that of a listing is gone)."""
    try:
        os.set_inheritable(fd, False)
    except OSError:
        return False
    return True


def _look(one: Given) -> tuple[int, int, Any]:
    """Return family, type and address of a socket; zeros for what is none."""
    try:
        with socket.socket(fileno=os.dup(one.fd)) as sock:
            return sock.family, sock.type, sock.getsockname()
    except OSError:
        return 0, 0, None


def _has_name(one: Given, spec: SocketSpec) -> bool:
    return one.name == spec.name and _look(one)[1] == socktype(spec.type)


def _has_address(one: Given, spec: SocketSpec) -> bool:
    family, kind, name = _look(one)
    if (family, kind) != (FAMILIES[spec.family], socktype(spec.type)):
        return False
    if spec.path is not None:
        return path_of(name) in {spec.path, os.path.abspath(spec.path)}
    try:
        return bool(name[:2] == resolved(spec.host, spec.port, family, kind)[:2])
    except OSError:  # told where the socket is made
        return False
