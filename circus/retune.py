"""A watcher that runs takes other hooks and other streams: built whole first, then swapped."""

from __future__ import annotations

import os
from typing import Any, Protocol

from circus.exc import MessageError
from circus.hooks import Hooks
from circus.output import Channel
from circus.spec.launch import import_path
from circus.spec.model import StreamSpec, WatcherSpec
from circus.stream import get_stream

NAMES = ("stdout", "stderr")


class Tunable(Protocol):
    """What is changed: a watcher."""

    name: str
    arbiter: Any
    spec: WatcherSpec
    env: dict[str, str]
    hooks_at_work: Hooks
    channels: list[Channel | None]

    def notify_event(self, topic: str, msg: Any) -> None:
        """Publish an event."""


def channels(spec: WatcherSpec) -> list[Channel | None]:
    """Return the channels of stdout and stderr; None where the child keeps circusd's own."""
    return [_channel(spec, name) for name in NAMES]


def _channel(spec: WatcherSpec, name: str) -> Channel | None:
    stream = _stream(spec, name)
    return None if stream is None else Channel(spec.name, name, get_stream(stream))


def _stream(spec: WatcherSpec, name: str) -> StreamSpec | None:
    found: StreamSpec | None = getattr(spec, f"{name}_stream")
    return found


def retune(watcher: Tunable, spec: WatcherSpec, anew: bool = False) -> Hooks:
    """Give a watcher the streams of a spec, and return the hooks of it.

    A stream that was there before is closed once the new one is in its place; one that was not is
    read from the next launch on.

    :param anew: hooks were named: their modules are loaded again
    :raises MessageError: a hook cannot be found, or a stream cannot be made; nothing has changed
    """
    before = watcher.spec
    try:
        hooks = watcher.hooks_at_work
        if anew or spec.hooks != before.hooks:
            folders = import_path(spec, watcher.env, os.getcwd())
            hooks = Hooks(watcher, spec.hooks, folders, hooks, anew=anew)
        changed = [name for name in NAMES if _stream(spec, name) != _stream(before, name)]
        made = {NAMES.index(name): _channel(spec, name) for name in changed}
    except KeyError as error:
        raise MessageError(f"cannot find the stream class {error}") from error
    except (ImportError, AttributeError, ValueError, TypeError, OSError) as error:
        raise MessageError(str(error)) from error
    for index, new in made.items():
        _swap(watcher.channels, index, new)
    return hooks


def _swap(places: list[Channel | None], index: int, new: Channel | None) -> None:
    old = places[index]
    if old is None or new is None:
        places[index] = new
        return
    # processes that run go on writing to the same channel
    old.stream, new.stream = new.stream, old.stream
    new.close()
