"""Waits for what nobody tells of: looks, with a pause between two, and an end."""

from __future__ import annotations

import threading
import time


class Patience:
    """Time for some looks; it begins to run now.

    :param seconds: until it is over; 0: there is one look only
    :param pause: seconds between two looks
    """

    def __init__(self, seconds: float, pause: float) -> None:
        self._until = time.monotonic() + seconds
        self._pause = pause
        self._nobody = threading.Event()  # never set

    def wait(self) -> bool:
        """Wait for the next look; False, at once, if there is none any more."""
        if time.monotonic() >= self._until:
            return False
        self._nobody.wait(self._pause)
        return True
