"""A watcher that runs takes other hooks and other streams: built whole first, then swapped."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from circus.exc import MessageError
from circus.hooks import Hooks
from circus.output.news import Tell
from circus.output.outlets import NAMES, Outlet, make, stream_of, swap
from circus.spec.launch import import_path
from circus.spec.model import WatcherSpec


class Tunable(Protocol):
    """What is changed: a watcher."""

    name: str
    arbiter: Any
    spec: WatcherSpec
    hooks_at_work: Hooks
    channels: list[Outlet]

    def notify_event(self, topic: str, msg: Any) -> None:
        """Publish an event."""


def channels(
    spec: WatcherSpec,
    tell: Tell | None = None,
    *,
    patient: bool = False,
    folders: Sequence[str] = (),
) -> list[Outlet]:
    """Return the outlets of stdout and stderr; None where the child keeps circusd's own.

    :param patient: what cannot be opened now is tried again when there is something to write
    :param folders: where classes of streams may be besides ``sys.path``
    """
    return [make(spec, name, tell, patient=patient, folders=folders) for name in NAMES]


def retune(
    watcher: Tunable, spec: WatcherSpec, env: Mapping[str, str], anew: bool = False
) -> Hooks:
    """Give a watcher the streams of a spec, and return the hooks of it.

    A stream that was there before is closed once the new one is in its place; one that was not is
    read from the next launch on.

    :param env: the environment of its processes from now on
    :param anew: hooks were named: their modules are loaded again
    :raises MessageError: a hook cannot be found, or a stream cannot be made; nothing has changed
    """
    before = watcher.spec
    try:
        hooks, folders = watcher.hooks_at_work, import_path(spec, env, os.getcwd())
        if anew or spec.hooks != before.hooks:
            hooks = Hooks(watcher, spec.hooks, folders, hooks, anew=anew)
        changed = [name for name in NAMES if stream_of(spec, name) != stream_of(before, name)]
        made = {
            NAMES.index(name): make(spec, name, watcher.notify_event, folders=folders)
            for name in changed
        }
    except KeyError as error:
        raise MessageError(f"cannot find the stream class {error}") from error
    except (ImportError, AttributeError, ValueError, TypeError, OSError) as error:
        raise MessageError(str(error)) from error
    for index, new in made.items():
        swap(watcher.channels, index, new)
    return hooks
