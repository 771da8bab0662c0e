from __future__ import annotations

import pytest

from circus.web.latency import Latency


def test_times_are_counted_up_to_each_edge():
    latency = Latency((0.1, 1.0))
    for seconds in (0.05, 0.1, 0.5, 3.0):
        latency.note(seconds)
    assert latency.buckets() == [("0.1", 2), ("1", 3), ("+Inf", 4)]
    assert latency.total == pytest.approx(3.65)
