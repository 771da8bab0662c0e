"""A stream that cannot be made yet: a directory is missing, or nobody reads a FIFO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from circus.spec.model import StreamSpec
from circus.stream import Find, get_stream


class Pending:
    """Stands for a stream that is to be; each call tries to make it, and raises as that does.

    :param spec: what is asked for
    :param find: imports what a dotted path names
    """

    def __init__(self, spec: StreamSpec, find: Find | None = None) -> None:
        self._spec, self._find = spec, find
        self._made: Any = None

    def __call__(self, data: Mapping[str, Any]) -> None:
        """Write one chunk."""
        self._stream()(data)

    def open(self) -> None:
        """Open the stream, if it can be opened."""
        self._call("open")

    def reopen(self) -> None:
        """Open its file anew, if it has one."""
        self._call("reopen")

    def flush(self) -> None:
        """Write what it holds back, if it holds anything."""
        self._call("flush")

    def close(self) -> None:
        """Close the stream, if there is one."""
        if self._made is not None:
            self._call("close")

    def _stream(self) -> Any:
        if self._made is None:
            self._made = get_stream(self._spec, find=self._find)
        return self._made

    def _call(self, method: str) -> None:
        found = getattr(self._stream(), method, None)
        if found is not None:
            found()
