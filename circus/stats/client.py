"""Listening to circusd-stats (spec §10.3)."""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any

from circus.consumer import CircusConsumer
from circus.spec.statistics import ENDPOINT as STATS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import zmq


class StatsClient(CircusConsumer):
    """Iterates for ever over samples, as (watcher, subtopic or None, sample).

    The watcher is named as it is written, the subtopic is a pid or a descriptor as text. Dots in a
    watcher's name do no harm: the sample itself says whose it is.

    :param endpoint: where circusd-stats publishes
    :param ssh_server: ``user@host:port``, through which it is reached
    :param context: a ZMQ context to share; otherwise the client has its own
    """

    def __init__(
        self,
        endpoint: str = STATS,
        ssh_server: str | None = None,
        context: zmq.Context[zmq.Socket[bytes]] | None = None,
    ) -> None:
        super().__init__(["stat."], context, endpoint, ssh_server)

    def __iter__(self) -> Iterator[tuple[str, str | None, dict[str, Any]]]:  # type: ignore[override]  # one sample, not two frames
        for topic, message in self.iter_messages():
            yield read(topic, message)


def read(topic: bytes, message: bytes) -> tuple[str, str | None, dict[str, Any]]:
    """Return whose sample it is, which one, and the sample."""
    stat = json.loads(message)
    name = topic.decode().partition(".")[2]
    subtopic = stat.get("subtopic")
    if subtopic is not None:
        name = name.rpartition(".")[0]
    return stat.get("watcher", name), None if subtopic is None else str(subtopic), stat


def main() -> None:
    """Run circus-top: ``python -m circus.stats.client`` is its old name (spec §1)."""
    importlib.import_module("circus.top").main()


if __name__ == "__main__":
    main()
