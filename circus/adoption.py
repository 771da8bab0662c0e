"""Adopted orphans are reaped when there was a death: at once, and in a storm a few times a second.

Only circusd does that, and only where children come to it that are nobody's: as the init of a
container, as a subreaper (``contain = tree`` without control groups), or from an earlier life in
the same process, which let some run on (``rm --nostop``).
"""

from __future__ import annotations

import asyncio

from circus.host import orphans
from circus.host.ports import Children

PAUSE = 0.25
"""Seconds between two looks. An orphan is a zombie for less than twice as long."""


class Adoption:
    """Reaps the orphans of this process.

    :param loop: the asyncio loop; everything here is called in its thread
    :param children: those that are not orphans
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, children: Children) -> None:
        self._loop = loop
        self._children = children
        self._orphans: orphans.Orphans | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._not_before = 0.0

    def start_if_needed(self) -> None:
        """Begin, if orphans may become ours and it has not begun."""
        if self._orphans is None and orphans.expected():
            self._orphans = orphans.Orphans(self._children.owns)
            self._loop.add_reader(self._orphans.fileno(), self._heard)
            self._look_later()  # some may have ended before

    def stop(self) -> None:
        """Reap nobody any more."""
        if self._timer:
            self._timer.cancel()
        if self._orphans:
            self._loop.remove_reader(self._orphans.fileno())
            self._orphans.close()

    def _heard(self) -> None:
        assert self._orphans is not None
        self._orphans.hush()
        self._look_later()

    def _look_later(self) -> None:
        if self._timer is None:
            wait = max(0.0, self._not_before - self._loop.time())
            self._timer = self._loop.call_later(wait, self._look)

    def _look(self) -> None:
        assert self._orphans is not None
        self._timer = None
        self._not_before = self._loop.time() + PAUSE
        if self._orphans.reap():
            self._look_later()
