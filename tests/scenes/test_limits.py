"""circusd takes the descriptors it needs, and its children see the limit that it found."""

from __future__ import annotations

import resource

from tests.helpers.daemon import LIMITED

COUNT = 150


def test_children_see_the_soft_limit_that_circusd_was_started_with(circusd):
    daemon = circusd(
        f"[watcher:many]\ncmd = sh -c 'echo limit $(ulimit -Sn); exec sleep 600'\n"
        f"numprocesses = {COUNT}\n",
        around=LIMITED,
    )
    daemon.log.until(*["limit 1024"] * COUNT, "many started")
    soft, _ = resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE)
    assert soft > 1024
