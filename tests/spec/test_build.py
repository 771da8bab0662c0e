from __future__ import annotations

import json
import signal

import pytest

from circus.exc import ArgumentError, CircusError, MessageError
from circus.spec.build import changed, from_words, watcher_spec, wire_check
from circus.spec.model import HookSpec, StreamSpec, WatcherSpec
from circus.spec.options.row import Live
from tests.helpers.refusal import refused


def hook(**kwargs):
    return bool(kwargs)


def build(**options):
    return watcher_spec("w", "sleep 1", **options)


def same(**fields):
    return WatcherSpec("w", "sleep 1", **fields)


@pytest.mark.parametrize(
    ("options", "spec"),
    [
        ({}, same()),
        ({"args": None, "env": None, "uid": None, "rlimits": None, "hooks": None}, same()),
        ({"args": ["a", 1]}, same(args=("a", "1"))),
        ({"numprocesses": "4"}, same(numprocesses=4)),
        ({"numprocesses": -1}, same(numprocesses=0)),
        ({"numprocesses": "auto*2"}, same(numprocesses=2)),
        ({"respawn": False}, same(respawn=False, restart="never")),
        ({"restart": "never"}, same(respawn=False, restart="never")),
        ({"restart": "on-failure", "backoff": "1..5"}, same(restart="on-failure", backoff=(1, 5))),
        ({"success_exit_codes": [0, "TERM"]}, same(success_exit_codes=(-15, 0))),
        ({"stop_signal": signal.SIGINT}, same(stop_signal=2)),
        ({"stop_signal": "int"}, same(stop_signal=2)),
        ({"uid": 0, "gid": "0"}, same(uid=0, gid=0)),
        ({"env": {"A": 1}}, same(env={"A": "1"})),
        (
            {"rlimits": {"NOFILE": 5, "RLIMIT_CORE": None}},
            same(rlimits={"nofile": 5, "core": None}),
        ),
        ({"rlimit_NoFile": 5}, same(rlimits={"nofile": 5})),
        ({"rlimit_core": None}, same(rlimits={"core": None})),
        ({"rlimit_core": "5", "rlimits": {"nofile": 1}}, same(rlimits={"core": 5, "nofile": 1})),
        (
            {"hooks": {"before_start": (hook, True), "after_stop": "a.b"}},
            same(
                hooks={"before_start": HookSpec(hook, ignore=True), "after_stop": HookSpec("a.b")}
            ),
        ),
        (
            {"hooks": {"after_stop": ["a.b", True]}},
            same(hooks={"after_stop": HookSpec("a.b", True)}),
        ),
        ({"hooks.after_stop": "a.b"}, same(hooks={"after_stop": HookSpec("a.b")})),
        (
            {"stdout_stream": {"class": "StdoutStream"}},
            same(stdout_stream=StreamSpec("StdoutStream")),
        ),
        (
            {"stderr_stream": {"filename": "x"}},
            same(stderr_stream=StreamSpec("FileStream", {"filename": "x"})),
        ),
        ({"stdout_stream": {}}, same()),
        (
            {"stdout_stream.class": "a.B", "stdout_stream.x": 1},
            same(stdout_stream=StreamSpec("a.B", {"x": 1})),
        ),
        (
            {"flapping.window": 3, "retry_in": 1},
            same(freeform={"flapping.window": 3, "retry_in": 1}),
        ),
        ({"singleton": True}, same(singleton=True)),
    ],
)
def test_a_watcher_is_built_from_the_shapes_of_the_python_api(options, spec):
    assert build(**options) == spec


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"singleton": True, "numprocesses": 2},
            "Cannot have 2 processes with a singleton  watcher",
        ),
        ({"copy_path": True}, "copy_env and copy_path must have the same value"),
        ({"virtualenv": "/x"}, "copy_env must be True to to use virtualenv"),
        ({"stdout_stream": {"foo": 1}}, "stream configuration invalid"),
        ({"rlimits": {"nope": 1}}, "'nope' isn't a valid rlimit setting"),
        ({"rlimit_nope": 1}, "'rlimit_nope' isn't a valid rlimit setting"),
        ({"hooks.nope": "a.b"}, "Unknown hook 'nope'"),
        ({"max_age": "old"}, "'max_age': found 'old', expected a whole number of at least 0"),
        ({"args": 'a "b'}, "cannot split 'a \"b' into words: no closing quotation"),
    ],
)
def test_a_watcher_that_cannot_be_is_refused(options, message):
    assert refused(lambda: build(**options)) == message


@pytest.mark.parametrize("key", ["rlimits", "nope", "stdout_streams", "check_flapping", ""])
def test_the_wire_does_not_know_other_keys(key):
    with pytest.raises(MessageError) as refusal:
        wire_check(key, 1)
    assert str(refusal.value) == f"unknown key {key!r}"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("numprocesses", 4),
        ("numprocesses", -4),
        ("warmup_delay", 1),
        ("graceful_timeout", 0.5),
        ("uid", 0),
        ("uid", "root"),
        ("working_dir", None),
        ("args", ["a"]),
        ("args", "a b"),
        ("hooks", {"before_start": "a.b,true"}),
        ("hooks", {"before_start": ["a.b", True]}),
        ("hooks.before_start", "a.b"),
        ("rlimit_NOFILE", None),
        ("rlimit_nofile", 5),
        ("stdout_stream", {"class": "x"}),
        ("stdout_stream.foo", None),
        ("retry_in", 1),
        ("priority", 3),
        ("env", {}),
    ],
)
def test_the_wire_takes_values_of_the_right_type(key, value):
    wire_check(key, value)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("numprocesses", "4", "'numprocesses' isn't an integer"),
        ("stop_signal", "TERM", "'stop_signal' isn't an integer"),
        ("warmup_delay", "4", "'warmup_delay' isn't a number"),
        ("retry_in", "4", "'retry_in' isn't a number"),
        ("uid", None, "'uid' isn't an integer or string"),
        ("shell", 1, "'shell' isn't a valid boolean"),
        ("env", 1, "'env' isn't a valid object"),
        ("env", {"a": 1}, "'a' isn't a string"),
        ("hooks", 1, "1 isn't a valid hook dict"),
        ("hooks", {"foo": "a.b"}, "Unknown hook 'foo'"),
        ("hooks.foo", "a.b", "Unknown hook 'foo'"),
        ("stdout_stream", 1, "'stdout_stream' isn't a valid object"),
        ("stderr_stream", {}, "'stderr_stream' must have a 'class' key"),
        ("rlimit_foo", 1, "'rlimit_foo' isn't a valid rlimit setting"),
        ("rlimit_nofile", "x", "'x' rlimit value isn't a valid int"),
    ],
)
def test_the_wire_refuses_other_types_in_the_words_of_circus(key, value, message):
    with pytest.raises(MessageError) as refusal:
        wire_check(key, value)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("numprocesses", "4", 4),
        ("max_retry", "-1", -1),
        ("warmup_delay", "0.5", 0.5),
        ("send_hup", "yes", True),
        ("working_dir", "/a", "/a"),
        ("uid", "1000", "1000"),
        ("cmd", "sleep 1", "sleep 1"),
        ("args", "a b", "a b"),
        ("stop_signal", "sigint", 2),
        ("env", "A=1,B=2", {"A": "1", "B": "2"}),
        ("stdout_stream.max_bytes", "5", 5),
        ("stdout_stream.filename", "5", "5"),
        ("stderr_stream.class", "StdoutStream", "StdoutStream"),
        ("hooks", "before_start:a.b,after_stop:c.d", {"before_start": "a.b", "after_stop": "c.d"}),
        ("hooks.before_start", "a.b,true", "a.b,true"),
        ("rlimit_nofile", "5", 5),
        ("rlimit_nofile", "", None),
        ("priority", "3", 3),
    ],
)
def test_words_of_the_command_line_become_json(key, text, value):
    converted = from_words(key, text)
    assert converted == value
    assert type(converted) is type(value)
    assert json.loads(json.dumps(converted)) == value


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("nope", "1", "unknown key 'nope'"),
        ("rlimits", "1", "unknown key 'rlimits'"),
        ("stdout_stream", "x", "unknown key 'stdout_stream'"),
        ("numprocesses", "x", "cannot set numprocesses: found 'x', expected a whole number"),
        ("send_hup", "maybe", "cannot set send_hup: found 'maybe', expected yes or no"),
        ("env", "A", "cannot set env: found 'A', expected variables such as A=1,B=2"),
        ("hooks", "foo:a", "cannot set hooks: found 'foo:a', expected hooks such as"),
        ("hooks.foo", "a.b", "cannot set hooks.foo: found 'a.b', expected a dotted path"),
        ("stdout_stream.max_bytes", "x", "cannot set stdout_stream.max_bytes: found 'x', expected"),
    ],
)
def test_words_that_do_not_fit_are_refused(key, text, message):
    with pytest.raises(ArgumentError) as refusal:
        from_words(key, text)
    assert str(refusal.value).startswith(message)


FILE = StreamSpec("FileStream", {"filename": "x"})
MINE = StreamSpec("my.Stream", {"filename": "x"})


@pytest.mark.parametrize(
    ("before", "changes", "after", "live"),
    [
        ({}, {"numprocesses": 3}, {"numprocesses": 3}, Live.AT_ONCE),
        ({}, {"numprocesses": -3}, {"numprocesses": 0}, Live.AT_ONCE),
        ({}, {"warmup_delay": 1, "cmd": "x"}, {"warmup_delay": 1.0, "cmd": "x"}, Live.RESPAWN),
        ({"env": {"A": "1"}}, {"env": {"B": "2"}}, {"env": {"B": "2"}}, Live.RESPAWN),
        ({"working_dir": "/a"}, {"working_dir": None}, {"working_dir": None}, Live.RESPAWN),
        (
            {"rlimits": {"core": 1}},
            {"rlimit_NOFILE": 5},
            {"rlimits": {"core": 1, "nofile": 5}},
            Live.RESPAWN,
        ),
        (
            {"hooks": {"after_stop": HookSpec("a.b")}},
            {"hooks.before_start": "c.d, yes"},
            {"hooks": {"after_stop": HookSpec("a.b"), "before_start": HookSpec("c.d", True)}},
            Live.AT_ONCE,
        ),
        (
            {"hooks": {"after_stop": HookSpec("a.b")}},
            {"hooks": {"before_start": "c.d"}},
            {"hooks": {"after_stop": HookSpec("a.b"), "before_start": HookSpec("c.d")}},
            Live.AT_ONCE,
        ),
        (
            {"stdout_stream": MINE},
            {"stdout_stream.filename": "y"},
            {"stdout_stream": StreamSpec("my.Stream", {"filename": "y"})},
            Live.AT_ONCE,
        ),
        (
            {"stdout_stream": FILE},
            {"stdout_stream": {"class": "StdoutStream"}},
            {"stdout_stream": StreamSpec("StdoutStream")},
            Live.AT_ONCE,
        ),
        ({}, {"stdout_stream.filename": "x"}, {"stdout_stream": FILE}, Live.RESPAWN),
        (
            {},
            {"stderr_stream.class": "StdoutStream"},
            {"stderr_stream": StreamSpec("StdoutStream")},
            Live.RESPAWN,
        ),
        ({}, {"respawn": False}, {"respawn": False, "restart": "never"}, Live.AT_ONCE),
        (
            {"respawn": False, "restart": "never"},
            {"restart": "on-failure"},
            {"respawn": True, "restart": "on-failure"},
            Live.AT_ONCE,
        ),
        (
            {"restart": "on-failure"},
            {"respawn": True, "healthy_after": 5},
            {"restart": "on-failure", "healthy_after": 5.0},
            Live.AT_ONCE,
        ),
        ({"freeform": {"x": "1"}}, {"x": 2}, {"freeform": {"x": 2}}, Live.AT_ONCE),
        (
            {"singleton": True},
            {"singleton": False, "numprocesses": 2},
            {"singleton": False, "numprocesses": 2},
            Live.AT_ONCE,
        ),
    ],
)
def test_options_are_changed_and_the_strongest_effect_is_told(before, changes, after, live):
    assert changed(build_from(before), changes) == (build_from({**before, **after}), live)


def build_from(fields):
    return WatcherSpec("w", **{"cmd": "sleep 1", **fields})


@pytest.mark.parametrize(
    ("before", "changes", "message"),
    [
        ({}, {"numprocesses": 2, "nope": 1}, "unknown key 'nope'"),
        ({}, {"rlimit_nope": 1}, "'rlimit_nope' isn't a valid rlimit setting"),
        ({}, {"uid": None, "shell": []}, "'shell' isn't a valid boolean"),
        ({}, {"retry_in": 1}, "unknown key 'retry_in'"),
        ({}, {"cmd": 'foo "'}, "cannot split 'foo \"' into words: no closing quotation"),
        ({}, {"copy_path": True}, "copy_env and copy_path must have the same value"),
        (
            {"numprocesses": 2},
            {"singleton": True},
            "Cannot have 2 processes with a singleton  watcher",
        ),
        (
            {},
            {"restart": "never", "respawn": True},
            "cannot be never together with respawn = True: they are opposites",
        ),
        (
            {},
            {"fatal_exit_codes": [0]},
            "cannot hold 0, which success_exit_codes holds as well",
        ),
        (
            {},
            {"backoff": 0},
            "'backoff' isn't a range such as 1s..60s (units ms s m h), not below 0.1 s",
        ),
        ({}, {"stdout_stream.foo": 1}, "stream configuration invalid"),
        ({}, {"virtualenv": "/x"}, "copy_env must be True to to use virtualenv"),
        ({}, {"nice": 20}, "'nice' isn't a whole number from -20 to 19"),
        (
            {},
            {"on_demand": True},
            "cannot set 'on_demand' while circusd runs: change it in the file, then reloadconfig",
        ),
    ],
)
def test_a_change_that_cannot_be_is_refused_as_a_whole(before, changes, message):
    with pytest.raises(MessageError) as refusal:
        changed(build_from(before), changes)
    if "retry_in" not in changes:
        assert str(refusal.value) == message
    else:
        assert str(refusal.value).startswith("cannot set 'retry_in': the option has no effect")


def test_a_singleton_refuses_a_second_process_in_the_words_of_circus():
    with pytest.raises(CircusError) as refusal:
        changed(build_from({"singleton": True}), {"numprocesses": 2})
    assert str(refusal.value) == "Singleton watcher has a single process"
    assert refusal.value.errno == 5


def test_auto_is_resolved_with_the_number_of_cpus():
    assert watcher_spec("w", "sleep 1", 6, numprocesses="auto").numprocesses == 6
    spec, live = changed(build_from({}), {"numprocesses": "auto*2"}, 6)
    assert (spec.numprocesses, live) == (12, Live.AT_ONCE)
