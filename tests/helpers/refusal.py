"""Calls that must be refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def refused(call: Callable[..., Any], *args: Any) -> str:
    """Return the message of the ValueError that a call raises; it must raise one."""
    try:
        taken = call(*args)
    except ValueError as error:
        return str(error)
    raise AssertionError(f"{args!r} was taken as {taken!r}")
