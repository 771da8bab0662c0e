"""A plain file that output is appended to, byte by byte as the processes wrote it."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class FileStream:
    """Append to a file.

    :param filename: its path; a temporary file when there is none
    :raises ValueError: for options that this release does not know
    :raises OSError: when the file cannot be opened
    """

    def __init__(self, filename: str | None = None, **options: Any) -> None:
        if options:
            unknown = ", ".join(sorted(options))
            raise ValueError(f"cannot use {unknown}: {type(self).__name__} takes only filename")
        if filename is None:
            fd, filename = tempfile.mkstemp(prefix="circus-", suffix=".log")
            os.close(fd)
        self._filename = os.path.abspath(filename)
        self._file = self._open()

    def __call__(self, data: Mapping[str, Any]) -> None:
        """Write one chunk, all of it; OSError when the disk is full, ValueError when closed."""
        rest = memoryview(data["data"])
        while rest:
            rest = rest[self._file.write(rest) :]

    def open(self) -> None:
        """Open the file again if it is closed."""
        if self._file.closed:
            self._file = self._open()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _open(self) -> Any:
        # unbuffered: what a process said is in the file when the call returns
        return open(self._filename, "ab", buffering=0)
