"""A file that output is appended to, and that is rotated when it has reached a size.

One call is one chunk. It becomes text (with a prefix before each line, if there is a time format),
which is written as :mod:`circus.stream.rotation` says to a file as :mod:`circus.stream.logfile` has
it. When another process speaks while a line is open, that line is ended first: whoever begins,
begins at the beginning of a line.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Any

from circus.spec.options.stream import settings
from circus.stream import lines
from circus.stream.backups import Numbered
from circus.stream.lines import Chunk
from circus.stream.logfile import SOMEBODY, give_back, permissions, share
from circus.stream.rotation import Rotation

Layout = Callable[[Chunk, bytes], bytes]
"""From a chunk and its data to whole lines, one for each line of the data."""


class FileStream:
    """Append to a file.

    :param filename: its path; None: a temporary file
    :param max_bytes: the size in bytes that only a single longer line may exceed; 0: no bound
    :param backup_count: how many rotated files are kept, as ``.1`` (the newest), ``.2`` …; 0: the
        file is emptied instead
    :param time_format: put the time, for strftime, and the pid before each line
    :param options: ``mode``, ``owner``, ``compress``, ``max_total_bytes`` as in the reference of
        options; others are ignored
    :raises ValueError: an option cannot be used
    :raises OSError: the file cannot be opened
    """

    now: Callable[[], datetime] = datetime.now
    """Called for the time of a chunk that brings none; a test may replace it."""
    kind = "FileStream"
    """Whose options it takes."""

    def __init__(
        self,
        filename: str | os.PathLike[str] | None = None,
        max_bytes: int | str | None = None,
        backup_count: int | str | None = None,
        time_format: str | None = None,
        **options: Any,
    ) -> None:
        given = {"max_bytes": max_bytes, "backup_count": backup_count, "time_format": time_format}
        self._build(filename, {**options, **given})

    def _build(self, filename: str | os.PathLike[str] | None, given: dict[str, Any]) -> None:
        """Take the options and open the file."""
        chosen = settings(self.kind, given)
        self._time_format: str | None = chosen["time_format"]
        self._permissions = permissions(chosen["mode"], chosen["owner"])
        self._filename = self._path(filename)
        self.layout: Layout | None = None
        """Makes the text of a chunk instead of the time format."""
        self._rotation = self._rotates(chosen)
        self._foreign: Any = None
        self._closed = True
        try:
            self._open()
        except OSError:
            self.close()
            raise

    def _rotates(self, chosen: dict[str, Any]) -> Rotation:
        """Return how the file is kept within bounds, before it is opened."""
        self._max_bytes: int = chosen["max_bytes"]
        self._backup_count: int = chosen["backup_count"]
        return Rotation(
            Numbered(self._filename, self._backup_count),
            max_bytes=self._max_bytes,
            max_total_bytes=chosen["max_total_bytes"],
            keeps=self._backup_count > 0,
            compress=chosen["compress"],
        )

    def _path(self, filename: str | os.PathLike[str] | None) -> str:
        if filename is None:
            fd, filename = tempfile.mkstemp(prefix="circus-", suffix=".log")
            os.close(fd)
        path = os.path.abspath(os.fspath(filename))
        real = os.path.realpath(path)
        # where stdout is a pipe, the link /dev/stdout says pipe:[…], which is no path
        return path if os.path.exists(path) and not os.path.exists(real) else real

    @property
    def writer(self) -> Hashable:
        """What streams have in common that are to be called in one thread: the real path."""
        return os.path.realpath(self._filename)

    def __call__(self, data: Chunk) -> None:
        """Write one chunk.

        :raises OSError: it cannot be written as a whole; ``written`` is how much of it was
        :raises ValueError: the stream is closed
        """
        if self._foreign is not None:
            self._write_to_foreign(data)
            return
        if self._closed:
            raise ValueError(f"cannot write to a closed file: {self._filename}")
        body = lines.raw(data)
        if body:
            with self._log.lock:
                self._log.look()
                self._prepare(data)
                self._rotation.store(self._log, data, body, self._text_here)

    def open(self) -> None:
        """Open the file again if the stream is closed.

        :raises OSError: it cannot be opened now; each call will try again
        """
        if self._closed:
            self._open()

    def close(self) -> None:
        """Close the file, unless another stream writes to it."""
        if not self._closed:
            self._closed = True
            give_back(self._log)

    def reopen(self) -> None:
        """Open what the path leads to now, for who has moved the file away (logrotate)."""
        with self._log.lock:
            if not self._closed and self._log.moved():
                self._log.fresh()

    def _open(self) -> None:
        """Take a share in the file."""
        self._log = share(self._filename, self._permissions)
        self._closed = False
        self._log.look_now()

    @property
    def _file(self) -> Any:
        """The file that is written to. A test may put another one in its place."""
        return self._log if self._foreign is None else self._foreign

    @_file.setter
    def _file(self, file: Any) -> None:
        self._foreign = file

    def _write_to_foreign(self, data: Chunk) -> None:
        text = self._text(data, lines.raw(data), goes_on=False)
        try:
            self._foreign.write(text.decode("utf-8", "replace"))
        except TypeError:  # it takes bytes
            self._foreign.write(text)

    def _text(self, data: Chunk, body: bytes, *, goes_on: bool) -> bytes:
        """Return what is written for a chunk.

        :param goes_on: it begins in the midst of a line of the same process
        """
        if self.layout is not None:
            return self.layout(data, body)
        if self._time_format is None:
            return body
        before = lines.prefix(data, self._time_format, self.now).encode("utf-8", "surrogateescape")
        return lines.stamped(body, before, goes_on=goes_on, ended=lines.finished(data))

    def _text_here(self, data: Chunk, body: bytes) -> tuple[bytes, int]:
        """Return the text as it goes on from the end of the file; see circus.stream.rotation."""
        line = self._log.line
        marked = self.layout is not None or self._time_format is not None
        if line is None or (line == SOMEBODY and not marked):
            return self._text(data, body, goes_on=False), 0
        if self.layout is None and line == lines.source(data):
            return self._text(data, body, goes_on=True), 0
        return b"\n" + self._text(data, body, goes_on=False), 1

    def _prepare(self, data: Chunk) -> None:
        """See to the file before a chunk is written to it."""
