"""Output that goes to circusd's own stdout."""

from __future__ import annotations

import os
import sys
from collections.abc import Hashable
from typing import Any

from circus.stream import lines
from circus.stream.fault import told
from circus.stream.lines import Chunk

STDOUT = "stdout"
"""What the streams to our own stdout have in common: they are called in one thread."""


def emit(out: Any, data: bytes) -> None:
    """Write bytes to a file like ``sys.stdout``; as text where it has no place for bytes.

    :raises OSError: with ``written``, how many of the bytes it took
    """
    raw = getattr(out, "buffer", None)
    if raw is None:
        out.write(data.decode("utf-8", "replace"))
        out.flush()
        return
    out.flush()
    try:
        fd = out.fileno()
    except (OSError, ValueError):  # it has no descriptor
        raw.write(data)
        raw.flush()
        return
    # past the buffer, which would keep what a full disk refuses and write it twice
    done = 0
    try:
        while done < len(data):
            done += os.write(fd, memoryview(data)[done:])
    except OSError as error:
        told(error, done)
        raise


class StdoutStream:
    """Write to the stdout of this process, as text where it has no place for bytes.

    :param options: ignored
    """

    writer: Hashable = STDOUT

    def __init__(self, **options: Any) -> None:
        del options
        self._halves = lines.Halves()

    def __call__(self, data: Chunk) -> None:
        """Write one chunk and flush it; OSError when stdout is a full disk or a closed pipe."""
        body = lines.raw(data)
        if hasattr(sys.stdout, "buffer"):
            emit(sys.stdout, body)
            return
        who = lines.source(data)
        whole, _, half = self._halves.joined(who, body)
        emit(sys.stdout, whole)
        self._halves.keep(who, half)

    def close(self) -> None:
        """Forget cut characters; stdout itself stays open."""
        self._halves.clear()
