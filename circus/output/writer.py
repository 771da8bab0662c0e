"""The threads that call streams: one for each file, or stream object.

A thread is made when there is something to do, and ends when there was nothing for a while: a
daemon whose children are quiet has none. Streams that say they write to the same place share one
(their attribute ``writer``, any hashable), so that what they do there happens one after the other;
a stream without it has one of its own. These are daemon threads: one that is stuck on a disk for
good keeps nobody from going.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from queue import Empty, SimpleQueue
from typing import Any
from weakref import WeakValueDictionary

from circus import logger

IDLE = 3.0
"""Seconds without work after which a thread ends."""

Job = Callable[[], None]


class Writer:
    """Does jobs one after the other, in a thread of its own.

    :param name: the thread's
    :param owner: kept as long as the writer is there
    """

    def __init__(self, name: str, owner: Any = None) -> None:
        self.bell = threading.Event()
        """Rung by who wants a pause between two tries to end."""
        self._name = name
        self._owner = owner
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._guard = threading.Lock()
        self._running = False

    def put(self, job: Job) -> None:
        """Have a job done, after all that were put before; it must not raise."""
        self._jobs.put(job)
        with self._guard:
            if self._running:
                return
            self._running = True
        try:
            threading.Thread(target=self._run, name=self._name, daemon=True).start()
        except RuntimeError as error:  # out of threads: tried again with the next job
            self._running = False
            logger.error("cannot make the thread %r: %s", self._name, error)

    def end(self) -> None:
        """Have the thread end when everything is done; the next job makes another."""
        with self._guard:
            if self._running:
                self._jobs.put(None)

    def _run(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=IDLE)
            except Empty:
                job = None
            if job is not None:
                self._do(job)
                continue
            with self._guard:
                if self._jobs.empty():
                    self._running = False
                    return

    def _do(self, job: Job) -> None:
        try:
            job()
        except Exception:  # noqa: BLE001 - a crash is loud, and the thread goes on
            logger.exception("the thread %r crashed", self._name)


_writers: WeakValueDictionary[Hashable, Writer] = WeakValueDictionary()
_guard = threading.Lock()


def writer_of(stream: Any, name: str) -> Writer:
    """Return the writer of a stream: that of all who write to the same place.

    :param name: of its thread, if it is made now
    """
    place = getattr(stream, "writer", None)
    key: Hashable = ("object", id(stream)) if place is None else ("place", place)
    with _guard:
        found = _writers.get(key)
        if found is None:
            found = _writers[key] = Writer(name, stream)
        return found
