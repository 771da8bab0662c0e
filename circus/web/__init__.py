"""circushttpd: the web console, its HTTP API and the metrics, as a process beside circusd.

It is a client of the wire like any other: :class:`~circus.web.follower.Follower` keeps a
:class:`~circus.web.mirror.Mirror` of the daemon, :class:`~circus.web.samples.Samples` looks at the
processes, and :class:`~circus.web.audience.Audience` tells the pages that are open. Whoever comes
passes the :class:`~circus.web.gate.Gate` first. circusd runs it as a watcher when ``httpd`` is set.
"""

from __future__ import annotations

from circus.web.command import main, run

__all__ = ["main", "run"]
