"""Twenty graceful reloads under a constant load lose and reset no connection."""

from __future__ import annotations

import pytest

from tests.helpers.daemon import gone, running
from tests.helpers.load import Load
from tests.helpers.servers import AROUND, SERVERS, example, needs

pytestmark = pytest.mark.proof

RELOADS = 20
BETWEEN = 50
"""Requests from one reload to the next."""


@pytest.mark.parametrize("name", SERVERS)
def test_twenty_reloads_lose_no_connection(tmp_path, name):
    needs(name)
    text, port = example(name, tmp_path)
    with running(tmp_path, text, around=AROUND) as daemon:
        daemon.log.until("web started")
        with Load("127.0.0.1", port) as load:
            load.until(BETWEEN)
            for _ in range(RELOADS):
                before = daemon.pids("web")
                assert daemon.ctl("reload", "web", "--waiting") == "ok"
                assert gone(before)
                load.until(BETWEEN)
    assert load.lost == []
    assert load.answered > RELOADS * BETWEEN
