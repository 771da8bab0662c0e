"""Output that is kept for a program that embeds Circus."""

from __future__ import annotations

from queue import Queue
from typing import Any

from circus.stream.lines import Chunk


class QueueStream(Queue):  # type: ignore[type-arg]  # Circus's public class is a plain Queue
    """A queue of chunks, taken with ``get()``. It has no bound: somebody must take them.

    :param options: ignored
    """

    def __init__(self, **options: Any) -> None:
        del options
        super().__init__()

    def __call__(self, data: Chunk) -> None:
        """Put one chunk, the mapping as it is."""
        self.put(data)

    def close(self) -> None:
        """Keep what is in the queue: it can still be taken."""
