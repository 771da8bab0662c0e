"""circusd's helpers end when it is killed, however suddenly."""

from __future__ import annotations

import os
import select
import signal

from tests.helpers.daemon import PATIENCE

INI = """
[plugin:flap]
use = circus.plugins.flapping.Flapping
[watcher:web]
cmd = sleep 600
"""


def test_a_plugin_and_circusd_stats_do_not_outlive_a_circusd_that_is_killed(circusd, tmp_path):
    stats = f"statsd = True\nstats_endpoint = ipc://{tmp_path}/stats"
    daemon = circusd(INI, circus=stats)
    daemon.log.until("circusd-stats publishes at", "Starting")
    pids = [*daemon.pids("plugin:flap"), *daemon.pids("circusd-stats")]
    left = daemon.pids("web")
    assert len(pids) == 2
    fds = [os.pidfd_open(pid) for pid in pids]
    try:
        daemon.signal(signal.SIGKILL)
        for fd in fds:
            assert select.select([fd], [], [], PATIENCE)[0], "a helper runs on"
    finally:
        for fd in fds:
            os.close(fd)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
