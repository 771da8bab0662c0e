"""Reaching a daemon through ssh, by pyzmq's tunnel (spec §1.2)."""

from __future__ import annotations

import contextlib
import importlib
import io
import signal
import socket
from typing import TYPE_CHECKING

from circus.exc import CallError

if TYPE_CHECKING:
    from collections.abc import Iterator

MISSING = "pexpect was not found, and failed to use Paramiko.  You need to install Paramiko"


def through(server: str, endpoint: str, keyfile: str | None = None) -> str:
    """Open a tunnel to an endpoint.

    It closes by itself a minute later, or when its last connection does if that is after.

    :param server: ``user@host:port``; user and port may be missing
    :param endpoint: a tcp endpoint, as the server sees it
    :param keyfile: the private key to log in with; otherwise what ssh is configured for
    :returns: the tunnel's end on this machine, an endpoint
    :raises ImportError: neither pexpect nor paramiko is installed
    :raises CallError: there is no way through
    """
    tunnels = importlib.import_module("zmq.ssh.tunnel")
    if tunnels.pexpect is None and tunnels.paramiko is None:
        raise ImportError(MISSING)
    if not endpoint.startswith("tcp://"):
        raise CallError(f"cannot reach {endpoint} through ssh: only tcp endpoints can be")
    try:
        with _hangup_held(), contextlib.redirect_stdout(io.StringIO()):  # it prints as it fails
            here, _ = tunnels.open_tunnel(
                endpoint, server, keyfile=keyfile, paramiko=tunnels.pexpect is None
            )
    except Exception as problem:  # ssh, pexpect and paramiko each fail in their own way
        raise _closed(server, str(problem).partition("\n")[0]) from problem
    if not _open(here):  # pyzmq does not notice that ssh has failed
        raise _closed(server, "ssh ended without it")
    return str(here)


@contextlib.contextmanager
def _hangup_held() -> Iterator[None]:
    """Let what is started meanwhile hear no SIGHUP.

    ssh goes into the background when the way is open. pyzmq runs it at a pseudo-terminal, whose
    hangup comes when ssh leaves, and may reach the background half before that has a session of its
    own: without this every second tunnel died of it at birth.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _closed(server: str, reason: str) -> CallError:
    about = f"cannot open a tunnel through {server}: {reason}"
    return CallError(f"{about}\nTry to log in there with ssh by itself.")


def _open(here: str) -> bool:
    """Say whether somebody listens at an endpoint of this machine; nobody is disturbed."""
    host, _, port = here.removeprefix("tcp://").rpartition(":")
    with socket.socket() as probe:
        try:
            probe.bind((host, int(port)))
        except OSError:
            return True
    return False
