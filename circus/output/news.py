"""What a channel has to tell about itself: that it fails, works again, or has lost something.

It goes into the log and is published as an event (``output_failed``, ``output_restored``,
``output_lost``), at most once a second, however often it happens; what was lost meanwhile is summed
up. The thread that writes notes it, the loop says it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from circus import logger
from circus.output.backlog import NOTHING, Loss

if TYPE_CHECKING:
    import asyncio

PAUSE = 1.0
"""Seconds between two times that something is told."""

Tell = Callable[[str, Mapping[str, Any]], None]
"""Publishes an event by its name and fields."""


class News:
    """Notes what happens, from any thread, and says it in the loop.

    :param watcher: the watcher's name
    :param name: ``stdout`` or ``stderr``
    :param tell: publishes an event
    """

    def __init__(self, watcher: str, name: str, tell: Tell | None = None) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self._watcher = watcher
        self._name = name
        self._tell = tell or _nobody
        self._lock = threading.Lock()
        self._due = False
        self._lost = NOTHING
        self._why = ""
        self._fault = ""
        self._said = ""

    def failed(self, error: BaseException | str) -> None:
        """Note that the stream cannot be written."""
        text = str(error) or type(error).__name__
        if text != self._fault:
            self._note(fault=text)

    def stuck(self) -> None:
        """Note that the stream takes nothing, unless it is known why."""
        if not self._fault:
            self._note(fault="it does not return: what waits cannot be written")

    def works(self) -> None:
        """Note that the stream can be written. Costs nothing when it always could."""
        if self._fault:
            self._note(fault="")

    def lost(self, lost: Loss, why: BaseException | str) -> None:
        """Note that output is gone."""
        with self._lock:
            self._lost = self._lost.plus(lost)
            self._why = str(why) or type(why).__name__
        self._note()

    def say(self) -> None:
        """Say what is new. For the loop's thread."""
        with self._lock:
            fault, lost, why = self._fault, self._lost, self._why
            self._lost = NOTHING
        about = f"{self._name} of {self._watcher!r}"
        if fault and fault != self._said:
            logger.error("cannot write %s: %s", about, fault)
            self._tell("output_failed", {"stream": self._name, "error": fault})
        if lost.bytes:
            text = "%d lines (%d bytes) of %s are lost: %s"
            logger.warning(text, lost.lines, lost.bytes, about, why)
            fields = {"stream": self._name, "lines": lost.lines, "bytes": lost.bytes, "error": why}
            self._tell("output_lost", fields)
        if self._said and not fault:
            logger.warning("%s is written again", about)
            self._tell("output_restored", {"stream": self._name})
        self._said = fault

    def _note(self, fault: str | None = None) -> None:
        with self._lock:
            if fault is not None:
                self._fault = fault
            if self._due or self.loop is None:
                return
            self._due = True
        # a loop that is closed hears nothing any more: its daemon has ended
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._begin)

    def _begin(self) -> None:
        self.say()
        assert self.loop is not None
        self.loop.call_later(PAUSE, self._go_on)

    def _go_on(self) -> None:
        with self._lock:
            self._due = bool(self._lost.bytes) or self._fault != self._said
        if self._due:
            self._begin()


def _nobody(event: str, fields: Mapping[str, Any]) -> None:
    """Publish nothing."""
