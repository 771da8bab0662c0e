"""The web servers of examples/servers/ on one shared socket, replaced while clients ask."""

from __future__ import annotations

import pytest

from tests.helpers.daemon import ROOT, gone
from tests.helpers.load import Load
from tests.helpers.servers import AROUND, SERVERS, example, needs


def test_every_server_is_run():
    assert {file.stem for file in (ROOT / "examples" / "servers").glob("*.ini")} == set(SERVERS)


@pytest.mark.parametrize("name", SERVERS)
def test_a_reload_under_load_loses_no_connection(circusd, tmp_path, name):
    needs(name)
    text, port = example(name, tmp_path)
    daemon = circusd(text, around=AROUND)
    daemon.log.until("web started")
    with Load("127.0.0.1", port) as load:
        load.until(50)
        for _ in range(2 if name == "asyncio" else 1):
            before = daemon.pids("web")
            assert daemon.ctl("reload", "web", "--waiting") == "ok"
            assert gone(before)
            load.until(20)
    assert load.lost == []
    assert len(daemon.pids("web")) == 4
