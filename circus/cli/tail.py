"""``circusctl tail``: print what processes wrote, and what they go on to write."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

from circus.cli.advice import advice
from circus.client import CircusClient
from circus.exc import CallError
from circus.wire.frames import make_message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PACE = 0.2
"""Seconds between two questions when nothing new has come."""


def run(
    endpoint: str,
    timeout: float,
    request: Mapping[str, Any],
    show: Callable[[Mapping[str, Any]], int],
) -> int:
    """Ask for the end of an output; with ``follow`` ask again for what came after it, until Ctrl-C.

    :param endpoint: where the daemon answers
    :param timeout: seconds to wait for an answer
    :param request: the first question
    :param show: prints an answer; returns the exit code
    :raises CallError: no answer came
    """
    properties = dict(request["properties"])
    client = CircusClient(endpoint=endpoint, timeout=timeout)
    pause = threading.Event()
    try:
        while True:
            answer = client.call(make_message("tail", **properties))
            code = show(answer)
            if answer.get("status") == "error" or not properties.get("follow"):
                return code
            properties["since"] = answer["next"]
            if not answer["more"]:
                pause.wait(PACE)
    except CallError as problem:
        raise CallError(f"{problem}\n{advice(endpoint, timeout)}") from None
    finally:
        client.stop()


def write(answer: Mapping[str, Any]) -> int:
    """Print a part of an output as it was written, and say on stderr what of it is missing."""
    if answer["skipped"]:
        sys.stderr.write(f"({answer['skipped']} bytes came too fast to be shown)\n")
    sys.stdout.write(answer["text"])
    sys.stdout.flush()
    return 0
