"""RedisObserver: how a Redis server is, as metrics (spec §9.3)."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Iterator, Mapping
from typing import Any

from circus import logger
from circus.plugins.settings import needed
from circus.plugins.statsd import BaseObserver
from circus.spec.options.shipped import REDIS_OBSERVER

GAUGES = (
    "pubsub_channels", "connected_slaves", "lru_clock", "connected_clients", "keyspace_misses",
    "used_memory", "used_memory_peak", "total_commands_processed", "used_memory_rss",
    "total_connections_received", "pubsub_patterns", "used_cpu_sys", "used_cpu_sys_children",
    "blocked_clients", "used_cpu_user", "client_biggest_input_buf", "mem_fragmentation_ratio",
    "expired_keys", "evicted_keys", "client_longest_output_list", "uptime_in_seconds",
    "keyspace_hits",
)  # fmt: skip
"""What is told of INFO."""

RENAMED = {
    "client_biggest_input_buf": "client_recent_max_input_buffer",
    "client_longest_output_list": "client_recent_max_output_buffer",
}
"""What Redis 5 and later call some of them."""


class RedisObserver(BaseObserver):
    """Asks a Redis server."""

    name = "redis_observer"
    shipped = REDIS_OBSERVER

    def __init__(self, *args: Any, **config: Any) -> None:
        redis = needed(REDIS_OBSERVER)
        super().__init__(*args, **config)
        self.redis_url: str = self.taken["redis_url"]
        self.timeout: float = self.taken["timeout"]
        self.restart_on_timeout: str | None = self.taken["restart_on_timeout"]
        self.redis = redis.from_url(
            self.redis_url, socket_timeout=self.timeout, socket_connect_timeout=self.timeout
        )
        refusal = importlib.import_module("redis").RedisError
        self._failures = (refusal, OSError, asyncio.TimeoutError)

    async def look_after(self) -> None:
        """Ask the server once, and send what it says."""
        try:
            info = await asyncio.wait_for(self.redis.info(), self.timeout)
        except self._failures as error:
            logger.warning("cannot ask Redis: %s", error or "no answer in time")
            await self.redis.connection_pool.disconnect()
            self.failed()
            return
        for gauge, value in figures(info):
            self.statsd.gauge(f"redis_stats.{gauge}", value)

    def failed(self) -> None:
        """Count a failure, and restart the watcher that is to be."""
        self.statsd.increment("redis_stats.error")
        if self.restart_on_timeout:
            self.cast("restart", name=self.restart_on_timeout)
            self.statsd.increment("redis_stats.restart_on_error")


def figures(info: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Iterate over (gauge, value) of those figures that a server tells."""
    for gauge in GAUGES:
        value = info.get(gauge, info.get(RENAMED.get(gauge, "")))
        if value is not None:
            yield gauge, value
