"""The way to the daemon: lost, found, hung, and what it costs."""

from __future__ import annotations

from circus.spec.model import CONSOLE
from tests.helpers.daemon import gone, kill


def test_the_console_ends_with_the_circusd_that_has_started_it(console_of, tmp_path):
    site = console_of(tmp_path)
    (own,) = site.daemon.pids(CONSOLE)
    kill([site.daemon.process.pid])
    assert gone([site.daemon.process.pid, own])
