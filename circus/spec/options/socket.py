"""The section ``[socket:NAME]`` (spec §8). NAME is lower-cased."""

from __future__ import annotations

from circus.spec.model import SocketSpec
from circus.spec.options.row import Option, Section
from circus.spec.values import Choice, Flag, Mode, Text, Whole

_ROWS = (
    Option("host", Text(), "The name or address to bind to."),
    Option("port", Whole(0, 65535), "The port to bind to; 0 takes any free one."),
    Option(
        "family",
        Choice(("AF_INET", "AF_INET6", "AF_UNIX")),
        "The address family; a `path` makes it AF_UNIX.",
    ),
    Option(
        "type",
        Choice(("SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW", "SOCK_RDM", "SOCK_SEQPACKET")),
        "The type of the socket.",
    ),
    Option("proto", Text(optional=True), "The name of a protocol, as in /etc/protocols."),
    Option("backlog", Whole(0), "How many connections may wait to be accepted."),
    Option("path", Text(optional=True), "The path of a Unix socket; host and port are unused."),
    Option("umask", Mode(), "The umask under which a Unix socket is made; unset: circusd's."),
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
