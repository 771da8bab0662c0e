"""The door of the web console: where it is, and what has to be true of it to be safe. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field

from circus.spec.expand import variables
from circus.spec.model import CONSOLE, DaemonSpec, SocketSpec


@dataclass(frozen=True)
class Door:
    """Where the console is served, and what opens it.

    :param token, token_file: what opens it, or the file with that; None: it is to be made
    :param hosts: further names that it answers to
    """

    host: str = DaemonSpec.httpd_host
    port: int = DaemonSpec.httpd_port
    token: str | None = field(default=None, repr=False)
    token_file: str | None = None
    hosts: tuple[str, ...] = ()


SHORTEST = 16
"""Characters of a token."""
BEYOND = (
    "is beyond this machine: set a token of your own with httpd_token_file or httpd_token, and "
    "have a proxy speak https, for here the token travels in the clear"
)
BOTH = "cannot be set together with httpd_token: which one is it?"


class TokenError(ValueError):
    """A token that cannot be used. The message never shows it."""


def checked_token(token: str) -> str:
    """Return a token that can be one.

    :raises TokenError: it is too short, names a variable that is not set, or cannot stand in a
        header
    """
    if any(variables(token)):
        raise TokenError("is no token: it names a variable, and nothing says what that is")
    if len(token) < SHORTEST:
        raise TokenError(f"is too short for a token: it needs at least {SHORTEST} characters")
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise TokenError("is no token: only visible ASCII characters, without blanks")
    return token


def at_home(host: str) -> bool:
    """Say whether an address can be reached from this very machine alone."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def door_of(daemon: DaemonSpec) -> Door:
    """Return the door that a configuration asks for."""
    return Door(
        daemon.httpd_host,
        daemon.httpd_port,
        daemon.httpd_token,
        daemon.httpd_token_file,
        daemon.httpd_hosts,
    )


def faults(door: Door) -> Iterator[tuple[str, str]]:
    """Iterate over (option, sentence) for what is wrong with a door."""
    if door.token is None and door.token_file is None and not at_home(door.host):
        yield "httpd_host", f"{door.host!r} {BEYOND}"
    if door.token is not None and door.token_file is not None:
        yield "httpd_token_file", BOTH
    if door.token is not None:
        try:
            checked_token(door.token)
        except TokenError as problem:
            yield "httpd_token", str(problem)


def socket(door: Door) -> SocketSpec:
    """Return the socket that the console is served at."""
    family = "AF_INET6" if ":" in door.host else "AF_INET"
    return SocketSpec(CONSOLE, host=door.host, port=door.port, family=family)
