"""Streams: where the output of a watcher's processes goes.

A stream is any object that can be called with one mapping: ``data`` (bytes, cut anywhere), ``pid``
and ``name`` (``stdout`` or ``stderr``). It may have ``close()``, called when its watcher stops, and
``open()``, called at each start; without ``open()`` it is used again after a close. There is one
object for each watcher and channel, called in the loop: it must not block (spec §7.2).
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from typing import TYPE_CHECKING, Any

from circus.spec.model import StreamSpec
from circus.stream.file import FileStream
from circus.stream.stdout import StdoutStream

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FileStream", "StdoutStream", "get_stream"]

SHORT_NAMES = {cls.__name__: cls for cls in (FileStream, StdoutStream)}


def get_stream(conf: StreamSpec | Mapping[str, Any] | None, reload: bool = False) -> Any:
    """Return the stream object that a configuration asks for, or None when it asks for none.

    :param conf: a spec, or a mapping with ``class`` (a short name of this module, or a dotted
        path), ``stream`` (a finished object) or ``filename``; every other key is an argument of the
        class. The mapping is left as it is.
    :param reload: load the module of a dotted path again
    :raises ValueError: when it says neither class, nor stream, nor filename; or an option is wrong
    :raises KeyError: for an unknown short name
    :raises ImportError, AttributeError: when a dotted path leads nowhere
    """
    if not conf:
        return None
    if not isinstance(conf, StreamSpec):
        conf = _spec(conf)
    if conf.ready is not None:
        return conf.ready
    return _class(conf.cls, reload)(**conf.options)


def _spec(conf: Mapping[str, Any]) -> StreamSpec:
    options = {key: value for key, value in conf.items() if key != "class"}
    if "class" in conf:
        return StreamSpec(conf["class"], options)
    if "stream" in conf:
        return StreamSpec("", ready=conf["stream"])
    if "filename" in conf:
        return StreamSpec(FileStream.__name__, options)
    raise ValueError("stream configuration invalid")


def _class(name: str, reload: bool) -> Any:
    if "." not in name and ":" not in name:
        return SHORT_NAMES[name]
    found = pkgutil.resolve_name(name)
    if reload:
        importlib.reload(sys.modules[found.__module__])
        found = pkgutil.resolve_name(name)
    return found
