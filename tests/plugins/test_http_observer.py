from __future__ import annotations

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from circus.plugins.http_observer import HttpObserver
from tests.helpers.plugs import PATIENCE, alone


class Page(BaseHTTPRequestHandler):
    """Answers when the server lets it, with the server's code."""

    def do_GET(self):
        self.server.may_answer.wait(PATIENCE)
        with contextlib.suppress(OSError):  # who asked did not wait
            self.send_response(self.server.code)
            self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    server.url = f"http://127.0.0.1:{server.server_port}/"
    server.code = 200
    server.may_answer = threading.Event()
    server.may_answer.set()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.may_answer.set()
    server.shutdown()
    thread.join(PATIENCE)
    server.server_close()


@pytest.fixture
def look(server, metrics):
    """Return a function that looks once; what was counted, and what was told to the daemon."""

    def look(url=server.url, **config):
        config = {"check_url": url, "timeout": PATIENCE, **config}
        place = {"host": "127.0.0.1", "port": metrics.port}
        with alone(HttpObserver, **place, **config) as plugin:
            plugin.loop.run_sync(plugin.look_after)
            plugin.statsd.increment("bell")
            metrics.until(r".*\.bell:1\|c")
            said = metrics.so_far()[:-1]
            begin = "circus.http_observer.watcher.http_stats."
            assert all(line.startswith(begin) for line in said)
            return [line.removeprefix(begin) for line in said], plugin.told

    return look


def test_the_time_that_a_page_takes_is_told(look):
    [time], told = look()
    name, _, value = time.partition(":")
    assert name == "request_time"
    assert 0 < float(value.removesuffix("|ms")) < PATIENCE * 1000
    assert told == []


def test_an_error_is_counted_by_its_code_and_a_watcher_restarted(look, server):
    server.code = 503
    assert look() == (["error:1|c", "error.503:1|c"], [])
    said, told = look(restart_on_error="web")
    assert said == ["error:1|c", "error.503:1|c", "restart_on_error:1|c"]
    assert told == [("restart", {"name": "web"})]


def test_a_server_that_is_too_slow_counts_as_no_answer(look, server):
    server.may_answer.clear()
    assert look(timeout="0.05")[0] == ["error:1|c", "error.599:1|c"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "nonsense", "http://"])
def test_who_cannot_be_reached_counts_as_no_answer(look, url):
    assert look(url)[0] == ["error:1|c", "error.599:1|c"]


def test_a_server_becomes_slow_and_its_watcher_is_restarted(circusd, server, metrics):
    daemon = circusd(
        "[watcher:web]\ncmd = sleep 600\n"
        "[plugin:http]\nuse = circus.plugins.http_observer.HttpObserver\n"
        f"host = 127.0.0.1\nport = {metrics.port}\ncheck_url = {server.url}\n"
        "loop_rate = 0.02\ntimeout = 0.5\nrestart_on_error = web\n"
    )
    begin = r"circus\.http_observer\.watcher\.http_stats\."
    metrics.until(begin + r"request_time:[\d.]+\|ms")
    events = daemon.events()
    server.may_answer.clear()
    metrics.until(begin + r"restart_on_error:1\|c")
    events.until("web", "start")
