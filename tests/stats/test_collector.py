import asyncio
from types import SimpleNamespace

import pytest

from circus.figures import STOPPED, UNKNOWN
from circus.stats.collector import SocketStatsCollector, WatcherStatsCollector
from tests.helpers.launching import PATIENCE


class Source:
    """A streamer whose samples are written down in the test."""

    def __init__(self, samples=None, sockets=()):
        self.samples = samples or {}
        self.sockets = sockets
        self.removed = []
        self.published = asyncio.Queue()
        self.sampler = SimpleNamespace(sample=lambda pid: self.samples[pid])
        self.publisher = SimpleNamespace(publish=lambda *sent: self.published.put_nowait(sent))

    def get_pids(self, watcher=None):
        assert watcher == "web"
        return list(self.samples)

    def get_circus_pids(self):
        return {pid: f"helper {pid}" for pid in self.samples}

    def remove_pid(self, watcher, pid):
        self.removed.append((watcher, pid))

    def about(self):
        return {"endpoint": "tcp://one"}


def stat(cpu=1.0, mem=2.0, age=3.0):
    return {"cpu": cpu, "mem": mem, "age": age}


def aggregate(*stats):
    samples = dict(enumerate(stats, 1))
    return list(WatcherStatsCollector(Source(samples), "web").collect_stats())[-1]


def test_each_process_is_told_then_all_of_them_together():
    source = Source({1: stat(1.0, 2.0, 3.0), 2: stat(3.0, 4.0, 9.0)})
    first, second, whole = WatcherStatsCollector(source, "web").collect_stats()
    assert (first["subtopic"], first["name"], first["watcher"]) == (1, None, "web")
    assert second["subtopic"] == 2
    assert whole == {"watcher": "web", "pid": [1, 2], "cpu": 2.0, "mem": 6.0, "age": 9.0}


def test_a_process_that_is_gone_is_forgotten_and_not_told():
    source = Source({1: stat(), 2: STOPPED})
    *told, whole = WatcherStatsCollector(source, "web").collect_stats()
    assert [one["subtopic"] for one in told] == [1]
    assert whole["pid"] == [1]
    assert source.removed == [("web", 2)]


@pytest.mark.parametrize(
    ("stats", "cpu", "mem", "age"),
    [
        ([], 0.0, 0, UNKNOWN),
        ([stat(cpu=UNKNOWN), stat()], UNKNOWN, 4.0, 3.0),
        ([stat(mem=UNKNOWN), stat()], 1.0, UNKNOWN, 3.0),
        ([stat(age=UNKNOWN)], 1.0, 2.0, UNKNOWN),
    ],
)
def test_what_is_not_known_of_one_is_not_known_of_all(stats, cpu, mem, age):
    whole = aggregate(*stats)
    assert (whole["cpu"], whole["mem"], whole["age"]) == (cpu, mem, age)


def test_the_group_circus_names_its_processes_and_says_where_the_daemon_is():
    source = Source({5: stat()})
    one, whole = WatcherStatsCollector(source, "circus").collect_stats()
    assert one["name"] == "helper 5"
    assert whole["endpoint"] == "tcp://one"


def test_a_started_collector_publishes_until_it_is_stopped():
    async def scene():
        source = Source({1: stat()})
        collector = WatcherStatsCollector(source, "web", callback_time=0.001)
        collector.start()
        sent = [await asyncio.wait_for(source.published.get(), PATIENCE) for _ in range(4)]
        collector.stop()
        assert collector._timer is None
        return [name for name, _ in sent]

    assert asyncio.run(scene()) == ["web"] * 4


def test_sockets_that_were_not_inherited_are_not_told():
    async def scene():
        collector = SocketStatsCollector(Source(sockets=[(987_654, "localhost:80")]))
        told = list(collector.collect_stats())
        collector.stop()
        return told

    assert asyncio.run(scene()) == [{"addresses": [], "reads": 0}]


def test_the_loop_may_be_given_and_is_tornados_or_asyncios():
    async def scene():
        source = Source({1: stat()})
        loop = SimpleNamespace(asyncio_loop=asyncio.get_running_loop())
        collector = WatcherStatsCollector(source, "web", 60.0, loop)
        collector.start()
        collector.stop()
        return source.published.qsize()

    assert asyncio.run(scene()) == 2
