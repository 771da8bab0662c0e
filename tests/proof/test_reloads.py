"""Twenty graceful reloads under a constant load lose and reset no connection."""

from __future__ import annotations

import pytest

from tests.helpers.daemon import gone, running
from tests.helpers.load import Load
from tests.helpers.servers import AROUND, WAYS, example, needs, server_of

pytestmark = pytest.mark.proof

RELOADS = 20
BETWEEN = 50
"""Requests from one reload to the next."""


@pytest.mark.parametrize(("file", "watcher"), WAYS)
def test_twenty_reloads_lose_no_connection(tmp_path, file, watcher):
    needs(server_of(file, watcher))
    text, ports = example(file, tmp_path)
    with running(tmp_path, text, around=AROUND) as daemon:
        daemon.log.until(f"{watcher} started")
        with Load("127.0.0.1", ports[watcher]) as load:
            load.until(BETWEEN)
            for _ in range(RELOADS):
                before = daemon.pids(watcher)
                assert daemon.ctl("reload", watcher, "--waiting") == "ok"
                assert gone(before)
                load.until(BETWEEN)
    assert load.lost == []
    assert load.answered > RELOADS * BETWEEN
