"""Output that goes to circusd's own stdout."""

from __future__ import annotations

import codecs
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_Decoder = codecs.getincrementaldecoder("utf-8")


class StdoutStream:
    """Write to the stdout of this process, as text where it has no place for bytes."""

    def __init__(self) -> None:
        self._halves: dict[tuple[Any, Any], codecs.IncrementalDecoder] = {}
        """Who is in the midst of a character that was cut between two chunks."""

    def __call__(self, data: Mapping[str, Any]) -> None:
        """Write one chunk and flush it."""
        raw = getattr(sys.stdout, "buffer", None)
        if raw is None:
            sys.stdout.write(self._text(data))
        else:
            sys.stdout.flush()
            raw.write(data["data"])
        sys.stdout.flush()

    def close(self) -> None:
        """Forget cut characters; stdout itself stays open."""
        self._halves.clear()

    def _text(self, data: Mapping[str, Any]) -> str:
        source = (data.get("pid"), data.get("name"))
        decoder = self._halves.pop(source, None) or _Decoder(errors="replace")
        text = decoder.decode(data["data"])
        if decoder.getstate()[0]:
            self._halves[source] = decoder
        return text
