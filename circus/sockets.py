"""Sockets that circusd binds and its children inherit (spec §8).

Circus never accepts a connection: the kernel shares them out among the children. A socket stays
bound while children come and go. It is close-on-exec; a launch plan names those that a child gets.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from typing import TYPE_CHECKING, Any

from circus import logger
from circus.spec.model import SocketSpec
from circus.spec.options.socket import SOCKET

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_FAMILIES = {name: getattr(socket, name) for name in ("AF_INET", "AF_INET6", "AF_UNIX")}
_LISTENING = frozenset({socket.SOCK_STREAM, socket.SOCK_SEQPACKET})


class CircusSocket(socket.socket):
    """A socket with a name and an address, bound by :meth:`bind_and_listen`.

    :param name: what ``$(circus.sockets.NAME)`` calls it
    :param host, port: address; the first one found for the name is used; port 0 is any free port
    :param path: of a Unix socket; then host and port do not count
    :param umask: file mode mask of the path, or None to leave circusd's alone
    :param replace: remove a socket that lies at the path
    :param interface: network interface to bind to (Linux, SO_BINDTODEVICE)
    :param so_reuseport: each worker gets a socket of its own on the same address
    :raises OSError: when the host cannot be resolved
    :raises ValueError: for a Unix socket without path
    """

    def __init__(
        self,
        name: str = "",
        host: str = "localhost",
        port: int = 8080,
        family: int = socket.AF_INET,
        type: int = socket.SOCK_STREAM,  # noqa: A002 - Circus's public argument
        proto: int = 0,
        backlog: int = 2048,
        path: str | None = None,
        umask: int | None = None,
        replace: bool = False,
        interface: str | None = None,
        so_reuseport: bool = False,
        blocking: bool = False,
    ) -> None:
        if path is not None:
            family = socket.AF_UNIX
        elif family == socket.AF_UNIX:
            raise ValueError(f"cannot make the Unix socket {name!r}: it has no path")
        super().__init__(family, type, proto)
        self._bound = False
        self._inode: tuple[int, int] | None = None
        self.name = name
        self.socktype = type
        self.path = path
        self.umask = umask
        self.replace = replace
        self.interface = interface
        self.backlog = backlog
        self.blocking = blocking
        self.so_reuseport = so_reuseport and hasattr(socket, "SO_REUSEPORT")
        self.host, self.port = host, port
        self._cfg: Mapping[str, Any] = {}
        try:
            self._address = path or self._resolved()
            self._prepare()
        except BaseException:
            super().close()
            raise

    @classmethod
    def from_spec(cls, spec: SocketSpec) -> CircusSocket:
        """Return the socket that a specification asks for, not bound.

        :raises KeyError: for a family or a type that is not known
        :raises OSError: for an unknown protocol, or a host that cannot be resolved
        """
        return cls(
            name=spec.name,
            host=spec.host,
            port=spec.port,
            family=_FAMILIES[spec.family.upper()],
            type=_socktype(spec.type),
            proto=0 if spec.proto is None else socket.getprotobyname(spec.proto),
            backlog=spec.backlog,
            path=spec.path,
            umask=spec.umask,
            replace=spec.replace,
            interface=spec.interface,
            so_reuseport=spec.so_reuseport,
            blocking=spec.blocking,
        )

    @classmethod
    def load_from_config(cls, config: Mapping[str, Any]) -> CircusSocket:
        """Return the socket that a mapping of options asks for; it is kept as ``_cfg``.

        :param config: ``name`` and the options of a [socket:NAME] section, typed or as text; keys
            that a socket does not know are left to whoever put them there
        :raises ValueError: for a text that is no such value
        """
        options = {"name": config.get("name", "")}
        for key, value in config.items():
            row = SOCKET.find(key)
            if row is not None and not row.obsolete:
                options[row.attribute] = row.kind.parse(value) if isinstance(value, str) else value
        made = cls.from_spec(SocketSpec(**options))
        made._cfg = config  # noqa: SLF001 - our own
        return made

    @property
    def is_unix(self) -> bool:
        """Whether it lies at a path."""
        return self.family == socket.AF_UNIX

    @property
    def location(self) -> str:
        """Its address for people: ``host:port``, or the quoted path."""
        return repr(self.path) if self.is_unix else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"socket {self.name!r} at {self.location}"

    def bind_and_listen(self) -> None:
        """Bind, and listen if the type does; nothing when it was done before.

        :raises OSError: says which socket, which address and why
        """
        if self._bound:
            return
        try:
            if self.is_unix:
                self._bind_path()
            else:
                self.bind(self._address)
                self.host, self.port = self.getsockname()[:2]
            if self.socktype in _LISTENING:
                self.listen(self.backlog)
        except OSError as error:
            logger.error("Could not bind %s", self.location)
            # an address that the socket module refuses by itself (a path too long) has no number
            reason, number = error.strerror or str(error), error.errno or errno.EINVAL
            raise OSError(number, f"cannot bind {self}: {reason}") from error
        self._bound = True

    def for_worker(self) -> CircusSocket:
        """Return a new socket on the same address, bound, for one worker (so_reuseport).

        The caller closes it after the launch. Port 0 is decided by the first of them.
        """
        fresh = CircusSocket(
            self.name,
            self.host,
            self.port,
            self.family,
            self.socktype,
            self.proto,
            self.backlog,
            interface=self.interface,
            so_reuseport=True,
            blocking=self.blocking,
        )
        try:
            fresh.bind_and_listen()
        except BaseException:
            fresh.close()
            raise
        self.port = fresh.port
        return fresh

    def close(self) -> None:
        """Close it, and remove the path of a Unix socket unless it is somebody else's by now."""
        super().close()
        if self._inode is not None:
            with contextlib.suppress(OSError):
                if _inode(self.path or "") == self._inode:
                    os.unlink(self.path or "")
            self._inode = None

    def _resolved(self) -> Any:
        try:
            found = socket.getaddrinfo(self.host, self.port, self.family, self.type, self.proto)
        except OSError as error:
            reason = f"cannot resolve the host {self.host!r} of {self}: {error.strerror}"
            raise OSError(error.errno, reason) from error
        address = found[0][4]
        self.host, self.port = str(address[0]), int(address[1])
        return address

    def _prepare(self) -> None:
        self.setblocking(self.blocking)
        self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.so_reuseport:
            self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if self.interface is not None:
            self._bind_interface(self.interface)

    def _bind_interface(self, interface: str) -> None:
        try:
            name = interface.encode() + b"\0"
            self.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name)
        except AttributeError:
            reason = f"cannot bind {self} to an interface: this system has no such option"
            raise OSError(errno.ENOPROTOOPT, reason) from None
        except OSError as error:
            reason = f"cannot bind {self} to the interface {interface!r}: {error.strerror}"
            raise OSError(error.errno, reason) from error

    def _bind_path(self) -> None:
        path = self.path or ""
        if self.replace:
            with contextlib.suppress(FileNotFoundError):
                if not stat.S_ISSOCK(os.lstat(path).st_mode):
                    raise OSError(errno.EEXIST, f"{path!r} is no socket, so it is not replaced")
                os.unlink(path)
        elif os.path.lexists(path):
            raise OSError(
                errno.EADDRINUSE,
                f"{path!r} already exists. You might want to remove it. "
                "If it's a stalled socket file, just restart Circus",
            )
        with _masked(self.umask):
            self.bind(path)
        self._inode = _inode(path)


def _inode(path: str) -> tuple[int, int]:
    status = os.lstat(path)
    return status.st_dev, status.st_ino


@contextlib.contextmanager
def _masked(umask: int | None) -> Iterator[None]:
    """Have the process's umask be another one for a moment."""
    if umask is None:
        yield
        return
    old = os.umask(umask)
    try:
        yield
    finally:
        os.umask(old)


def _socktype(name: str) -> int:
    """Return a socket type by its name; KeyError for an unknown one."""
    kind = getattr(socket, name.upper(), None) if name.upper().startswith("SOCK_") else None
    if not isinstance(kind, socket.SocketKind):
        raise KeyError(name)
    return kind


class CircusSockets(dict[str, CircusSocket]):
    """Managed sockets by name.

    :param sockets: CircusSocket objects to begin with
    :param backlog: of those made by :meth:`add`, unless it says another
    """

    def __init__(self, sockets: Iterable[CircusSocket] | None = None, backlog: int = 2048) -> None:
        super().__init__({sock.name: sock for sock in sockets or ()})
        self.backlog = backlog

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

    def bind_and_listen_all(self) -> None:
        """Bind all sockets but those that each worker gets anew; all of them or none.

        :raises OSError: for the first that cannot be bound; those bound before it are closed
        """
        try:
            for sock in self.values():
                if not sock.so_reuseport:
                    sock.bind_and_listen()
        except OSError:
            self.close_all()
            raise

    def close_all(self) -> None:
        """Close every socket."""
        for sock in self.values():
            sock.close()
