from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circus.spec import tables
from circus.spec.model import HookSpec, StreamSpec
from circus.spec.tables import stream_conf, stream_spec
from tests.helpers.refusal import refused


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (tables.Argv(), "a 'b c'", "a 'b c'"),
        (tables.Argv(optional=True), "", None),
        (tables.EnvTable(), "A=1,B=2", {"A": "1", "B": "2"}),
        (tables.EnvTable(), " A = 1 , B= x=y", {"A": "1", "B": "x=y"}),
        (tables.EnvTable(), "", {}),
        (tables.EnvTable(), "A=", {"A": ""}),
        (tables.Limit(), "500", 500),
        (tables.Limit(), "", None),
        (tables.Limit(), "-1", None),
        (tables.Limit(), "Unlimited", None),
        (tables.Hook(), "a.b.c", HookSpec("a.b.c")),
        (tables.Hook(), "a.b:c, True", HookSpec("a.b:c", ignore=True)),
        (tables.Hook(), "a.b,off", HookSpec("a.b")),
        (
            tables.HookTable(),
            "before_start:a.b,after_stop:c.d",
            {"before_start": HookSpec("a.b"), "after_stop": HookSpec("c.d")},
        ),
    ],
)
def test_a_text_is_parsed(kind, text, value):
    assert kind.parse(text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (tables.EnvTable(), "A"),
        (tables.EnvTable(), "=1"),
        (tables.EnvTable(), "A=1,,B=2"),
        (tables.Limit(), "many"),
        (tables.Limit(), "-2"),
        (tables.Hook(), ""),
        (tables.Hook(), ", true"),
        (tables.Hook(), "a b"),
        (tables.Hook(), "a.b, perhaps"),
        (tables.HookTable(), "nope:a.b"),
        (tables.HookTable(), "before_start"),
        (tables.Stream(), "FileStream"),
    ],
)
def test_a_text_that_does_not_fit_is_refused(kind, text):
    refused(kind.parse, text)


@pytest.mark.parametrize(
    ("kind", "key", "value", "message"),
    [
        (tables.Argv(), "args", 5, "'args' isn't a string or a list"),
        (tables.Argv(), "args", [None], "'args' isn't a string or a list"),
        (tables.EnvTable(), "env", 1, "'env' isn't a valid object"),
        (tables.EnvTable(), "env", {"A": 1}, "'A' isn't a string"),
        (tables.Limit(), "rlimit_core", "x", "'x' rlimit value isn't a valid int"),
        (tables.Limit(), "rlimit_core", 1.5, "1.5 rlimit value isn't a valid int"),
        (tables.LimitTable(), "rlimits", 5, "'rlimits' isn't a valid object"),
        (tables.LimitTable(), "rlimits", {"no": 1}, "'no' isn't a valid rlimit setting"),
        (tables.Hook(), "hooks.x", 5, "'hooks.x' isn't a valid hook"),
        (tables.HookTable(), "hooks", 1, "1 isn't a valid hook dict"),
        (tables.HookTable(), "hooks", {"foo": "a.b"}, "Unknown hook 'foo'"),
        (tables.Stream(), "stdout_stream", 1, "'stdout_stream' isn't a valid object"),
        (tables.Stream(), "stdout_stream", {}, "'stdout_stream' must have a 'class' key"),
    ],
)
def test_a_json_value_of_another_shape_is_refused(kind, key, value, message):
    assert refused(kind.check, key, value) == message


def function(**kwargs):
    return bool(kwargs)


@pytest.mark.parametrize(
    ("kind", "value", "taken"),
    [
        (tables.Argv(), ["-p", 80], ("-p", "80")),
        (tables.EnvTable(), {"A": "1"}, {"A": "1"}),
        (tables.Limit(), None, None),
        (tables.Limit(), -1, None),
        (tables.LimitTable(), {"RLIMIT_CORE": 1, "nofile": "5"}, {"core": 1, "nofile": 5}),
        (tables.Hook(), ["a.b", True], HookSpec("a.b", ignore=True)),
        (tables.Hook(), "a.b, yes", HookSpec("a.b", ignore=True)),
        (tables.HookTable(), {"after_stop": ["a.b", False]}, {"after_stop": HookSpec("a.b")}),
        (tables.Stream(), {"class": "a.B", "x": 1}, StreamSpec("a.B", {"x": 1})),
    ],
)
def test_a_json_value_of_its_shape_is_taken(kind, value, taken):
    assert kind.check("k", value) == taken


@pytest.mark.parametrize(
    ("kind", "value", "taken"),
    [
        (tables.EnvTable(), {"A": 1}, {"A": "1"}),
        (tables.Hook(), function, HookSpec(function)),
        (tables.Hook(), (function, 1), HookSpec(function, ignore=True)),
        (tables.HookTable(), {"own": "a.b"}, {"own": HookSpec("a.b")}),
        (tables.Stream(), {"filename": "x"}, StreamSpec("FileStream", {"filename": "x"})),
        (tables.Stream(), {}, None),
    ],
)
def test_a_python_program_may_use_the_wider_shapes(kind, value, taken):
    assert kind.accept("k", value) == taken


def test_a_finished_stream_object_is_kept_as_it_is():
    ready = object()
    stream = stream_spec({"stream": ready})
    assert stream.ready is ready
    assert stream_conf(stream) == {"stream": ready}


def test_a_stream_without_a_class_or_a_file_is_refused():
    assert refused(stream_spec, {"foo": 1}) == "stream configuration invalid"


def test_one_of_our_streams_is_not_given_what_it_does_not_know():
    conf = {"class": "circus.stream.FileStream", "filename": "x", "foo": "1", "refresh_time": "1"}
    assert stream_spec(conf).options == {"filename": "x"}
    assert stream_spec({"class": "StdoutStream", "filename": "x"}).options == {}


def test_somebody_elses_stream_is_given_everything():
    assert stream_spec({"class": "my.Stream", "foo": "1"}).options == {"foo": "1"}


def test_the_refresh_time_of_a_stream_is_warned_about():
    message = "'refresh_time' is deprecated and not useful anymore for 'stdout_stream'"
    with pytest.warns(UserWarning, match=message):
        tables.Stream().check("stdout_stream", {"class": "FileStream", "refresh_time": 1})


def test_hooks_travel_over_the_wire_as_text():
    assert tables.Hook().as_json("a.b,true") == "a.b,true"
    assert tables.HookTable().as_json("after_stop:a.b") == {"after_stop": "a.b"}


@given(st.lists(st.text(min_size=1)))
def test_words_are_shown_as_a_text_that_splits_into_them(words):
    assert shlex.split(tables.Argv().show(tuple(words))) == words


NAMES = st.text("abcXYZ_09", min_size=1)


@given(st.dictionaries(NAMES, st.text("a=b$ {}", max_size=5).map(str.strip)))
def test_an_environment_is_shown_as_a_text_that_parses_to_it(env):
    kind = tables.EnvTable()
    assert kind.parse(kind.show(env)) == env


@given(NAMES, st.booleans())
def test_a_hook_is_shown_as_a_text_that_parses_to_it(path, ignore):
    kind = tables.Hook()
    assert kind.parse(kind.show(HookSpec(path, ignore))) == HookSpec(path, ignore)


def test_every_table_can_be_shown():
    assert tables.HookTable().show({"after_stop": HookSpec("a.b")}) == "after_stop:a.b"
    assert tables.Stream().show(StreamSpec("A", {"x": 1})) == "class=A x=1"
    assert tables.Limit().show(None) == ""
