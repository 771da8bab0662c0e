"""Whole lines out of what one process writes."""

from __future__ import annotations

LINE = 256 * 1024
"""Bytes of a line that are waited for; what is longer is passed on in pieces."""


class Lines:
    """Holds back the line that is not finished.

    Nothing is copied where a chunk ends with its line, and once where it does not.
    """

    __slots__ = ("_parts", "held")

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.held = 0
        """How many bytes are held back."""

    def whole(self, data: bytes) -> bytes:
        """Take the next chunk; return the lines that it finishes, or a piece of a long one.

        :returns: nothing while the line goes on
        """
        cut = data.rfind(b"\n") + 1
        if len(data) - cut + (0 if cut else self.held) >= LINE:
            cut = len(data)
        if not cut:
            self._hold(data)
            return b""
        if cut == len(data):
            done = data
            return self.rest() + done if self.held else done
        done = b"".join((*self._parts, memoryview(data)[:cut]))
        self._parts.clear()
        self.held = 0
        self._hold(data[cut:])
        return done

    def rest(self) -> bytes:
        """Return what is held back, as it is."""
        rest = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts.clear()
        self.held = 0
        return rest

    def _hold(self, data: bytes) -> None:
        self._parts.append(data)
        self.held += len(data)
