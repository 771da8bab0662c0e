"""What ends a helper of circusd when circusd is gone, however it ended.

A helper is a plugin, circusd-stats or the web console.
circusd holds one end of a pipe for as long as it lives, and nobody else has it; a helper inherits
the other end, and waits at it in a thread. Nothing is ever written: the wait is over when circusd's
end is closed, which the kernel does even after SIGKILL. A parent-death signal (prctl(2)) would be
tied to the thread that launched the helper, and could come before the helper has asked for it.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import MutableMapping
from dataclasses import replace

from circus.spec.launch import LaunchPlan

VARIABLE = "CIRCUS_LIFELINE"
"""Tells a helper the number of its end."""


class Lifeline:
    """circusd's end, and the other one to be handed down."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()

    def tie(self, plan: LaunchPlan) -> LaunchPlan:
        """Return a plan whose process gets the other end."""
        env = {**plan.env, VARIABLE: str(self._read)}
        return replace(plan, env=env, inherit=(*plan.inherit, self._read))

    def close(self) -> None:
        """Let go: every helper that still runs ends."""
        os.close(self._read)
        os.close(self._write)


def follow(environ: MutableMapping[str, str]) -> None:
    """Have this process get SIGTERM when the circusd that launched it is gone; none: do nothing.

    :param environ: where the number stands; it is taken out
    """
    number = environ.pop(VARIABLE, "")
    if not number.isdecimal():
        return
    fd = int(number)
    os.set_inheritable(fd, False)
    threading.Thread(target=_wait, args=(fd,), name="lifeline", daemon=True).start()


def _wait(fd: int) -> None:
    os.read(fd, 1)
    main = threading.main_thread().ident
    if main is not None:
        signal.pthread_kill(main, signal.SIGTERM)
