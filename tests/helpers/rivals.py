"""Two circusd that are started at once and cannot both run."""

from __future__ import annotations

import subprocess
import threading
import time

from circus.client import CircusClient
from tests.helpers.daemon import PATIENCE, spawn_circusd

PAUSE = 0.01
"""Seconds between two looks."""
_NOBODY = threading.Event()


def rivalry(file, endpoint: str, *words: str) -> tuple[int, int, str]:
    """Start two at once; return the pid of the one that serves, the other's exit code and words.

    The one that serves is killed, so that it leaves all that it holds to the next.
    """
    folder = file.parent
    both = [spawn_circusd(file, *words, cwd=folder, stderr=subprocess.STDOUT) for _ in range(2)]
    try:
        loser = _first_to_end(both)
        (winner,) = [one for one in both if one is not loser]
        said, _ = loser.communicate(timeout=PATIENCE)
        client = CircusClient(endpoint=endpoint, timeout=PATIENCE)
        try:
            assert client.send_message("numwatchers")["status"] == "ok"
        finally:
            client.stop()
        assert winner.poll() is None, "both have ended"
        return winner.pid, loser.returncode, said
    finally:
        for one in both:
            if one.poll() is None:
                one.kill()
            one.communicate(timeout=PATIENCE)


def _first_to_end(both) -> subprocess.Popen:
    """Return the one that ends first."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for one in both:
            if one.poll() is not None:
                return one
        _NOBODY.wait(PAUSE)
    raise AssertionError("both run")
