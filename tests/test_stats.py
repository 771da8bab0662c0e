import json
import signal
import subprocess
import sys

import pytest

from circus import stats
from circus.stats.client import StatsClient
from tests.helpers.daemon import PATIENCE, running

WATCHERS = """
[socket:web]
host = 127.0.0.1
port = 0
[watcher:app]
cmd = sleep 600
numprocesses = 2
"""
STATS = """
statsd = True
stats_endpoint = ipc://{}/stats
"""


def test_it_publishes_beside_a_real_daemon(tmp_path):
    with running(tmp_path, WATCHERS, circus=STATS.format(tmp_path)) as daemon:
        daemon.log.until("circusd-stats publishes at")
        with StatsClient(f"ipc://{tmp_path}/stats") as client:
            seen = {}
            for name, subtopic, stat in client:
                seen[name, subtopic] = stat
                if name == "sockets" and subtopic is None and ("app", None) in seen:
                    break
        app = daemon.pids("app")
        assert sorted(seen["app", None]["pid"]) == sorted(app)
        helper = daemon.pids("circusd-stats")[0]
        assert seen["circus", str(helper)]["name"] == "circusd-stats"
        assert seen["circus", str(daemon.process.pid)]["name"] == "circusd"
        assert ("circusd-stats", None) not in seen
        (port,) = (one["port"] for one in daemon.call("listsockets")["sockets"])
        assert seen["sockets", None]["addresses"] == [f"127.0.0.1:{port}"]
        assert json.dumps(seen["sockets", None])
        daemon.ctl("stop", "circusd-stats", "--waiting")
        daemon.log.until("circusd-stats has ended")


@pytest.mark.parametrize("name", ["SIGHUP", "SIGQUIT", "SIGINT", "SIGTERM", "SIGWINCH"])
def test_every_signal_ends_it_with_exit_code_0(tmp_path, name):
    here = f"ipc://{tmp_path}"
    words = ["--endpoint", f"{here}/ctl", "--pubsub", f"{here}/pub", "--statspoint", f"{here}/st"]
    line = [sys.executable, "-c", "from circus import stats; stats.main()", *words]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as process:
        while "publishes at" not in process.stderr.readline():
            pass
        process.send_signal(getattr(signal, name))
        assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize("option", ["--statspoint", "--endpoint", "--pubsub"])
def test_an_endpoint_that_makes_no_sense_is_a_sentence(option, tmp_path, capsys):
    here = f"ipc://{tmp_path}"
    places = {"--endpoint": f"{here}/c", "--pubsub": f"{here}/p", "--statspoint": f"{here}/s"}
    words = [word for pair in {**places, option: "nonsense"}.items() for word in pair]
    assert stats.run(words) == 1
    assert "circusd-stats: cannot" in capsys.readouterr().err


def test_without_a_process_table_it_refuses(monkeypatch, capsys):
    monkeypatch.setattr(stats, "offered", lambda: False)
    assert stats.run([]) == 1
    assert "there is no /proc here" in capsys.readouterr().err
