from __future__ import annotations

import pytest

from circus.web import answers
from circus.web.answers import Refusal, verbs


def refused(status, work, *args):
    with pytest.raises(Refusal) as refusal:
        work(*args)
    assert refusal.value.status == status
    return str(refusal.value)


def test_everything_can_be_asked_for_but_what_a_client_does_itself():
    assert "listen" not in verbs()
    assert {"status", "add", "quit"} <= verbs().keys()


def test_the_verbs_that_only_read_are_declared():
    assert {verb for verb, one in verbs().items() if one.reads} == {
        *("dstats", "get", "globaloptions", "list", "listsockets", "numprocesses", "numwatchers"),
        *("options", "stats", "status", "tail"),
    }


def test_a_path_leads_to_its_verb_only_where_that_belongs():
    assert answers.find("status", None) is answers.find("status", "web")
    assert "/api/dstats" in refused(404, answers.find, "dstats", "web")
    assert "/api/watchers/NAME/incr" in refused(404, answers.find, "incr", None)
    assert "'nope'" in refused(404, answers.find, "nope", None)


def test_a_query_is_read_by_the_kinds():
    tail = verbs()["tail"]
    query = {"lines": ["5"], "stderr": ["yes"], "since": ["a b"]}
    assert answers.from_query(tail, query) == {"lines": 5, "stderr": True, "since": "a b"}
    keys = answers.from_query(verbs()["get"], {"keys": ["cmd", "args"]})
    assert keys == {"keys": ["cmd", "args"]}


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ({"lines": ["many"]}, "isn't an integer"),
        ({"stderr": ["perhaps"]}, "isn't yes or no"),
        ({"colour": ["red"]}, "does not know 'colour'"),
    ],
)
def test_a_query_that_does_not_fit_is_refused(query, why):
    assert why in refused(400, answers.from_query, verbs()["tail"], query)


def test_a_body_holds_what_the_verb_knows_and_whether_to_wait():
    signal = verbs()["signal"]
    body = {"signum": "HUP", "child_pid": 5, "waiting": True}
    assert answers.from_body(signal, body) == body
    assert "'colour'" in refused(400, answers.from_body, signal, {"colour": 1})


@pytest.mark.parametrize("body", [b"{", b"[]", b"1", b'{"a": NaN}', b"[" * 100_000, b"\xff"])
def test_a_body_that_is_no_object_is_refused(body):
    refused(400, answers.read_object, body)


def test_no_body_is_an_empty_object():
    assert answers.read_object(b"") == {}


def test_a_name_in_a_path_is_one_watchers():
    stop = verbs()["stop"]
    assert answers.named(stop, "we*", {}) == {"match": "simple", "name": "we*"}
    assert answers.named(stop, "we*", {"match": "glob"}) == {"match": "glob", "name": "we*"}
    assert answers.named(verbs()["incr"], "web", {"nb": 2}) == {"name": "web", "nb": 2}
    assert answers.named(stop, None, {}) == {}
    refused(400, answers.named, stop, "web", {"name": "other"})


def test_what_the_daemon_would_refuse_is_refused_here():
    answers.checked(verbs()["incr"], {"name": "web", "nb": 1})
    refused(400, answers.checked, verbs()["incr"], {"name": "web", "nb": "x"})


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"status": "ok"}, 200),
        ({"status": "active"}, 200),
        ({"status": "error", "errno": 3, "reason": "program web not found"}, 404),
        ({"status": "error", "errno": 3, "reason": "'nb' isn't an integer"}, 400),
        ({"status": "error", "errno": 2, "reason": "unknown command"}, 404),
        ({"status": "error", "errno": 4, "reason": "no such file"}, 422),
        ({"status": "error", "errno": 5, "reason": "superseded by stop"}, 409),
        ({"status": "error", "errno": 6, "reason": "server error"}, 502),
        ({"status": "error", "errno": 77}, 502),
        ({"status": "error"}, 502),
    ],
)
def test_the_number_of_the_wire_says_the_status(answer, status):
    assert answers.status_of(answer, {"name": "web"}) == status


def test_no_number_of_the_wire_is_an_error_of_ours():
    assert 500 not in answers.STATUS.values()


def test_who_waits_has_more_patience():
    stop = verbs()["stop"]
    assert answers.patience(stop, {"waiting": True}) > answers.patience(stop, {})
