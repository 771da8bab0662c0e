from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess

import pytest

from circus.plugins.redis_observer import GAUGES, RedisObserver, figures
from tests.helpers.daemon import gone
from tests.helpers.plugs import PATIENCE, alone

pytest.importorskip("redis", reason="the package redis is not installed")
BEGIN = r"circus\.redis_observer\.watcher\.redis_stats\."
TRIES = 5
"""So many free ports are tried: between the look and the use somebody else may take one."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def started(program, folder):
    """Start a server on a free port and wait until it serves."""
    for _ in range(TRIES):
        port = free_port()
        words = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        process = subprocess.Popen([program, *words], stdout=subprocess.PIPE, text=True)
        for line in process.stdout:
            if "Ready to accept connections" in line:
                process.url = f"redis://127.0.0.1:{port}/0"
                return process
        process.stdout.close()
        process.wait(PATIENCE)
    raise AssertionError("no redis-server could be started")


@pytest.fixture
def server(tmp_path):
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed (Debian: apt-get install redis-server)")
    process = started(program, tmp_path)
    yield process
    process.kill()
    process.stdout.close()
    process.wait(PATIENCE)


def plugin(server, metrics, **config):
    place = {"host": "127.0.0.1", "port": metrics.port, "redis_url": server.url}
    return alone(RedisObserver, **place, timeout=PATIENCE, **config)


def test_the_figures_of_a_server_are_told_one_by_one(server, metrics):
    with plugin(server, metrics) as observer:
        for _ in range(2):
            observer.loop.run_sync(observer.look_after)
        observer.loop.run_sync(observer.redis.aclose)
    metrics.until(BEGIN + r"keyspace_hits:0\|g")
    names = [line.partition("redis_stats.")[2].partition(":")[0] for line in metrics.so_far()]
    assert names[: len(GAUGES)] == list(GAUGES)


def test_what_was_renamed_is_found_and_what_is_not_there_is_left_out():
    info = {"client_recent_max_input_buffer": 5, "used_memory": 7, "role": "master"}
    assert list(figures(info)) == [("used_memory", 7), ("client_biggest_input_buf", 5)]


def test_a_server_that_is_not_there_is_counted_and_a_watcher_restarted(metrics):
    place = {"host": "127.0.0.1", "port": metrics.port, "redis_url": "redis://127.0.0.1:1/0"}
    with alone(RedisObserver, **place, restart_on_timeout="web") as observer:
        observer.loop.run_sync(observer.look_after)
        assert observer.told == [("restart", {"name": "web"})]
    metrics.until(BEGIN + r"error:1\|c")
    metrics.until(BEGIN + r"restart_on_error:1\|c")


def test_a_server_that_is_paused_is_told_and_one_that_goes_on_is_observed_again(
    circusd, server, metrics
):
    circusd(
        "[plugin:redis]\nuse = circus.plugins.redis_observer.RedisObserver\n"
        f"host = 127.0.0.1\nport = {metrics.port}\nredis_url = {server.url}\n"
        "loop_rate = 0.02\ntimeout = 1\n"
    )
    figure, error = BEGIN + r"used_memory:[1-9]\d*\|g", BEGIN + r"error:1\|c"
    metrics.until(figure)
    os.kill(server.pid, signal.SIGSTOP)
    metrics.until(error)
    os.kill(server.pid, signal.SIGCONT)
    metrics.so_far()
    metrics.until(figure)


def test_the_server_may_be_a_watcher_that_is_restarted(circusd, server, metrics, tmp_path):
    server.kill()
    server.wait(PATIENCE)
    port = server.url.rpartition(":")[2].partition("/")[0]
    daemon = circusd(
        f"[watcher:db]\ncmd = redis-server --port {port} --bind 127.0.0.1 --save ''\n"
        f"copy_env = True\ngraceful_timeout = 0.1\nworking_dir = {tmp_path}\n"
        "[plugin:redis]\nuse = circus.plugins.redis_observer.RedisObserver\n"
        f"host = 127.0.0.1\nport = {metrics.port}\nredis_url = {server.url}\n"
        "loop_rate = 0.02\ntimeout = 1\nrestart_on_timeout = db\n"
    )
    daemon.log.until("Ready to accept connections")
    metrics.until(BEGIN + r"used_memory:[1-9]\d*\|g")
    [paused] = daemon.pids("db")
    os.kill(paused, signal.SIGSTOP)
    assert gone([paused], PATIENCE)
    daemon.log.until("Ready to accept connections")
