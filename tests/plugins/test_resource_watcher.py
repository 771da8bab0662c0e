from __future__ import annotations

import sys

import pytest

from circus.plugins.resource_watcher import ResourceWatcher, Usage, usage
from tests.helpers.plugs import alone

MIB = 1024 * 1024
LEAKS = f"""
import signal, sys
kept = []
print("leak ready", flush=True)
while True:
    if len(kept) < 120:
        kept.append(bytearray({MIB}))
    else:
        signal.pause()
"""
SPINS = """
while True: pass
"""
HAS_CHILD = """
import signal, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "while True: pass"])
print("child is", child.pid, flush=True)
print("child ended with", child.wait(), flush=True)
signal.pause()
"""


def info(pid, cpu=0.0, mem=1.0, rss="1M", children=()):
    return {"pid": pid, "cpu": cpu, "mem": mem, "mem_info1": rss, "children": list(children)}


class Looks:
    """A ResourceWatcher and the processes that it sees."""

    def __init__(self, plugin, metrics):
        self.plugin = plugin
        self.metrics = metrics
        self.infos = {}

    def look(self, *infos):
        self.infos = {str(one["pid"]) if isinstance(one, dict) else "0": one for one in infos}
        self.plugin.told = []
        self.plugin.look_after()
        return self.plugin.told

    def counted(self):
        """Return what was counted since the last time."""
        self.plugin.statsd.increment("bell")
        self.metrics.until(r".*\.bell:1\|c")
        said = [line.removeprefix("circus.app.watcher.") for line in self.metrics.so_far()]
        begin, end = "_resource_watcher.web.", ":1|c"
        return [one.removeprefix(begin).removesuffix(end) for one in said if one[:1] == "_"]


@pytest.fixture
def looking(metrics):
    """Return a function that makes one with these options."""
    made = []

    def make(**config):
        looks = Looks(None, metrics)
        answer = {"stats": lambda name: {"status": "ok", "name": name, "info": looks.infos}}
        place = {"host": "127.0.0.1", "port": metrics.port}
        made.append(alone(ResourceWatcher, answer, watcher="web", **place, **config))
        looks.plugin = made[-1].__enter__()
        return looks

    yield make
    for one in made:
        one.__exit__(None, None, None)


def kill(pid):
    return ("kill", {"name": "web", "pid": pid})


def test_who_uses_too_much_for_too_long_is_replaced_and_nobody_else(looking):
    looks = looking(max_cpu="50", max_count="2", health_threshold="0")
    for _ in range(2):
        assert looks.look(info(1, cpu=51), info(2, cpu=50)) == []
    assert looks.look(info(1, cpu=51), info(2, cpu=50)) == [kill(1)]
    assert looks.counted() == ["over_cpu"] * 3 + ["restarting"]
    assert looks.look(info(1, cpu=51)) == []  # it is counted anew until it is gone


def test_one_good_look_forgives(looking):
    looks = looking(max_cpu="50", max_count="1", health_threshold="0")
    for cpu in (60, 40, 60, 40, 60):
        assert looks.look(info(1, cpu=cpu)) == []
    assert looks.look(info(1, cpu=60)) == [kill(1)]


@pytest.mark.parametrize(
    ("config", "bad", "condition"),
    [
        ({"max_cpu": "50"}, {"cpu": 50.1}, "over_cpu"),
        ({"min_cpu": "5"}, {"cpu": 5.0}, "under_cpu"),
        ({"max_mem": "10"}, {"mem": 10.1}, "over_memory"),
        ({"max_mem": "10M"}, {"rss": "10.01M"}, "over_memory"),
        ({"min_mem": "1"}, {"mem": 0.9}, "under_memory"),
        ({"min_mem": "900K"}, {"rss": "899K"}, "under_memory"),
        ({"health_threshold": "30", "max_cpu": "0"}, {"cpu": 61.0, "mem": 0.0}, "over_health"),
        ({}, {"cpu": "N/A"}, "over_cpu"),
    ],
)
def test_each_condition_by_itself(looking, config, bad, condition):
    looks = looking(**{"max_count": "0", "health_threshold": "0", **config})
    assert looks.look(info(1, cpu=20.0, rss="1M")) == []
    assert looks.look(info(1, **{"cpu": 20.0, **bad})) == [kill(1)]
    assert looks.counted() == [condition, "restarting"]


def test_a_limit_of_nothing_is_no_limit(looking):
    looks = looking(max_cpu="0", max_mem="0", health_threshold="0", max_count="0")
    assert looks.look(info(1, cpu=900, mem=99)) == []


def test_the_first_figure_of_a_process_does_not_say_that_it_is_idle(looking):
    looks = looking(min_cpu="5", max_count="0")
    assert looks.look(info(1, cpu=0.0)) == []
    assert looks.look(info(1, cpu=0.0), info(2, cpu=0.0)) == [kill(1)]


def test_who_is_gone_is_forgotten_and_a_watcher_without_processes_left_alone(looking):
    looks = looking(max_cpu="50", min_cpu="5", max_count="1")
    looks.look(info(1, cpu=90))
    assert looks.look("No such process (stopped?)") == []
    assert looks.look() == []
    assert looks.look(info(1, cpu=90)) == []


def test_everything_below_a_process_counts():
    tree = info(1, 1.0, 2.0, "1K", [info(2, 10.0, 20.0, "1K", [info(3, 0.5, 0.5, "2K")])])
    assert usage(tree) == Usage(11.5, 22.5, 4096)


def test_a_child_is_judged_by_itself_and_signalled(looking):
    looks = looking(
        process_children="1", child_signal="10", max_cpu="50", max_count="0", health_threshold="0"
    )
    grandchild = info(8, cpu=30.0)
    bad, good = info(2, cpu=30.0, children=[grandchild]), info(3, cpu=40.0)
    told = looks.look(info(1, cpu=40.0, children=[bad, good]))
    assert told == [("signal", {"name": "web", "pid": 1, "childpid": 2, "signum": 10})]


def test_an_error_of_the_daemon_is_counted(metrics):
    answers = {"stats": {"status": "error", "reason": "no"}}
    place = {"host": "127.0.0.1", "port": metrics.port}
    with alone(ResourceWatcher, answers, watcher="web", **place) as plugin:
        plugin.look_after()
    metrics.until(r"circus\.app\.watcher\._resource_watcher\.web\.error:1\|c")


def test_it_has_to_be_told_whom_to_look_at():
    with pytest.raises(NotImplementedError, match="watcher is mandatory for now"):
        ResourceWatcher("a", "b", 1.0)
    with (
        pytest.warns(DeprecationWarning, match="ResourceWatcher"),
        alone(ResourceWatcher, service="web") as plugin,
    ):
        assert plugin.watcher == "web"


def started(circusd, tmp_path, program, **options):
    """Start a daemon with two of a program's processes, and one that looks at them."""
    (tmp_path / "program.py").write_text(program)
    lines = "".join(f"{name} = {value}\n" for name, value in options.items())
    return circusd(
        f"[watcher:web]\ncmd = {sys.executable} program.py\ncopy_env = True\n"
        "[plugin:look]\nuse = circus.plugins.resource_watcher.ResourceWatcher\n"
        f"watcher = web\nloop_rate = 0.1\nmax_count = 1\nhealth_threshold = 0\n{lines}"
    )


def test_a_process_that_leaks_memory_is_replaced(circusd, tmp_path):
    daemon = started(circusd, tmp_path, LEAKS, max_mem="100M", max_cpu=0)
    events = daemon.events()
    reap = events.until("web", "reap")[-1]
    assert reap.fields["asked"]
    events.until("web", "spawn")
    assert daemon.call("status", name="web")["status"] == "active"


def test_a_process_that_spins_is_replaced_and_an_idle_one_is_not(circusd, tmp_path):
    daemon = started(circusd, tmp_path, SPINS, max_cpu=15)
    daemon.call("add", name="idle", cmd="sleep 600", start=True, waiting=True)
    idle = daemon.pids("idle")
    events = daemon.events()
    reap = events.until("web", "reap")[-1]
    assert reap.fields["asked"]
    events.until("web", "spawn")
    assert daemon.pids("idle") == idle


def test_a_child_that_spins_is_signalled_and_its_parent_lives(circusd, tmp_path):
    options = {"process_children": 1, "child_signal": 12, "max_cpu": 15}
    daemon = started(circusd, tmp_path, HAS_CHILD, **options)
    daemon.log.until("child is")
    parents = daemon.pids("web")
    assert "child ended with -12" in daemon.log.until("child ended with")
    assert daemon.pids("web") == parents
