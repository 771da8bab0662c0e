from __future__ import annotations

import json

import pytest

from circus.spec.model import DaemonSpec
from circus.wire import topics


@pytest.mark.parametrize("row", topics.TOPICS.values(), ids=lambda row: row.event)
def test_every_event_carries_its_own_fields_and_those_of_all(row):
    fields = dict.fromkeys(row.fields, 1)
    topic, payload = topics.announcement("web", row.event, fields, 2.5, 7)
    assert topic == f"watcher.web.{row.event}".encode()
    assert json.loads(payload) == {**fields, "time": 2.5, "watcher": "web", "seq": 7}


def test_a_topic_has_the_name_in_lower_case_with_underscores_and_the_payload_as_written():
    topic, payload = topics.announcement("My Web.App", "start", {}, 0.0, 1)
    assert topic == b"watcher.my_web.app.start"
    assert json.loads(payload)["watcher"] == "My Web.App"


def test_an_event_may_say_more_than_its_row_but_not_less():
    _, payload = topics.announcement("w", "kill", {"process_pid": 1, "signal": 15}, 0.0, 1)
    assert json.loads(payload)["signal"] == 15
    with pytest.raises(KeyError, match="process_pid"):
        topics.announcement("w", "kill", {}, 0.0, 1)


def test_an_event_of_a_library_user_s_own_is_published_as_it_is():
    topic, payload = topics.announcement("w", "fancy", {"x": 1}, 0.0, 1)
    assert topics.split(topic) == ("w", "fancy")
    assert json.loads(payload)["x"] == 1


def test_a_topic_is_split_from_the_right():
    assert topics.split(b"watcher.a.b.reap") == ("a.b", "reap")


@pytest.mark.parametrize("odd", [b"", b"watcher", b"watcher.x", b"socket.x.y", b"watcher..y"])
def test_what_is_no_topic_is_refused(odd):
    with pytest.raises(ValueError, match="cannot read the topic"):
        topics.split(odd)


def test_the_default_endpoint_is_the_configuration_s():
    assert DaemonSpec().pubsub_endpoint == topics.EVENTS
