"""The kind that leans on the table of options: options of a watcher with their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from circus.commands.kinds import Kind
from circus.exc import ArgumentError
from circus.spec import build
from circus.spec.options.row import Live
from circus.spec.options.watcher import WATCHER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from circus.commands.ports import Known


class Options(Kind):
    """Options of a watcher with their values, as ``add`` and ``set`` take them (spec §4.17)."""

    wanted = "property should be an object"
    shape: Mapping[str, Any] = {"type": "object"}
    least = 2

    def read_all(self, words: Sequence[str]) -> dict[str, Any]:
        """Turn ``key value key value`` into an object."""
        if len(words) % 2:
            raise ArgumentError("List of key/values is invalid")
        pairs = zip(words[::2], words[1::2], strict=True)
        return {key.lower(): build.from_words(key.lower(), text) for key, text in pairs}

    def complete(self, known: Known, said: Mapping[str, Sequence[str]]) -> Iterable[str]:  # noqa: ARG002 - every watcher has these
        """Return the options that can be set, or the known values of the one named last."""
        pairs = said.get("options", ())
        if len(pairs) % 2:
            row = WATCHER.find(pairs[-1].lower())
            return row.kind.words if row else ()
        return filter(_settable, WATCHER.names())

    def check(self, name: str, value: Any) -> dict[str, Any]:
        """Refuse an unknown option and a value that does not fit; nothing is changed then."""
        if not isinstance(value, dict):
            self.refuse(name)
        for key, wanted in value.items():
            build.wire_check(key, wanted)
        return dict(value)


def _settable(name: str) -> bool:
    row = WATCHER.find(name)
    if row is None or not row.wire or row.unavailable or row.obsolete:
        return False
    return row.live is not Live.NEVER and not name.endswith("_stream")  # a word makes no stream


OPTIONS = Options("key> <value")
