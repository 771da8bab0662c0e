"""Every verb by one table: what it asks of the fleet, what it answers, and how that is printed."""

from __future__ import annotations

import asyncio
import signal

import pytest

from circus import commands
from circus.commands.declare import Later
from circus.commands.ipythonshell import WHY
from circus.exc import AlreadyExist, CircusError, MessageError
from tests.helpers.fleet import FakeFleet, FakeSocket, FakeWatcher


def fleet():
    made = FakeFleet(
        FakeWatcher("Web", 1, 2),
        FakeWatcher("worker", 3),
        FakeWatcher("one", 4, singleton=True),
        FakeWatcher("bad", state="stopped", reason="cannot exec 'x': No such file or directory"),
    )
    made.sockets = {"web": FakeSocket(7, "web"), "ux": FakeSocket(6, "ux", path="/run/x")}
    return made


async def perform(here, verb, properties):
    answer = commands.find(verb).run(here, properties)
    if isinstance(answer, Later):
        return answer.shape(await answer.result)
    return answer


def run(verb, properties, here=None):
    """Return what the fleet was asked, and the answer."""
    here = here or fleet()
    answer = asyncio.run(perform(here, verb, properties))
    return here.asked, answer


INFO = {"stopped": [], "started": [1, 2], "kept": []}
PLAN = {"watchers": [], "sockets": [], "circus": {}, "needs_restart": []}
GLOBAL = {
    "endpoint": "tcp://127.0.0.1:5555",
    "stats_endpoint": None,
    "pubsub_endpoint": "tcp://127.0.0.1:5556",
    "check_delay": 5.0,
    "multicast_endpoint": None,
}
ALL = ["Web", "worker", "one", "bad"]

ASKED = [
    # verb, properties, what the fleet is asked, the answer
    ("start", {}, [("start_group", None)], {}),
    ("start", {"name": None}, [("start_group", None)], {}),
    ("start", {"name": "WEB"}, [("start", "Web")], {"info": {"started": [1, 2], "kept": []}}),
    ("start", {"name": "w*"}, [("start_group", ["Web", "worker"])], {}),
    ("stop", {}, [("stop_group", None)], {}),
    ("stop", {"name": "web"}, [("stop", "Web")], {"info": None}),
    ("stop", {"name": "w?[rb]*"}, [("stop_group", ["Web", "worker"])], {}),
    ("restart", {}, [("restart_all",)], {}),
    ("restart", {"name": "web"}, [("restart", "Web")], {"info": INFO}),
    ("restart", {"name": "w", "match": "regex"}, [("restart_group", ["Web", "worker"])], {}),
    ("reload", {}, [("reload_group", True, False)], {}),
    ("reload", {"graceful": False, "sequential": 1}, [("reload_group", False, True)], {}),
    ("reload", {"name": "web"}, [("reload", "Web", True, False)], {"info": INFO}),
    ("quit", {}, [("quit",)], {}),
    ("incr", {"name": "web"}, [("incr", "Web", 1)], {"numprocesses": 3}),
    ("incr", {"name": "web", "nb": 4}, [("incr", "Web", 4)], {"numprocesses": 6}),
    ("decr", {"name": "web"}, [("decr", "Web", 1)], {"numprocesses": 1}),
    ("incr", {"name": "one"}, [], {"numprocesses": 1, "singleton": True}),
    ("decr", {"name": "one"}, [], {"numprocesses": 1, "singleton": True}),
    (
        "set",
        {"name": "web", "options": {"numprocesses": 3, "warmup_delay": 1}},
        [("set_options", "Web", {"numprocesses": 3, "warmup_delay": 1})],
        {},
    ),
    ("get", {"name": "web", "keys": ["uid"]}, [], {"options": {"uid": None}}),
    ("get", {"name": "web", "keys": ["umask"]}, [], {"options": {"umask": None}}),
    ("get", {"name": "web", "keys": []}, [], {"options": {}}),
    (
        "options",
        {"name": "web"},
        [],
        {"options": {"cmd": "run Web", "env": {"B": "2", "A": "1"}, "uid": None}},
    ),
    ("list", {}, [], {"watchers": ["bad", "one", "web", "worker"]}),
    ("list", {"name": "web"}, [], {"pids": [1, 2]}),
    ("numprocesses", {}, [], {"numprocesses": 4}),
    ("numprocesses", {"name": "WEB"}, [], {"numprocesses": 2, "watcher_name": "WEB"}),
    ("numwatchers", {}, [], {"numwatchers": 4}),
    ("reloadconfig", {}, [("reload_from_config",)], PLAN),
    ("reloadconfig", {"plan": True}, [], {"plan": PLAN}),
    ("dstats", {}, [("own_stats",)], {"info": {"pid": 7}}),
    ("globaloptions", {}, [], {"options": GLOBAL}),
    ("globaloptions", {"option": None}, [], {"options": GLOBAL}),
    ("globaloptions", {"option": "check_delay"}, [], {"options": {"check_delay": 5.0}}),
    (
        "listsockets",
        {},
        [],
        {
            "sockets": [
                {"fd": 6, "name": "ux", "backlog": 2048, "path": "/run/x"},
                {"fd": 7, "name": "web", "backlog": 2048, "host": "127.0.0.1", "port": 8080},
            ]
        },
    ),
    ("ipython", {}, [], {"shell": False, "msg": WHY}),
    (
        "status",
        {},
        [],
        {
            "statuses": {"Web": "active", "worker": "active", "one": "active", "bad": "stopped"},
            "reasons": {"bad": "cannot exec 'x': No such file or directory"},
            "backoff": [],
        },
    ),
    ("status", {"name": "web"}, [], {"status": "active", "up": 2, "wanted": 2}),
    (
        "stats",
        {"name": "ONE", "extended": True},
        [("stats", ["one"], True)],
        {"name": "ONE", "info": {4: {"pid": 4, "extended": True}}},
    ),
    (
        "stats",
        {"name": "web", "process": "2", "extended": True},
        [("stats", ["Web"], True)],
        {"process": "2", "info": {"pid": 2, "extended": True}},
    ),
    (
        "stats",
        {"name": "web", "process": "2"},
        [],
        {"process": "2", "info": {"pid": 2, "extended": False}},
    ),
    (
        "stats",
        {"name": "web", "process": 2},
        [],
        {"process": 2, "info": {"pid": 2, "extended": False}},
    ),
    ("kill", {"name": "web"}, [("kill", "Web", [1, 2], None, None)], {}),
    (
        "kill",
        {"name": "web", "pid": "2", "signum": "sigint", "graceful_timeout": "1.5"},
        [("kill", "Web", [2], signal.SIGINT, 1.5)],
        {},
    ),
    (
        "signal",
        {"name": "web", "signum": "hup"},
        [("deliver", [1, 2], signal.SIGHUP)],
        {},
    ),
    ("signal", {"name": "web", "signum": 1, "pid": 2}, [("deliver", [2], 1)], {}),
    (
        "signal",
        {"name": "one", "signum": "1", "recursive": True},
        [("send_signal_children", 4, 1, True), ("deliver", [4], 1)],
        {},
    ),
    (
        "signal",
        {"name": "one", "signum": 1, "children": True},
        [("send_signal_children", 4, 1, False)],
        {},
    ),
    (
        "signal",
        {"name": "one", "signum": 1, "pid": 4, "childpid": 9},
        [("send_signal_child", 4, 9, 1)],
        {},
    ),
    (
        "signal",
        {"name": "one", "signum": 1, "pid": 4, "child_pid": 9},
        [("send_signal_child", 4, 9, 1)],
        {},
    ),
    ("add", {"name": "new", "cmd": "run"}, [("add_watcher", "new", "run", {})], {}),
    (
        "add",
        {"name": "new", "cmd": "run", "args": ["a", 1], "options": {"numprocesses": 2}},
        [("add_watcher", "new", "run", {"numprocesses": 2, "args": ["a", "1"]})],
        {},
    ),
    (
        "add",
        {"name": "new", "cmd": "run", "start": True},
        [("add_watcher", "new", "run", {}), ("start", "new")],
        {"started": [], "kept": []},
    ),
    ("rm", {"name": "WEB"}, [("rm_watcher", "Web", False)], {}),
    ("rm", {"name": "web", "nostop": True}, [("rm_watcher", "Web", True)], {}),
]


@pytest.mark.parametrize(("verb", "properties", "asked", "answer"), ASKED)
def test_a_verb_asks_the_fleet_and_answers(verb, properties, asked, answer):
    assert run(verb, properties) == (asked, answer)


def test_stats_of_all_is_one_question():
    asked, answer = run("stats", {"extended": True})
    assert asked == [("stats", ALL, False)]
    assert answer["infos"]["one"] == {4: {"pid": 4, "extended": False}}


def test_every_verb_has_a_row():
    assert {verb for verb, *_ in ASKED} == set(commands.FILES) - {"listen"}


def test_the_counts_of_all_watchers_are_told_when_they_are_asked_for():
    _, answer = run("status", {"counts": True})
    assert answer["counts"]["Web"] == {"up": 2, "wanted": 2}
    assert answer["counts"].keys() == answer["statuses"].keys()


def test_all_that_stands_behind_the_statuses_is_told_when_it_is_asked_for():
    here = fleet()
    here.watchers[1].facts = {"backoff": True, "next_try": 2.5, "contain": "session"}
    _, answer = run("status", {"verbose": True}, here)
    assert answer["behind"]["worker"] == {"up": 1, "wanted": 1, **here.watchers[1].facts}
    assert answer["behind"].keys() == answer["statuses"].keys()
    assert answer["backoff"] == ["worker"]
    _, one = run("status", {"name": "WORKER", "verbose": True}, here)
    assert one["behind"] == {"worker": answer["behind"]["worker"]}
    assert (one["status"], one["contain"]) == ("active", "session")
    _, figures = run("status", {"counts": True}, here)
    assert figures["counts"]["worker"] == {"up": 1, "wanted": 1, "next_try": 2.5}


def test_the_order_of_the_global_options_is_circus_s():
    assert list(run("globaloptions", {})[1]["options"]) == list(GLOBAL)


REFUSED = [
    ("start", {"name": "nope"}, "program nope not found"),
    ("start", {"name": "nope", "match": "simple"}, "program nope not found"),
    ("start", {"name": "web", "match": "x"}, "unknown match method x"),
    ("start", {"name": 5}, "'name' isn't a string"),
    ("stop", {"name": "web[", "match": "simple"}, "program web[ not found"),
    ("reload", {"name": "w*"}, "program w* not found"),
    ("reload", {"name": "web", "graceful": "no"}, "'graceful' isn't a valid boolean"),
    ("incr", {}, "message invalid 'name' is missing"),
    ("incr", {"name": None}, "message invalid 'name' is missing"),
    ("incr", {"name": "nope"}, "program nope not found"),
    ("incr", {"name": "web", "nb": "x"}, "'nb' isn't an integer"),
    ("decr", {"name": "web", "nb": True}, "'nb' isn't an integer"),
    ("decr", {"name": "web", "nb": 1.5}, "'nb' isn't an integer"),
    ("set", {"name": "web"}, "message invalid 'options' is missing"),
    ("set", {"name": "web", "options": []}, "'options' property should be an object"),
    ("set", {"name": "web", "options": {"nope": 1}}, "unknown key 'nope'"),
    ("set", {"name": "web", "options": {"numprocesses": "2"}}, "'numprocesses' isn't an integer"),
    ("get", {"name": "web", "keys": ["cmd", "zip"]}, "'zip' option not found"),
    ("get", {"name": "web", "keys": "cmd"}, "'keys' isn't a list of strings"),
    ("get", {"keys": 1}, "message invalid 'name' is missing"),
    ("options", {}, "message invalid 'name' is missing"),
    ("list", {"name": "nope"}, "program nope not found"),
    ("status", {"name": "nope"}, "program nope not found"),
    ("stats", {"name": "nope"}, "program nope not found"),
    ("stats", {"name": "web", "process": 9}, "process 9 not found in 'web'"),
    ("stats", {"name": "web", "process": "9"}, "process '9' not found in 'web'"),
    ("kill", {"name": "nope"}, "program nope not found"),
    ("kill", {"name": "web", "pid": "x"}, "'pid' isn't an integer"),
    ("kill", {"name": "web", "signum": "foo"}, "signal invalid"),
    ("kill", {"name": "web", "graceful_timeout": -1}, "'graceful_timeout' isn't a number"),
    ("kill", {"name": "web", "graceful_timeout": "inf"}, "'graceful_timeout' isn't a number"),
    ("kill", {"name": "web", "graceful_timeout": 10**400}, "'graceful_timeout' isn't a number"),
    ("kill", {"name": "web", "graceful_timeout": []}, "'graceful_timeout' isn't a number"),
    ("signal", {"name": "web"}, "message invalid 'signum' is missing"),
    ("signal", {"name": "web", "signum": "foo"}, "signal invalid"),
    ("signal", {"name": "web", "signum": []}, "signal invalid"),
    ("signal", {"name": "web", "signum": 999}, "signal invalid"),
    ("add", {"name": "c"}, "message invalid 'cmd' is missing"),
    ("add", {"cmd": "c"}, "message invalid 'name' is missing"),
    ("add", {"name": "", "cmd": "c"}, "'name' is empty"),
    ("add", {"name": "c", "cmd": "c", "options": []}, "'options' property should be an object"),
    ("add", {"name": "c", "cmd": "c", "options": {"cmd": "d"}}, "'cmd' is a property, not an"),
    ("add", {"name": "c", "cmd": "c", "args": 5}, "'args' isn't a string or a list of strings"),
    ("rm", {"name": "nope"}, "program nope not found"),
    ("globaloptions", {"option": "nope"}, "'nope' not an existing option"),
    ("listen", {}, "invalid message. use a pub/sub socket"),
    ("listen", {"topics": ["watcher."]}, "invalid message. use a pub/sub socket"),
]

CANNOT = [
    ("start", {"name": "[", "match": "regex"}, "cannot read the pattern '['"),
    ("signal", {"name": "web", "signum": 1, "childpid": 3}, "cannot specify childpid without pid"),
    ("signal", {"name": "web", "signum": 1, "pid": 9, "children": 1}, "process 9 not found in"),
]
"""What Circus answered with errno 5, not 3."""


@pytest.mark.parametrize(
    ("verb", "properties", "message", "kind"),
    [(*row, MessageError) for row in REFUSED] + [(*row, CircusError) for row in CANNOT],
)
def test_a_bad_request_is_refused_before_anything_is_asked(verb, properties, message, kind):
    here = fleet()
    with pytest.raises(CircusError) as caught:
        run(verb, properties, here)
    assert str(caught.value).startswith(message)
    assert type(caught.value) is kind
    assert here.asked == []


def test_a_signal_to_a_stranger_does_nothing():
    asked = {"name": "web", "signum": 1, "pid": 9, "recursive": True}
    assert run("signal", asked) == ([("deliver", [], 1)], {})


def test_a_name_that_exists_is_refused_with_the_fleet_s_words():
    here = fleet()
    here.results["add_watcher"] = AlreadyExist("'web' already exist")
    with pytest.raises(AlreadyExist, match="'web' already exist"):
        run("add", {"name": "web", "cmd": "c"}, here)
