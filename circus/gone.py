"""Names that Circus 0.19 had and that are deliberately gone, each with the reason.

Whoever imports one gets an ImportError with that sentence. ``docs/reference/gone.rst`` is written
from this table.
"""

from __future__ import annotations

from typing import NoReturn

GREEN = (
    "gevent is not supported: run circus.get_arbiter(..., background=True) in a thread of its own"
)
FUTURES = "every method that has to wait returns an asyncio future: await it, or add a callback"

GONE = {
    "circus.ArbiterHandler": "circus.get_arbiter is a plain function",
    "circus.green": GREEN,
    "circus.green.client": GREEN,
    "circus.green.consumer": GREEN,
    "circus.util.TransformableFuture": FUTURES,
    "circus.util.synchronized": (
        "there is no lock: commands on different watchers run side by side, and on one watcher"
        " the newest wins"
    ),
    "circus.util.load_virtualenv": (
        "nothing is added to a watcher's environment behind its back: give the watcher virtualenv="
    ),
}
"""By the full name: why it is gone, and what to use."""


def sentence(name: str) -> str:
    """Return what is said to whoever imports a name that is gone."""
    return f"cannot import {name!r}: {GONE[name]}"


def refuse(name: str) -> NoReturn:
    """Raise the ImportError of a name that is gone."""
    raise ImportError(sentence(name), name=name)
