"""HttpObserver: how long a page takes, as a metric (spec §9.3)."""

from __future__ import annotations

import time
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest

from circus import logger
from circus.plugins.statsd import BaseObserver
from circus.spec.options.shipped import HTTP_OBSERVER

NO_ANSWER = 599
"""The code that stands for no answer at all."""


class HttpObserver(BaseObserver):
    """Fetches a page."""

    name = "http_observer"
    shipped = HTTP_OBSERVER

    def __init__(self, *args: Any, **config: Any) -> None:
        super().__init__(*args, **config)
        self.check_url: str = self.taken["check_url"]
        self.timeout: float = self.taken["timeout"]
        self.restart_on_error: str | None = self.taken["restart_on_error"]

    async def look_after(self) -> None:
        """Fetch the page once."""
        client = AsyncHTTPClient()
        request = HTTPRequest(
            self.check_url, connect_timeout=self.timeout, request_timeout=self.timeout
        )
        began = time.monotonic()
        try:
            await client.fetch(request)
        except HTTPClientError as error:
            self.failed(error.code, error)
        except (OSError, ValueError) as error:
            self.failed(NO_ANSWER, error)
        else:
            self.statsd.timed("http_stats.request_time", 1000 * (time.monotonic() - began))

    def failed(self, code: int, error: Exception) -> None:
        """Count a failure, and restart the watcher that is to be."""
        logger.warning("cannot fetch %s: %s", self.check_url, error)
        self.statsd.increment("http_stats.error")
        self.statsd.increment(f"http_stats.error.{code}")
        if self.restart_on_error:
            self.cast("restart", name=self.restart_on_error)
            self.statsd.increment("http_stats.restart_on_error")
