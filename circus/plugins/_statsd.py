"""The old place of :mod:`circus.plugins.statsd`."""

from circus.plugins.statsd import BaseObserver, FullStats, StatsdClient, StatsdEmitter

__all__ = ["BaseObserver", "FullStats", "StatsdClient", "StatsdEmitter"]
