"""Streams: where the output of a watcher's processes goes.

A stream is any object that can be called with one mapping, the *chunk*:

``data``
    bytes. Whole lines as a rule. The last one may lack its newline: it is longer than what is held
    in memory, or it is the last of a process that has ended, or it stayed alone for a while (a
    prompt). Then what comes next from the same process continues it.
``pid``
    who wrote it
``name``
    the channel, ``stdout`` or ``stderr``. A chunk without it is a message that a program has put
    together by itself; its last line is whole in any case.
``timestamp``
    when it was read, in seconds since the epoch; without it a stream takes the time of the call
``watcher``, ``wid``
    the name of the watcher and the number of the process in it

There is one object for each watcher and channel. It is called in one thread at a time, never in the
loop, so it may block: only its own watcher's output waits. Streams whose attribute ``writer`` (any
hashable) is equal share a thread, because they share what they write to; without that attribute
each has its own.

**When a call raises** OSError, the first ``error.written`` bytes of ``data`` have been written
(none, where the error has no such attribute; see :func:`circus.stream.fault.written`), and nothing
of the rest. Who calls again, calls with the rest. There is nothing to repair in between: a stream
whose fault is gone works again with the next call.

A stream may have

- ``open()``: called at each start of the watcher; without it, it is used again after a close.
- ``close()``: called when the watcher stops, or another stream takes its place.
- ``reopen()``: called when somebody has moved log files away.
- ``flush()``: called when nothing more comes for a while.

Our own classes are right without the daemon as well, called by hand; those of files also from
several threads at once.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Mapping
from queue import Empty, Queue
from typing import Any

from circus.spec.model import StreamSpec
from circus.stream.fancy import FancyStdoutStream
from circus.stream.file import FileStream
from circus.stream.journald import JournaldStream
from circus.stream.json import JsonStream
from circus.stream.queue import QueueStream
from circus.stream.redirector import Redirector
from circus.stream.stdout import StdoutStream
from circus.stream.syslog import SyslogStream
from circus.stream.timed import TimedRotatingFileStream
from circus.stream.watched import WatchedFileStream

__all__ = [
    "Empty", "FancyStdoutStream", "FileStream", "JournaldStream", "JsonStream", "Queue",
    "QueueStream", "Redirector", "StdoutStream", "SyslogStream", "TimedRotatingFileStream",
    "WatchedFileStream", "get_stream",
]  # fmt: skip

SHORT_NAMES: Mapping[str, Any] = {
    cls.__name__: cls
    for cls in (
        FileStream, WatchedFileStream, TimedRotatingFileStream, QueueStream, StdoutStream,
        FancyStdoutStream, JsonStream, SyslogStream, JournaldStream,
    )
}  # fmt: skip
"""Our own classes by the names that ``stdout_stream.class`` may have."""

Find = Callable[[str], Any]
"""Imports what a dotted path names."""


def get_stream(
    conf: StreamSpec | Mapping[str, Any] | None, reload: bool = False, find: Find | None = None
) -> Any:
    """Return the stream object that a configuration asks for, or None when it asks for none.

    :param conf: a spec, or a mapping with ``class`` (a short name of this module, or a dotted
        path), ``stream`` (a finished object) or ``filename``; every other key is an argument of the
        class. The mapping is left as it is.
    :param reload: load the module of a dotted path again
    :param find: imports what a dotted path names; None: as ``import`` does
    :raises ValueError: when it says neither class, nor stream, nor filename; or an option is wrong
    :raises KeyError: for an unknown short name
    :raises ImportError, AttributeError: when a dotted path leads nowhere
    :raises OSError: a file cannot be opened
    """
    if not conf:
        return None
    if not isinstance(conf, StreamSpec):
        conf = _spec(conf)
    if conf.ready is not None:
        return conf.ready
    return _class(conf.cls, reload, find)(**conf.options)


def _spec(conf: Mapping[str, Any]) -> StreamSpec:
    options = {key: value for key, value in conf.items() if key != "class"}
    if "class" in conf:
        return StreamSpec(conf["class"], options)
    if "stream" in conf:
        return StreamSpec("", ready=conf["stream"])
    if "filename" in conf:
        return StreamSpec(FileStream.__name__, options)
    raise ValueError("stream configuration invalid")


def _class(name: str, reload: bool, find: Find | None) -> Any:
    if "." not in name and ":" not in name:
        return SHORT_NAMES[name]
    if find is not None:
        return find(name)
    found = pkgutil.resolve_name(name)
    if reload:
        importlib.reload(sys.modules[found.__module__])
        found = pkgutil.resolve_name(name)
    return found
