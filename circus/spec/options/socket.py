"""The section ``[socket:NAME]`` (spec §8). NAME is lower-cased."""

from __future__ import annotations

from circus.spec.model import SocketSpec
from circus.spec.options.row import Option, Section
from circus.spec.values import Account, Choice, Flag, Mode, Text, Whole

_ROWS = (
    Option("host", Text(), "The name or address to bind to."),
    Option("port", Whole(0, 65535), "The port to bind to; 0 takes any free one."),
    Option(
        "family",
        Choice(("AF_INET", "AF_INET6", "AF_UNIX"), prefix="AF_"),
        "The address family, with or without `AF_`; a `path` makes it AF_UNIX.",
    ),
    Option(
        "type",
        Choice(
            ("SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW", "SOCK_RDM", "SOCK_SEQPACKET"), prefix="SOCK_"
        ),
        "The type of the socket, with or without `SOCK_`.",
    ),
    Option("proto", Text(optional=True), "The name of a protocol, as in /etc/protocols."),
    Option("backlog", Whole(0), "How many connections may wait to be accepted."),
    Option(
        "path",
        Text(optional=True),
        "The path of a Unix socket, or `@` and a name outside the file system (Linux).",
    ),
    Option("umask", Mode(), "The umask under which a Unix socket is made; unset: circusd's."),
    Option("mode", Mode(), "The permissions of a Unix socket; instead of `umask`."),
    Option("owner", Account(), "The user that owns a Unix socket; unset: circusd's."),
    Option("group", Account(), "The group that owns a Unix socket; unset: circusd's."),
    Option("replace", Flag(), "A Unix socket that exists at the path is removed first."),
    Option("interface", Text(optional=True), "The network interface to bind to."),
    Option("so_reuseport", Flag(), "Each process gets a socket of its own on the same address."),
    Option("blocking", Flag(), "The socket is in blocking mode."),
    Option(
        "use_papa",
        Text(),
        "Once gave the socket to papa.",
        field="",
        obsolete="papa is gone: the option has no effect",
    ),
)

SOCKET = Section("socket:NAME", SocketSpec, _ROWS)
