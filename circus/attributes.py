"""A watcher's attributes, made from the fields of its spec; assigning one is a ``set``."""

from __future__ import annotations

import inspect
from dataclasses import fields, replace
from typing import Any, Protocol

from circus.core.messages import SpecChanged
from circus.core.watcher import WatcherMachine
from circus.drive import Drive
from circus.spec.model import WatcherSpec
from circus.spec.options.row import Live
from circus.spec.options.watcher import POSITIONAL, WATCHER
from circus.spec.policy import paired


class Assignable(Protocol):
    """What has the attributes: a watcher."""

    spec: WatcherSpec
    machine: WatcherMachine
    drive: Drive | None

    def change(self, spec: WatcherSpec) -> None:
        """Take a spec whose options differ from what is."""


def give_attributes(cls: type) -> None:
    """Give a class one attribute for each field of a WatcherSpec that it does not define itself.

    ``env`` is left out: it is a plain dict of each watcher's, read at every spawn.
    """
    for field in fields(WatcherSpec):
        if not hasattr(cls, field.name) and field.name != "env":
            setattr(cls, field.name, _attribute(field.name))


def give_signature(cls: type) -> None:
    """Let a class say which arguments it takes: those of spec §11.3, in that order."""
    either = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(name, either) for name in ("name", "cmd")]
    for name in POSITIONAL:
        row = WATCHER.find(name)
        default = None if row is None or row.family else row.default
        parameters.append(inspect.Parameter(name, either, default=default))
    parameters.append(inspect.Parameter("options", inspect.Parameter.VAR_KEYWORD))
    cls.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # see inspect


def _attribute(field: str) -> property:
    return property(
        lambda self: getattr(self.spec, field), lambda self, value: _assign(self, field, value)
    )


def _assign(watcher: Assignable, field: str, value: Any) -> None:
    row = WATCHER.find(field)
    if row is not None and not row.attribute.endswith("_stream"):
        value = row.kind.accept(field, value)
    spec = replace(watcher.spec, **paired({field: value}, watcher.spec.restart))
    watcher.change(spec)
    if watcher.drive:
        live = {row.live for row in WATCHER if row.attribute == field}
        watcher.drive.feed(SpecChanged(spec, Live.RESPAWN in live))
    else:
        watcher.machine.members.spec = spec
