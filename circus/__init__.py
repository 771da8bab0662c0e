"""Circus: a process supervisor with a ZMQ control plane."""

from __future__ import annotations

import importlib
import logging
import os
import shlex
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from circus.arbiter import Arbiter
    from circus.embedding import Event
    from circus.watcher import Watcher

__all__ = ["Arbiter", "Event", "Watcher", "__version__", "get_arbiter", "logger"]

__version__ = "0.19.100"

logger = logging.getLogger("circus")

_HOMES = {"Arbiter": "circus.arbiter", "Event": "circus.embedding", "Watcher": "circus.watcher"}
"""What can be had from here, and where it lives: the daemon is imported when it is asked for."""


def get_arbiter(
    watchers: Iterable[Mapping[str, Any] | Watcher],
    controller: str | None = None,
    pubsub_endpoint: str | None = None,
    statsd: bool = False,
    stats_endpoint: str | None = None,
    statsd_close_outputs: bool = False,
    multicast_endpoint: str | None = None,
    env: Any = None,
    name: Any = None,
    context: Any = None,
    background: bool = False,
    stream_backend: str = "thread",
    httpd: bool = False,
    plugins: Iterable[Any] | None = None,
    debug: bool = False,
    proc_name: str = "circusd",
    loop: Any = None,
    check_delay: float = 1.0,
    **kw: Any,
) -> Arbiter:
    """Return an arbiter, not started, at Circus's usual endpoints (spec §11.1).

    :param watchers: a mapping of Watcher's arguments each, of which ``cmd`` is required and
        ``name`` is otherwise the base name of its first word; or Watcher objects
    :param controller, pubsub_endpoint: where requests are answered, where events are published
    :param background: it is to run in a thread of its own:
        :class:`circus.arbiter.ThreadedArbiter`
    :param env, name: taken for compatibility
    :param stream_backend: likewise, with a warning unless it is ``thread``; it is kept as an option
        of each watcher that is given as a mapping, and has no effect
    :param kw: any other argument of :class:`circus.arbiter.Arbiter`, which has those not told here
    :raises KeyError: a watcher has no ``cmd``
    """
    from circus import arbiter, watcher  # noqa: PLC0415 - the daemon, when it is called for
    from circus.spec.options.circus import CIRCUS  # noqa: PLC0415 - likewise
    from circus.wire import frames, topics  # noqa: PLC0415 - likewise

    del env, name
    if stream_backend != "thread":
        text = f"'stream_backend': {CIRCUS['stream_backend'].obsolete}"
        warnings.warn(text, DeprecationWarning, stacklevel=2)
    if stats_endpoint is not None and not statsd:
        text = "'stats_endpoint' alone starts circusd-stats: say statsd=True"
        warnings.warn(text, DeprecationWarning, stacklevel=2)
    kind = arbiter.ThreadedArbiter if background else arbiter.Arbiter
    made = [
        one if isinstance(one, watcher.Watcher) else watcher.Watcher(**_named(one, stream_backend))
        for one in watchers
    ]
    return kind(
        made,
        frames.ENDPOINT if controller is None else controller,
        topics.EVENTS if pubsub_endpoint is None else pubsub_endpoint,
        check_delay,
        context=context,
        loop=loop,
        statsd=statsd,
        stats_endpoint=stats_endpoint,
        statsd_close_outputs=statsd_close_outputs,
        multicast_endpoint=multicast_endpoint,
        plugins=plugins,
        httpd=httpd,
        debug=debug,
        proc_name=proc_name,
        **kw,
    )


def _named(options: Mapping[str, Any], stream_backend: str) -> dict[str, Any]:
    """Return the arguments of a watcher, which is called by its program unless it has a name."""
    words = shlex.split(options["cmd"]) or [""]
    usual = {"name": os.path.basename(words[0]), "stream_backend": stream_backend}
    return {**usual, **options}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    if name == "ArbiterHandler":
        from circus.gone import refuse  # noqa: PLC0415 - for who asks for what is gone

        refuse("circus.ArbiterHandler")
    raise AttributeError(f"module 'circus' has no attribute {name!r}")
