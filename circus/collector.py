"""What the garbage collector finds, for the log (``debug_gc``).

The collector runs in the middle of anything, so what it calls only counts. The loop tells it.
Since Python 3.4 nearly everything that it finds can be freed; what cannot is what leaks.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from collections import Counter, deque
from typing import Any

from circus import logger

OLDEST = 2
"""The generation whose collections are told of: they look at everything, and are rare."""
HELD = 100
"""How many collections wait to be told of at most."""


class Collector:
    """Logs each collection of the oldest generation, and whatever cannot be freed.

    :param loop: tells it
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._begun = 0.0
        self._seen: deque[tuple[int, float, int, int]] = deque(maxlen=HELD)
        gc.callbacks.append(self._collected)

    def close(self) -> None:
        """Tell of nothing any more."""
        if self._collected in gc.callbacks:
            gc.callbacks.remove(self._collected)

    def _collected(self, phase: str, info: dict[str, Any]) -> None:
        """Count; called by the collector, in any thread."""
        if phase == "start":
            self._begun = time.monotonic()
            return
        generation, lost = info["generation"], info["uncollectable"]
        if (generation < OLDEST and not lost) or self._loop.is_closed():
            return
        self._seen.append((generation, time.monotonic() - self._begun, info["collected"], lost))
        if len(self._seen) == 1:
            with contextlib.suppress(RuntimeError):  # the loop was closed in this moment
                self._loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        while self._seen:
            generation, took, freed, lost = self._seen.popleft()
            text = "garbage collector: generation %d took %.1f ms, freed %d, could not free %d"
            logger.info(text, generation, 1000 * took, freed, lost)
            if lost:
                kinds = Counter(type(one).__name__ for one in gc.garbage)
                named = ", ".join(f"{count} {name}" for name, count in kinds.most_common(5))
                logger.warning("garbage that cannot be freed: %s", named)
