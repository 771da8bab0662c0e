"""Finding the watchers that a request means (spec §4.0.1)."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING

from circus.exc import CircusError, MessageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from circus.commands.ports import Fleet, WatcherView


def one(fleet: Fleet, name: str) -> WatcherView:
    """Return the watcher of that name, in any case.

    :raises MessageError: there is none
    """
    try:
        return fleet.get_watcher(name)
    except KeyError:
        raise MessageError(unknown(name)) from None


def unknown(name: str) -> str:
    """Return the sentence with which a name is refused that no watcher has (spec §4.0)."""
    return f"program {name} not found"


def matching(fleet: Fleet, pattern: str, method: str) -> list[WatcherView]:
    """Return the watchers that a pattern means, the highest priority first.

    :param method: ``simple``: the name itself; ``glob``: a shell pattern for the whole name;
        ``regex``: a regular expression for its beginning; always in any case
    :raises MessageError: there is none
    :raises CircusError: it is no regular expression
    """
    if method == "simple":
        return [one(fleet, pattern)]
    fits = _test(pattern, method)
    found = [watcher for watcher in fleet.iter_watchers() if fits(watcher.name.lower())]
    if not found:
        raise MessageError(unknown(pattern))
    return found


def _test(pattern: str, method: str) -> Callable[[str], object]:
    if method == "glob":
        return re.compile(fnmatch.translate(pattern.lower())).match
    try:
        return re.compile(pattern, re.IGNORECASE).match
    except (re.error, RecursionError, OverflowError) as problem:
        raise CircusError(f"cannot read the pattern {pattern!r}: {problem}") from None
