"""How far a long piece of work has come, while somebody waits for it at a terminal."""

from __future__ import annotations

import fnmatch
import sys
import threading
from typing import TYPE_CHECKING, Any

from circus.client import CircusClient
from circus.exc import CallError

if TYPE_CHECKING:
    from collections.abc import Mapping

PACE = 0.2
"""Seconds between two questions; what takes less time shows no progress."""
PATIENCE = 1.0
"""Seconds until a daemon that does not answer is given up."""
CLEAR = "\r\x1b[K"
"""Takes the line away again."""


class Progress:
    """A line on stderr that says how many processes are up, as long as the context lasts.

    :param endpoint: where the daemon answers
    :param name: the watcher, or the pattern, that is worked on; None: all
    """

    def __init__(self, endpoint: str, name: str | None) -> None:
        self._endpoint = endpoint
        self._name = name
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_exc: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        client = CircusClient(endpoint=self._endpoint, timeout=PATIENCE)
        shown = ""
        while not self._over.wait(PACE):
            try:
                counts = client.send_message("status", counts=True).get("counts")
            except CallError:
                break
            line = sentence(counts or {}, self._name)
            if line not in {"", shown} and not self._over.is_set():
                sys.stderr.write(f"{CLEAR}{line}")
                sys.stderr.flush()
                shown = line
        if shown:
            sys.stderr.write(CLEAR)
            sys.stderr.flush()
        client.stop()


def sentence(counts: Mapping[str, Mapping[str, Any]], name: str | None) -> str:
    """Say how many processes are up of how many that are wanted; nothing when it is not known.

    :param counts: ``up`` and ``wanted`` of each watcher
    :param name: a watcher, a pattern of names, or None for all
    """
    wanted = (name or "*").lower()
    asked = [
        facts
        for watcher, facts in counts.items()
        if wanted == watcher.lower() or fnmatch.fnmatchcase(watcher.lower(), wanted)
    ]
    if not asked:
        return ""
    up, goal = (sum(facts[key] for facts in asked) for key in ("up", "wanted"))
    return f"{name or 'all watchers'}: {up} of {goal} up"
