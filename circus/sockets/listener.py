"""One managed socket: made, bound, changed while it is open, closed."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Mapping
from typing import Any

from circus import logger
from circus.host.holders import Place
from circus.sockets import files, numbers
from circus.sockets.refusal import reason, refused
from circus.spec.addresses import is_abstract
from circus.spec.model import SocketSpec
from circus.spec.options.socket import SOCKET


class CircusSocket(socket.socket):
    """A socket with a name and an address, bound by :meth:`bind_and_listen`.

    :param name: what ``$(circus.sockets.NAME)`` calls it
    :param host, port: address; the first one found for the name is used; port 0 is any free port
    :param path: of a Unix socket, ``@name`` outside the file system; host and port do not count
    :param umask: file mode mask of the path, or None to leave circusd's alone
    :param replace: remove a socket that lies at the path
    :param interface: network interface to bind to (Linux, SO_BINDTODEVICE)
    :param so_reuseport: each worker gets a socket of its own on the same address
    :param mode: permissions of the path, instead of a umask
    :param owner, group: name or number, whom the path is given to
    :param fileno: an open socket, bound by somebody else, to be this one
    :raises OSError: no such socket can be made, or the host cannot be resolved
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
        *,
        mode: int | None = None,
        owner: str | int | None = None,
        group: str | int | None = None,
        fileno: int | None = None,
    ) -> None:
        if path is not None:
            family = socket.AF_UNIX
        elif family == socket.AF_UNIX and fileno is None:
            raise ValueError(f"cannot make the Unix socket {name!r}: it has no path")
        try:
            if fileno is None:
                super().__init__(family, type, proto)
            else:
                super().__init__(fileno=fileno)
        except OSError as error:
            raise OSError(error.errno, f"cannot make socket {name!r}: {reason(error)}") from error
        self.adopted = fileno is not None
        """Whether somebody else bound it, to whom its path belongs."""
        self._bound = False
        self._inode: files.Inode | None = None
        self.name = name
        self.socktype = self.type
        self.path = path
        self.umask = umask
        self.mode, self.owner, self.group = mode, owner, group
        self.replace = replace
        self.interface = interface
        self.backlog = backlog
        self.blocking = blocking
        self.so_reuseport = so_reuseport and path is None and hasattr(socket, "SO_REUSEPORT")
        self.host, self.port = host, port
        self._cfg: Mapping[str, Any] = {}
        try:
            if self.adopted:
                self._adopt()
            else:
                self._address = numbers.unix_address(path) if path else self._resolved()
                self._prepare()
        except OSError as error:
            super().close()
            raise OSError(error.errno, f"cannot make socket {name!r}: {reason(error)}") from error

    @classmethod
    def from_spec(cls, spec: SocketSpec, fileno: int | None = None) -> CircusSocket:
        """Return the socket that a specification asks for, not bound.

        :param fileno: an open socket to be this one; its own address counts then
        :raises KeyError: for a family or a type that is not known
        :raises OSError: for an unknown protocol, or a host that cannot be resolved
        """
        return cls(
            name=spec.name,
            host=spec.host,
            port=spec.port,
            family=numbers.FAMILIES[spec.family.upper()],
            type=numbers.socktype(spec.type),
            proto=numbers.protocol(spec),
            backlog=spec.backlog,
            path=spec.path,
            umask=spec.umask,
            replace=spec.replace,
            interface=spec.interface,
            so_reuseport=spec.so_reuseport,
            blocking=spec.blocking,
            mode=spec.mode,
            owner=spec.owner,
            group=spec.group,
            fileno=fileno,
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
    def place(self) -> Place:
        """Its address: the path, or the numeric host and the port."""
        return (self.path or "") if self.is_unix else (self.host, self.port)

    @property
    def location(self) -> str:
        """Its address for people: ``host:port``, ``[host]:port``, or the quoted path."""
        if self.is_unix:
            return repr(self.path)
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"socket {self.name!r} at {self.location}"

    # --- open -------------------------------------------------------------------------------------

    def bind_and_listen(self) -> None:
        """Bind, and listen if the type does; nothing when it was done before.

        One that was closed is opened anew, at the address that it was made for.

        :raises OSError: says which socket, which address, why and, if it is told, who is there
        """
        self._reopen()
        if not self._bound:
            self._claim()

    def try_address(self) -> None:
        """Hold that each worker will be able to bind the address (so_reuseport).

        Port 0 is decided here. Nobody can connect meanwhile.

        :raises OSError: as :meth:`bind_and_listen`
        """
        self._reopen()
        fresh = self._again()
        try:
            fresh._claim(listening=False)  # noqa: SLF001 - our own
        finally:
            fresh.close()
        self.port = fresh.port

    def for_worker(self) -> CircusSocket:
        """Return a new socket on the same address, bound, for one worker (so_reuseport).

        The caller closes it after the launch. Port 0 is decided by the first of them.

        :raises OSError: says which socket, which address and why
        """
        fresh = self._again()
        try:
            fresh._bind()  # noqa: SLF001 - our own
        except OSError as error:
            fresh.close()
            text = f"cannot bind {self}: {reason(error)}"
            raise OSError(error.errno or errno.EINVAL, text) from error
        self.port = fresh.port
        return fresh

    def tune(self, spec: SocketSpec) -> None:
        """Take what can be changed while it is open: backlog, mode, owner, group, and the name.

        :raises OSError: something is refused; what was changed before stays changed
        """
        if self._bound and self.socktype in numbers.LISTENING and spec.backlog != self.backlog:
            self.listen(spec.backlog)
        self.backlog = spec.backlog
        if self._inode is not None:
            self._give_away(self._inode, spec)
            self.path = spec.path
        self.umask, self.mode, self.owner, self.group = (
            spec.umask, spec.mode, spec.owner, spec.group,
        )  # fmt: skip
        self.name, self.replace = spec.name, spec.replace

    def _give_away(self, inode: files.Inode, spec: SocketSpec) -> None:
        """Set the path's owner and mode to what is asked now."""
        uid, gid = files.ids(spec.owner, spec.group)
        # what is not given any more is ours again
        uid = os.geteuid() if uid < 0 and self.owner is not None else uid
        gid = os.getegid() if gid < 0 and self.group is not None else gid
        changed = (spec.mode, spec.umask) != (self.mode, self.umask)
        mode = files.mode_for(spec.umask, spec.mode) if changed else None
        try:
            files.give(self.path or "", inode, uid, gid, mode)
        except OSError as error:
            raise OSError(error.errno, f"cannot change {self}: {reason(error)}") from error

    # --- closed -----------------------------------------------------------------------------------

    def close(self) -> None:
        """Close it, and remove the path of a Unix socket unless it is somebody else's by now."""
        super().close()
        self._bound = self.adopted
        if self._inode is not None:
            files.remove(self.path or "", self._inode)
            self._inode = None

    def retire(self) -> None:
        """Close it for everybody: processes that inherited it cannot be connected to any more.

        What somebody else bound is left open to him.
        """
        if not self.adopted and self._bound:
            try:
                self.shutdown(socket.SHUT_RDWR)
            except OSError as error:
                logger.debug("%s cannot be shut down: %s", self, error)
        self.close()

    # --- details ----------------------------------------------------------------------------------

    def _again(self) -> CircusSocket:
        """Return another socket like this one, not bound."""
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
        fresh._address = (self.host, self.port, *self._address[2:])
        return fresh

    def _reopen(self) -> None:
        """Have an open descriptor again; what somebody else bound cannot be had twice."""
        if self.fileno() >= 0:
            return
        if self.adopted:
            raise OSError(errno.EBADF, f"cannot open {self} again: somebody else has bound it")
        try:
            super().__init__(self.family, self.socktype, self.proto)
            self._prepare()
        except OSError as error:
            super().close()
            raise OSError(error.errno, f"cannot open {self} again: {reason(error)}") from error

    def _adopt(self) -> None:
        self.so_reuseport = False
        self.setblocking(self.blocking)
        self.set_inheritable(False)
        self._address = self.getsockname()
        if self.is_unix:
            self.path = numbers.path_of(self._address)
        else:
            self.host, self.port = self._address[:2]
        if self.socktype in numbers.LISTENING:
            self.listen(self.backlog)
        self._bound = True

    def _resolved(self) -> Any:
        kind, proto = self.type, self.proto
        address = numbers.resolved(self.host, self.port, self.family, kind, proto)
        self.host, self.port = str(address[0]), int(address[1])
        return address

    def _prepare(self) -> None:
        self.setblocking(self.blocking)
        self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.so_reuseport:
            self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if self.interface is not None:
            numbers.bind_interface(self, self.interface)

    def _claim(self, listening: bool = True) -> None:
        """Bind; OSError with all that can be told about why not."""
        try:
            self._bind(listening)
        except OSError as error:
            logger.error("Could not bind %s", self.location)
            text = refused(error, self.family, self.socktype, self.place)
            raise OSError(error.errno or errno.EINVAL, f"cannot bind {self}: {text}") from error

    def _bind(self, listening: bool = True) -> None:
        if not self.is_unix:
            self.bind(self._address)
            self.host, self.port = self.getsockname()[:2]
        elif is_abstract(self.path or ""):
            self.bind(self._address)
        else:
            self._bind_path(self.path or "")
        if listening and self.socktype in numbers.LISTENING:
            self.listen(self.backlog)
        self._bound = True

    def _bind_path(self, path: str) -> None:
        """Bind to a path, which has its mode from the first moment and its owner before we listen.

        :raises OSError: nothing is left at the path then
        """
        uid, gid = files.ids(self.owner, self.group)
        files.make_room(path, self.replace)
        with files.masked(files.umask_for(self.umask, self.mode)):
            self.bind(path)
        self._inode = files.inode(path)
        files.give(path, self._inode, uid, gid)
