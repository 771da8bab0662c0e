"""The web servers of examples/servers/ on shared sockets, replaced while clients ask."""

from __future__ import annotations

import pytest

from tests.helpers.daemon import ROOT, gone
from tests.helpers.load import Load
from tests.helpers.servers import AROUND, FILES, SERVERS, example, needs


def reload_under_load(daemon, watcher, port, times):
    with Load("127.0.0.1", port) as load:
        load.until(50)
        for _ in range(times):
            before = daemon.pids(watcher)
            assert daemon.ctl("reload", watcher, "--waiting") == "ok"
            assert gone(before)
            load.until(20)
    assert load.lost == []
    assert len(daemon.pids(watcher)) == 4


def test_every_file_is_run():
    assert {file.stem for file in (ROOT / "examples" / "servers").glob("*.ini")} == set(FILES)


@pytest.mark.parametrize("name", SERVERS)
def test_a_reload_under_load_loses_no_connection(circusd, tmp_path, name):
    needs(name)
    text, ports = example(name, tmp_path)
    daemon = circusd(text, around=AROUND)
    daemon.log.until("web started")
    reload_under_load(daemon, "web", ports["web"], 2 if name == "asyncio" else 1)


def test_nor_where_the_sockets_are_handed_over(circusd, tmp_path):
    for name in SERVERS:
        needs(name)
    text, ports = example("listen_fds", tmp_path)
    daemon = circusd(text, around=AROUND)
    daemon.log.until(*(f"{name} started" for name in SERVERS))
    for name in SERVERS:
        reload_under_load(daemon, name, ports[name], 1)
