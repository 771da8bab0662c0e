"""Output as JSON: one object a line, for those who collect logs."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Hashable
from datetime import datetime, timezone
from json.encoder import encode_basestring as _quoted
from typing import Any

from circus.spec.options.stream import settings
from circus.stream import lines
from circus.stream.fault import told, written
from circus.stream.file import FileStream
from circus.stream.lines import Chunk
from circus.stream.stdout import StdoutStream
from circus.stream.timed import TimedRotatingFileStream

_CR = b"\r"


class JsonStream:
    """Write each line as an object with time, watcher, wid, pid, stream and message.

    What cannot be text is replaced (U+FFFD). A line that is not ended yet has ``"partial": true``.

    :param filename: the file that is appended to; None: our own stdout
    :param options: ``time_format`` (of the time; unset: ISO 8601 with microseconds and offset),
        those of FileStream, and with ``rotate_when`` those of TimedRotatingFileStream
    :raises ValueError: an option cannot be used
    :raises OSError: the file cannot be opened
    """

    def __init__(self, filename: str | os.PathLike[str] | None = None, **options: Any) -> None:
        chosen = settings("JsonStream", options)
        self._time_format: str | None = chosen.pop("time_format")
        self._utc: bool = chosen["utc"]
        self._halves = lines.Halves()
        self._sink = _sink(filename, {key: chosen[key] for key in chosen if key != "filename"})
        self._file = self._sink if isinstance(self._sink, FileStream) else None
        if self._file:
            self._file.layout = self._text

    @property
    def writer(self) -> Hashable:
        """What streams have in common that are to be called in one thread."""
        return self._sink.writer

    def __call__(self, data: Chunk) -> None:
        """Write one chunk; OSError with ``written`` as FileStream raises it."""
        who = lines.source(data)
        whole, before, half = self._halves.joined(who, lines.raw(data))
        text = whole if self._file else self._text(data, whole)
        try:
            if text:
                self._sink({**data, "data": text})
        except OSError as error:
            done = written(error) if self._file else 0
            if done:
                self._halves.keep(who, b"")
            told(error, max(0, done - before))
            raise
        self._halves.keep(who, half)

    def open(self) -> None:
        """Open the file again if the stream is closed; OSError when that cannot be now."""
        if self._file:
            self._file.open()

    def close(self) -> None:
        """Close the file, and forget characters that were cut."""
        self._halves.clear()
        self._sink.close()

    def reopen(self) -> None:
        """Open what the path leads to now, for who has moved the file away (logrotate)."""
        if self._file:
            self._file.reopen()

    def _text(self, data: Chunk, body: bytes) -> bytes:
        """Return the objects for the lines of a chunk."""
        head = {
            "time": self._time(data),
            "watcher": data.get("watcher"),
            "wid": data.get("wid"),
            "pid": data.get("pid"),
            "stream": data.get("name"),
        }
        begin = json.dumps(head, ensure_ascii=False)[:-1] + ', "message": '
        whole = body.decode("utf-8", "replace").split("\n")
        rest = whole.pop()
        if _CR in body:
            whole = [line.removesuffix("\r") for line in whole]
        text = begin + ("}\n" + begin).join(map(_quoted, whole)) + "}\n" if whole else ""
        if rest:
            partial = "" if lines.finished(data) else ', "partial": true'
            text += f"{begin}{_quoted(rest)}{partial}}}\n"
        return text.encode("utf-8", "replace")

    def _time(self, data: Chunk) -> str:
        timestamp = data.get("timestamp")
        moment = datetime.fromtimestamp(
            time.time() if timestamp is None else timestamp, timezone.utc
        )
        if not self._utc:
            moment = moment.astimezone()
        form = self._time_format
        return moment.isoformat(timespec="microseconds") if form is None else moment.strftime(form)


def _sink(
    filename: str | os.PathLike[str] | None, options: dict[str, Any]
) -> StdoutStream | FileStream:
    """Return what the text is written to."""
    if options["rotate_when"] and options["max_bytes"]:
        raise ValueError("cannot rotate by size (max_bytes) and by time (rotate_when) at once")
    if filename is None:
        return StdoutStream()
    if options["rotate_when"] is None:
        return FileStream(filename, **options)
    return TimedRotatingFileStream(filename, **options)
