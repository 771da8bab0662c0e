"""How long a daemon that speaks Circus's wire lets a command wait while it starts its children."""

from __future__ import annotations

import itertools
import json
import time
from typing import TYPE_CHECKING, Any

import zmq

if TYPE_CHECKING:
    from benchmarks.ears import Ears

QUESTIONS: tuple[dict[str, Any], ...] = (
    {"command": "status", "properties": {}},
    {"command": "list", "properties": {}},
    {"command": "numprocesses", "properties": {}},
    {"command": "numwatchers", "properties": {}},
    {"command": "options", "properties": {"name": "child"}},
    {"command": "get", "properties": {"name": "child", "keys": ["numprocesses"]}},
    {"command": "list", "properties": {"name": "child"}},
)
PATIENCE = 60
"""Seconds to wait for the children and for an answer."""


def answers_while_starting(endpoint: str, ears: Ears, count: int) -> tuple[list[float], list[int]]:
    """Ask one question after the other from the first child's word to the last one's.

    A question that was on its way when the first child came up counts from that moment: before it
    the daemon did not listen yet.

    :param endpoint: a ZMQ endpoint
    :param count: how many children to wait for
    :returns: the seconds of each answer, and the pids of the children
    """
    socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.DEALER)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.RECONNECT_IVL, 1)
    socket.connect(endpoint)
    poller = zmq.Poller()
    poller.register(socket, zmq.POLLIN)
    poller.register(ears.socket, zmq.POLLIN)
    try:
        return _ask(socket, poller, ears, count)
    finally:
        socket.close()


def _ask(
    socket: zmq.Socket[bytes], poller: zmq.Poller, ears: Ears, count: int
) -> tuple[list[float], list[int]]:
    questions = itertools.cycle(QUESTIONS)
    times: list[float] = []
    pids: list[int] = []
    first = 0.0
    sent = _send(socket, next(questions))
    end = time.monotonic() + PATIENCE
    while (len(pids) < count or not times) and time.monotonic() < end:
        ready = dict(poller.poll(1000))
        now = time.monotonic()
        if ears.socket.fileno() in ready:
            first = first or now
            pids += ears.hear(1, timeout=1)
        if socket in ready:
            socket.recv()
            if first:
                times.append(now - max(sent, first))
            sent = _send(socket, next(questions))
    if len(pids) < count or not times:
        raise RuntimeError(f"{len(pids)} of {count} children, {len(times)} answers in {PATIENCE} s")
    return times, pids


def _send(socket: zmq.Socket[bytes], question: dict[str, Any]) -> float:
    socket.send(json.dumps({"id": "x", **question}).encode())
    return time.monotonic()
