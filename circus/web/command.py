"""circushttpd: its command line, and its life."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Any

from tornado.netutil import bind_sockets

from circus import logger, logs
from circus.doorkey import from_file
from circus.exc import CircusError
from circus.flags import add_ends, add_log, add_version, reason
from circus.letterbox import read_letter
from circus.lifeline import follow
from circus.spec.door import TokenError, checked_token
from circus.stats.sample import offered
from circus.web.audience import Audience
from circus.web.follower import Follower
from circus.web.gate import Gate
from circus.web.mirror import Mirror
from circus.web.pages import Pages
from circus.web.rooms import Rooms
from circus.web.samples import Samples
from circus.web.server import Server, serve

SIGNALS = (signal.SIGHUP, signal.SIGQUIT, signal.SIGINT, signal.SIGTERM)
"""All of them end it."""
LAST_ANSWERS = 1.0
"""Seconds that a command may still be under way when the end is asked for: one that stops
everything, and so this process as well, is answered all the same."""
MOST_FILES = 65536
"""Descriptors that it asks for."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(prog="circushttpd", description="Runs the web console of Circus")
    add_ends(made)
    made.add_argument("--host", default="localhost", help="the address to serve at")
    made.add_argument("--port", type=_port, default=8080, help="the port to serve at")
    made.add_argument("--fd", type=int, help="a socket that listens, instead of host and port")
    made.add_argument("--token-file", help="the file with the token that opens the console")
    made.add_argument(
        "--letter",
        action="store_true",
        help="the token is in a JSON object that is read from the standard input",
    )
    made.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME[:PORT]",
        help="a further name of it",
    )
    add_log(made, "info", "-")
    add_version(made)
    return made


def _port(word: str) -> int:
    number = int(word)
    if not 0 <= number < 2**16:
        raise ValueError(word)
    return number


def main(argv: Sequence[str] | None = None) -> None:
    """Run circushttpd and exit."""
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: Sequence[str]) -> int:
    """Run circushttpd until a signal ends it; return its exit code."""
    args = parser().parse_args(argv)
    if not offered():
        sys.stderr.write("circushttpd: cannot sample processes: there is no /proc here\n")
        return 1
    follow(os.environ)
    try:
        token = _token(args)
        logs.configure(args.loglevel, args.logoutput)
        # what strangers send that is no HTTP fills no log
        logging.getLogger("tornado.general").setLevel(logging.ERROR)
        asyncio.run(_serve(args, token))
    except (CircusError, TokenError, OSError, ValueError) as problem:
        sys.stderr.write(f"circushttpd: {reason(problem)}\n")
        return 1
    logger.info("circushttpd has ended")
    return 0


def _token(args: argparse.Namespace) -> str:
    if args.letter:
        return checked_token(str(read_letter().get("token", "")))
    if args.token_file is None:
        raise TokenError("cannot serve without a token: give --token-file")
    try:
        return from_file(args.token_file)
    except OSError as problem:
        raise TokenError(f"cannot read {args.token_file}: {reason(problem)}") from None


async def _serve(args: argparse.Namespace, token: str) -> None:
    """Serve until a signal comes; the end of the circusd that has started us is one."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    for number in SIGNALS:
        loop.add_signal_handler(number, over.set)
    _want_files()
    sockets = _sockets(args)
    place = sockets[0].getsockname()
    rooms = _rooms(args, Gate(token, args.allow_host, args.host))
    rooms.cookie = f"circus_{place[1]}" if isinstance(place, tuple) else "circus"
    server = serve(rooms, sockets)
    rooms.follower.start()
    logger.info("circushttpd serves at %s", _named(place))
    try:
        await over.wait()
    finally:
        await _end(server, rooms)


def _rooms(args: argparse.Namespace, gate: Gate) -> Rooms:
    mirror = Mirror(args.endpoint)
    samples = Samples(mirror)
    audience = Audience(mirror, samples)
    follower = Follower(args.endpoint, args.pubsub, mirror, audience)
    audience.came = follower.look
    return Rooms(gate, mirror, samples, audience, follower, Pages())


async def _end(server: Server, rooms: Rooms) -> None:
    """Close everything; commands are answered first, and the pages that are open hear of it."""
    server.stop()
    until = asyncio.get_running_loop().time() + LAST_ANSWERS
    while rooms.under_way and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110 - it ends soon in any case
        await asyncio.sleep(LAST_ANSWERS / 100)
    for page in tuple(rooms.open_pages):
        page.close(1001, "circushttpd ends")
    rooms.audience.close()
    rooms.follower.stop()
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(server.close_all_connections(), 1)


def _sockets(args: argparse.Namespace) -> list[socket.socket]:
    if args.fd is None:
        try:
            return bind_sockets(args.port, args.host)
        except OSError as problem:
            text = f"cannot serve at {args.host}:{args.port}: {reason(problem)}"
            raise OSError(problem.errno, text) from None
    given = socket.socket(fileno=args.fd)
    given.setblocking(False)
    os.set_inheritable(args.fd, False)
    return [given]


def _named(place: Any) -> str:
    """Return the address of a socket for people."""
    if not isinstance(place, tuple):
        return str(place)
    host = f"[{place[0]}]" if ":" in place[0] else place[0]
    return f"http://{host}:{place[1]}/"


def _want_files() -> None:
    """Ask for as many descriptors as we may have: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
