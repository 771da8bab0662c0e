"""The outlets of a watcher: where its stdout and its stderr go, made from its spec."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from circus.folders import fetch
from circus.output.channel import Channel
from circus.output.direct import Direct
from circus.output.news import Tell
from circus.output.pending import Pending
from circus.output.pipes import Output
from circus.spec import outlet
from circus.spec.launch import INHERIT
from circus.spec.model import StreamSpec, WatcherSpec
from circus.stream import get_stream

NAMES = ("stdout", "stderr")

Outlet = Channel | Direct | None
"""Through circusd, into the file itself, or circusd's own."""


def stream_of(spec: WatcherSpec, name: str) -> StreamSpec | None:
    """Return what is asked for of stdout or stderr."""
    found: StreamSpec | None = getattr(spec, f"{name}_stream")
    return found


def make(
    spec: WatcherSpec,
    name: str,
    tell: Tell | None = None,
    *,
    patient: bool = False,
    folders: Sequence[str] = (),
) -> Outlet:
    """Make the outlet of stdout or stderr.

    :param tell: publishes an event of the watcher
    :param patient: what cannot be opened now is tried again when there is something to write
    :param folders: where its class may be besides ``sys.path``
    :raises ImportError, AttributeError, ValueError, TypeError: the stream cannot be made
    :raises KeyError: there is no class of that name
    :raises OSError: something cannot be opened, unless *patient*
    """
    stream = stream_of(spec, name)
    if stream is None:
        return None
    if outlet.direct(stream):
        return Direct(stream.options["filename"])
    plain = replace(stream, options=outlet.of_class(stream))
    find = partial(fetch, directories=folders)
    try:
        made = get_stream(plain, find=find)
    except OSError:
        if not patient:
            raise
        made = Pending(plain, find)
    return Channel(spec.name, name, made, outlet.drops(stream), tell)


def swap(places: list[Outlet], index: int, new: Outlet) -> None:
    """Put an outlet into the place of another.

    Processes that run go on writing to the channel that they have, which takes the new stream; if
    there is none, the old one is closed when they have ended.
    """
    old = places[index]
    if isinstance(old, Channel) and isinstance(new, Channel):
        old.replace(new)
        return
    places[index] = new
    if isinstance(old, Channel):
        old.leave()


class Ends:
    """What one process gets of the outlets, and what is read of it.

    :param outlets: of stdout and stderr
    :param output: reads the pipes
    """

    def __init__(self, outlets: Sequence[Outlet], output: Output) -> None:
        self._outlets = outlets
        self._output = output
        self._reads: list[int] = []
        self._writes: list[int] = []

    def open(self) -> list[int]:
        """Make the ends; return what the process gets: a descriptor each, or INHERIT.

        :raises OSError: a file cannot be opened, or there are no descriptors left
        """
        for here in self._outlets:
            read, write = INHERIT, INHERIT
            if isinstance(here, Direct):
                write = here.open()
            elif here is not None:
                read, write = self._output.pipe()
            self._reads.append(read)
            self._writes.append(write)
        return self._writes

    def follow(self, pid: int, wid: int) -> None:
        """Read what the process writes, which has its ends now."""
        _close(self._writes)
        for here, read in zip(self._outlets, self._reads, strict=True):
            if isinstance(here, Channel):
                self._output.add(read, pid, here, wid)

    def drop(self) -> None:
        """Close everything: there is no process."""
        _close([*self._reads, *self._writes])


def _close(ends: Sequence[int]) -> None:
    for end in ends:
        if end != INHERIT:
            os.close(end)
