from __future__ import annotations

import asyncio
import logging
import threading

import pytest
from tornado.ioloop import IOLoop, PeriodicCallback

from circus.exc import CallError
from circus.plugins import CircusPlugin
from tests.helpers.plugs import NOWHERE, PATIENCE, Wire, alone

EVENTS = [
    ("Web App", "spawn", {"process_pid": 7}),
    ("a.b", "stop", {}),
    ("last", "start", {}),
]


class Ears(CircusPlugin):
    """Keeps what it hears, until an event of ``last``."""

    def __init__(self, *args, **config):
        super().__init__(*args, **config)
        self.done = []

    def handle_init(self):
        self.done.append(("init", hasattr(self, "client"), IOLoop.current() is self.loop))
        self.loop.call_later(PATIENCE, self.stop)

    def handle_recv(self, data):
        watcher, event, message = self.split_data(data)
        self.done.append((watcher, event, self.load_message(message)["watcher"]))
        if watcher == "last":
            self.heard()

    def heard(self):
        self.stop()

    def handle_stop(self):
        self.done.append("stop")


@pytest.fixture
def wire(tmp_path):
    made = []

    def make(*args, **kwargs):
        made.append(Wire(tmp_path, *args, **kwargs))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def plug(wire):
    """Return a function that makes a plugin and its daemon."""

    def make(cls, **more):
        daemon = wire(events=more.pop("events", EVENTS), **more)
        plugin = cls(daemon.endpoint, daemon.pubsub, 0.5)
        return plugin, daemon

    return make


def test_a_plugin_begins_hears_events_and_ends(plug):
    plugin, _ = plug(Ears)
    assert not plugin.running
    plugin.start()
    assert plugin.done == [
        ("init", False, True),
        ("web_app", "spawn", "Web App"),
        ("a.b", "stop", "a.b"),
        ("last", "start", "last"),
        "stop",
    ]
    assert not plugin.running


def test_what_a_plugin_is_given_is_what_it_has():
    plugin = CircusPlugin("a", "b", 0.5, "me@there", x="1", active="yes")
    assert plugin.config == {"x": "1", "active": "yes"}
    assert (plugin.get_endpoint(), plugin.pubsub_endpoint) == ("a", "b")
    assert (plugin.check_delay, plugin.ssh_server) == (0.5, "me@there")
    assert (plugin.active, plugin.running, plugin.daemon, plugin.name) == (True, False, True, "")
    plugin.stop()


def test_an_inactive_plugin_does_not_start():
    plugin = CircusPlugin("a", "b", 0.5, active="false")
    with pytest.raises(ValueError, match="Will not start an inactive plugin"):
        plugin.start()
    plugin.stop()


def test_a_plugin_has_to_say_what_it_does_with_events():
    with (
        alone(CircusPlugin) as plugin,
        pytest.raises(NotImplementedError, match="CircusPlugin does not say"),
    ):
        plugin.handle_recv([b"watcher.w.start", b"{}"])


def test_a_plugin_that_fails_at_an_event_hears_the_next(plug, caplog):
    class Clumsy(Ears):
        def handle_recv(self, data):
            super().handle_recv(data)
            raise KeyError("oh")

    plugin, _ = plug(Clumsy)
    plugin.start()
    assert len(plugin.done) == 5
    said = [record.message for record in caplog.records]
    assert said[0] == "cannot handle the event watcher.web_app.spawn"
    assert caplog.records[0].exc_info


def test_a_plugin_that_fails_at_its_end_ends(plug, caplog):
    class Clumsy(Ears):
        def handle_stop(self):
            raise KeyError("oh")

    plugin, _ = plug(Clumsy)
    plugin.start()
    assert "cannot stop Clumsy in its own way" in caplog.text


def test_a_plugin_that_fails_at_its_beginning_gives_everything_back(plug):
    class Clumsy(Ears):
        def handle_init(self):
            raise KeyError("oh")

    plugin, _ = plug(Clumsy)
    with pytest.raises(KeyError, match="oh"):
        plugin.start()
    assert plugin.loop.asyncio_loop.is_closed()


def test_a_periodic_callback_of_tornado_runs_in_the_loop_of_the_plugin(plug, caplog):
    class Periodic(Ears):
        def handle_init(self):
            super().handle_init()
            self.period = PeriodicCallback(self.tick, 1)
            self.period.start()

        def tick(self):
            self.done.append("tick")
            if self.done.count("tick") == 3:
                self.stop()
            raise KeyError("oh")

    plugin, _ = plug(Periodic, events=())
    with caplog.at_level(logging.CRITICAL, "tornado.application"):
        plugin.start()
    assert plugin.done[1:] == ["tick", "tick", "tick", "stop"]


def test_a_call_is_answered_and_a_cast_is_not(plug):
    class Asks(Ears):
        def heard(self):
            self.cast("stop", name="web")
            self.done = [self.call("list", name="web")["pids"]]
            self.stop()

    plugin, daemon = plug(Asks, answer=lambda asked: {"status": "ok", "pids": [1]})
    plugin.start()
    assert plugin.done == [[1], "stop"]
    asked = daemon.until_asked(2)
    said = [(one["command"], one["properties"], one.get("msg_type")) for one in asked]
    assert said == [("stop", {"name": "web"}, "cast"), ("list", {"name": "web"}, None)]


def test_any_thread_of_a_plugin_may_call(plug):
    class Threads(Ears):
        def heard(self):
            def ask():
                pids = [self.call("list", number=number)["number"] for number in range(20)]
                self.done.append(pids)

            threads = [threading.Thread(target=ask) for _ in range(4)]
            self.done = []
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(PATIENCE)
            self.stop()

    plugin, _ = plug(Threads, answer=lambda asked: asked["properties"])
    plugin.start()
    assert plugin.done == [list(range(20))] * 4 + ["stop"]


def test_an_answer_that_does_not_come_in_time_is_an_error_and_a_late_one_is_dropped(plug):
    class Patient(Ears):
        call_timeout = 0.05
        wait_timeout = 0.05

        def heard(self):
            self.done = []
            for waiting in (False, True):
                with pytest.raises(CallError, match="Timed out"):
                    self.call("list", waiting=waiting)
            self.stop()

    plugin, _ = plug(Patient, answer=lambda asked: {"status": "ok", "id": "another"})
    plugin.start()
    assert plugin.done == ["stop"]


def test_a_cast_before_the_end_is_still_delivered(plug):
    class Last(Ears):
        def handle_stop(self):
            self.cast("quit")

    plugin, daemon = plug(Last)
    plugin.start()
    assert [one["command"] for one in daemon.until_asked(1)] == ["quit"]


def test_events_without_dots_and_with_them_are_split_from_the_right():
    split = CircusPlugin.split_data
    assert split([b"watcher.web.spawn", b"x"]) == ("web", "spawn", b"x")
    assert split(["watcher.a.b.reap", None]) == ("a.b", "reap", None)
    assert (
        CircusPlugin.load_message(b'{"a": 1}') == CircusPlugin.load_message('{"a": 1}') == {"a": 1}
    )


def test_a_plugin_leaves_the_loop_of_its_maker_alone():
    async def make():
        plugin = CircusPlugin(NOWHERE, NOWHERE, 1.0)
        assert asyncio.get_running_loop() is not plugin.loop.asyncio_loop
        plugin.stop()

    asyncio.run(make())


def test_an_endpoint_that_makes_no_sense_is_told():
    plugin = Ears("nonsense", NOWHERE, 1.0)
    with pytest.raises(CallError, match="cannot connect to nonsense"):
        plugin.start()
