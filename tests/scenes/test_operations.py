"""Every operation of the OpenAPI document, called with whatever it allows and does not: no 500."""

from __future__ import annotations

import pytest

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")


EXAMPLES = 8
"""Requests of each operation."""
FEEDS = ("/api/events", "/output")
"""What never ends."""
ENDS = ("/api/quit", "/api/restart")
"""What ends the daemon."""
TEXT = """
[watcher:web]
cmd = sleep 600
graceful_timeout = 0.5
"""
