"""A file that somebody else rotates: it is opened anew as soon as it was moved or deleted."""

from __future__ import annotations

import os
from typing import Any

from circus.stream.backups import Numbered
from circus.stream.file import FileStream
from circus.stream.lines import Chunk
from circus.stream.rotation import Rotation


class WatchedFileStream(FileStream):
    """Append to a file; before each write see that the path still leads to it.

    :param filename: its path, where a link counts as what it leads to at that moment; None: a
        temporary file
    :param time_format: put the time, for strftime, and the pid before each line
    :param options: ``mode``, ``owner``; others are ignored
    :raises ValueError: an option cannot be used
    :raises OSError: the file cannot be opened
    """

    kind = "WatchedFileStream"

    def __init__(
        self,
        filename: str | os.PathLike[str] | None = None,
        time_format: str | None = None,
        **options: Any,
    ) -> None:
        self._build(filename, {**options, "time_format": time_format})

    def _path(self, filename: str | os.PathLike[str] | None) -> str:
        return super()._path(None) if filename is None else os.path.abspath(os.fspath(filename))

    def _rotates(self, chosen: dict[str, Any]) -> Rotation:
        del chosen
        return Rotation(Numbered(self._filename, 0))

    def _prepare(self, data: Chunk) -> None:
        del data
        if self._log.moved():
            self._log.fresh()
