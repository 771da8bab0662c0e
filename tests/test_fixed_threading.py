from __future__ import annotations

import threading

from circus import fixed_threading


def test_it_is_a_door_to_threading():
    for name in fixed_threading.__all__:
        assert getattr(fixed_threading, name) is getattr(threading, name)
