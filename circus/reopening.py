"""Log files that were moved away (by logrotate) are opened anew."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from circus import logs
from circus.commands.ports import WatcherView
from circus.crew import Crew
from circus.watcher import Watcher


class Reopening:
    """Whose watchers have log files: an arbiter."""

    crew: Crew
    watchers: list[Watcher]

    def reopen_logs(
        self, watchers: Sequence[WatcherView] | None = None
    ) -> asyncio.Future[Mapping[str, Any]]:
        """Open the log files of watchers anew; for None those of all and circusd's own.

        :returns: a future of ``streams``: see :meth:`circus.audible.Audible.reopen_streams`
        """
        if watchers is None:
            logs.reopen()
        names = None if watchers is None else {one.name for one in watchers}
        asked = [one for one in self.watchers if names is None or one.name in names]
        return self.crew.tasks.start("reopenlogs", _reopen(asked))


async def _reopen(watchers: Sequence[Watcher]) -> dict[str, Any]:
    """Open the log files of watchers anew, all at once."""
    told = await asyncio.gather(*(watcher.reopen_streams() for watcher in watchers))
    return {"streams": [one for some in told for one in some]}
