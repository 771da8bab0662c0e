from __future__ import annotations

import time

from circus.patience import Patience


def test_without_time_there_is_one_look_only():
    assert not Patience(0, 600).wait()


def test_looks_end_when_the_time_is_over():
    patience = Patience(0.05, 0.01)
    began = time.monotonic()
    assert patience.wait()
    while patience.wait():
        pass
    assert time.monotonic() - began >= 0.05
