"""A plugin that was written for Circus 0.19 works as it is."""

from __future__ import annotations

from tests.helpers.daemon import running
from tests.helpers.source import ROOT

PLUGIN = """
[watcher:web]
cmd = sleep 600
numprocesses = 2

[plugin:logbook]
use = logbook.Logbook
filename = a book with spaces ::: and colons
loop_rate = 0.05
"""


def test_the_logbook_hears_counts_and_is_closed(tmp_path):
    plugin = ROOT / "examples" / "plugins" / "logbook.py"
    (tmp_path / "logbook.py").write_text(plugin.read_text())
    with running(tmp_path, PLUGIN) as daemon:
        book = tmp_path / "a book with spaces ::: and colons"
        events = daemon.events()

        def written():
            return book.read_text().splitlines() if book.exists() else []

        while not {"web updated", "web has 2", "plugin:logbook has 1"} <= set(written()):
            daemon.call("set", name="web", options={"warmup_delay": 0})
            events.until("web", "updated")
        assert daemon.ctl("stop", "plugin:logbook", "--waiting") == "ok"
        assert written()[0] == "opened by plugin:logbook"
        assert written()[-1] == "closed"
