"""The words of a [socket:NAME] as the kernel takes them: numbers, addresses, socket options."""

from __future__ import annotations

import errno
import socket
from typing import Any

from circus.spec.addresses import is_abstract
from circus.spec.model import SocketSpec

FAMILIES = {name: getattr(socket, name) for name in ("AF_INET", "AF_INET6", "AF_UNIX")}
LISTENING = frozenset({socket.SOCK_STREAM, socket.SOCK_SEQPACKET})
"""The types that listen for connections."""


def socktype(name: str) -> int:
    """Return a socket type by its name; KeyError for an unknown one."""
    kind = getattr(socket, name.upper(), None) if name.upper().startswith("SOCK_") else None
    if not isinstance(kind, socket.SocketKind):
        raise KeyError(name)
    return kind


def protocol(spec: SocketSpec) -> int:
    """Return the protocol of a socket, 0 for the usual one; OSError for an unknown one."""
    if spec.proto is None:
        return 0
    try:
        return socket.getprotobyname(spec.proto)
    except OSError as error:
        text = f"cannot make socket {spec.name!r}: {error}: {spec.proto!r}"
        raise OSError(errno.EPROTONOSUPPORT, text) from error


def resolved(host: str, port: int, family: int, kind: int, proto: int = 0) -> Any:
    """Return the first address of a host, as :func:`socket.socket.bind` takes it.

    :raises OSError: the host has no address of this family
    """
    try:
        return socket.getaddrinfo(host, port, family, kind, proto)[0][4]
    except (OSError, UnicodeError) as error:  # a label that is no name of a host
        text = f"cannot resolve the host {host!r}: {getattr(error, 'strerror', None) or error}"
        raise OSError(getattr(error, "errno", errno.EINVAL), text) from error


def unix_address(path: str) -> str:
    """Return the kernel's name for a path, or for an abstract ``@name`` (unix(7))."""
    return f"\0{path[1:]}" if is_abstract(path) else path


def path_of(name: Any) -> str:
    """Return the path of a Unix socket, or its ``@name``, from what the kernel tells."""
    if isinstance(name, bytes):
        return "@" + name[1:].decode(errors="surrogateescape")
    return str(name)


def bind_interface(sock: socket.socket, interface: str) -> None:
    """Have a socket hear one network interface only (SO_BINDTODEVICE).

    :raises OSError: there is no such interface, or no such option
    """
    text = f"cannot bind to the interface {interface!r}: "
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode() + b"\0")
    except AttributeError:
        raise OSError(errno.ENOPROTOOPT, f"{text}this system has no such option") from None
    except OSError as error:
        raise OSError(error.errno, f"{text}{error.strerror}") from error
