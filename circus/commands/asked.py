"""The kind that leans on the table of options: options of a watcher with their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from circus.commands.kinds import Kind
from circus.exc import ArgumentError
from circus.spec import build

if TYPE_CHECKING:
    from collections.abc import Sequence


class Options(Kind):
    """Options of a watcher with their values, as ``add`` and ``set`` take them (spec §4.17)."""

    wanted = "property should be an object"
    least = 2

    def read_all(self, words: Sequence[str]) -> dict[str, Any]:
        """Turn ``key value key value`` into an object."""
        if len(words) % 2:
            raise ArgumentError("List of key/values is invalid")
        pairs = zip(words[::2], words[1::2], strict=True)
        return {key.lower(): build.from_words(key.lower(), text) for key, text in pairs}

    def check(self, name: str, value: Any) -> dict[str, Any]:
        """Refuse an unknown option and a value that does not fit; nothing is changed then."""
        if not isinstance(value, dict):
            self.refuse(name)
        for key, wanted in value.items():
            build.wire_check(key, wanted)
        return dict(value)


OPTIONS = Options("key> <value")
