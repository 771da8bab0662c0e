"""How long things took: counts in buckets, as Prometheus has them."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence

EDGES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper edges of the buckets in seconds; the last bucket has none."""


class Latency:
    """A histogram of times.

    :param edges: upper edges of its buckets in seconds, ascending
    """

    def __init__(self, edges: Sequence[float] = EDGES) -> None:
        self._edges = tuple(edges)
        self._counts = [0] * (len(self._edges) + 1)
        self.total = 0.0

    def note(self, seconds: float) -> None:
        """Count one."""
        self._counts[bisect.bisect_left(self._edges, seconds)] += 1
        self.total += seconds

    def buckets(self) -> list[tuple[str, int]]:
        """Return (upper edge, how many were at most that) of each bucket."""
        names = (*(f"{edge:g}" for edge in self._edges), "+Inf")
        return list(zip(names, itertools.accumulate(self._counts), strict=True))
