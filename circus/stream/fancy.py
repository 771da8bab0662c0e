"""Output in colours, with a time and the pid before each line, for people who watch."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Any, ClassVar

from circus.spec.options.stream import COLORS, settings
from circus.stream import lines
from circus.stream.fault import told
from circus.stream.lines import Chunk
from circus.stream.stdout import StdoutStream, emit

_END = b"\033[0m"


class FancyStdoutStream(StdoutStream):
    """Write each line that is not empty to the stdout of this process, in a colour.

    :param color: one of :attr:`colors`; any other means one by chance
    :param time_format: the time before each line, for strftime
    :param options: ignored
    """

    colors: ClassVar[list[str]] = list(COLORS)
    """The colours; the code of each is its place, counted from 1."""
    now: Callable[[], datetime] = datetime.now
    """Called for the time of a chunk that brings none; a test may replace it."""

    def __init__(
        self, color: str | None = None, time_format: str | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        chosen = settings("FancyStdoutStream", {"color": color, "time_format": time_format})
        self.time_format: str = chosen["time_format"]
        name = (chosen["color"] or "").strip().lower()
        if name not in self.colors:
            name = random.choice(self.colors)  # noqa: S311 - a colour is no secret
        self.color_code = self.colors.index(name) + 1
        self._out: Any = None
        self._line: Hashable = None

    @property
    def out(self) -> Any:
        """Where it is written: ``sys.stdout`` as it is then, unless a test puts something else."""
        return sys.stdout if self._out is None else self._out

    @out.setter
    def out(self, out: Any) -> None:
        self._out = out

    def __call__(self, data: Chunk) -> None:
        """Write one chunk and flush it; OSError when stdout is a full disk or a closed pipe."""
        who = lines.source(data)
        whole, _, half = self._halves.joined(who, lines.raw(data))
        if whole:
            try:
                emit(self.out, self._text(data, whole))
            except OSError as error:
                told(error, 0)
                raise
            ended = whole.endswith(b"\n") or lines.finished(data)
            self._line = None if ended else who
        self._halves.keep(who, half)

    def close(self) -> None:
        """Forget cut characters and lines; stdout itself stays open."""
        super().close()
        self._line = None

    def prefix(self, data: Chunk) -> str:
        """Return what stands before each line: the time and the pid."""
        return lines.prefix(data, self.time_format, self.now)

    def _text(self, data: Chunk, body: bytes) -> bytes:
        """Return what is written for a chunk, from the end of what was written before."""
        goes_on = self._line == lines.source(data)
        start = b"\033[0;3%d;40m" % self.color_code
        before = start + self.prefix(data).encode("utf-8", "surrogateescape")
        *whole, rest = body.split(b"\n")
        out = [b"" if self._line is None or goes_on else b"\n"]
        if goes_on and whole:
            first = whole.pop(0)
            out.append((start + first + _END if first else b"") + b"\n")
            goes_on = False
        out += [before + line + _END + b"\n" for line in whole if line]
        if rest:
            out.append((start if goes_on else before) + rest + _END)
            out.append(b"\n" if lines.finished(data) else b"")
        return b"".join(out)
