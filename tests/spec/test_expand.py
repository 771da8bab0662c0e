from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circus.spec.expand import (
    environment_lookup,
    expand_dollars,
    expand_env,
    flat,
    replace_gnu_args,
    substitute,
    variables,
)


@pytest.mark.parametrize(
    ("data", "options", "expected"),
    [
        ("$(circus.wid)", {"wid": 3}, "3"),
        ("((circus.wid))", {"wid": 3}, "3"),
        ("$(CIRCUS.Wid) ((Circus.WID))", {"wid": 3}, "3 3"),
        ("a$(circus.env.foo)b", {"env": {"FOO": "x"}}, "axb"),
        ("$(circus.env.x)", {"env": {"X": 1, "x": 2}}, "2"),
        ("$(circus.sockets.my-web.one)", {"sockets": {"my-web.one": 7}}, "7"),
        ("$(circus.y)", {"y": None}, "None"),
        ("$(circus.y)", {"y": [1, 2]}, "[1, 2]"),
        ("$(circus.env)", {"env": {"a": 1}}, "$(circus.env)"),
        ("$(circus.unknown) ((circus.unknown))", {}, "$(circus.unknown) ((circus.unknown))"),
        ("${circus.wid} $(wid) $circus.wid", {"wid": 3}, "${circus.wid} $(wid) $circus.wid"),
        ("$(circus.a b)", {"a b": 1}, "$(circus.a b)"),
        ("$(p.x) $(circus.x)", {"prefix": "p", "x": 1}, "1 $(circus.x)"),
        ("$(x) $(e.a)", {"prefix": None, "x": 1, "e": {"a": 3}}, "1 3"),
        ("$(a.b.x)", {"prefix": "a.b", "x": 1}, "1"),
        ("$(axb.x)", {"prefix": "a.b", "x": 1}, "$(axb.x)"),
    ],
)
def test_variables_are_replaced_in_both_forms_and_any_case(data, options, expected):
    assert replace_gnu_args(data, **options) == expected


def test_a_value_is_not_looked_at_again():
    env = {"A": "$(circus.env.B)", "B": "x"}
    assert substitute("$(circus.env.A)", environment_lookup(env)) == "$(circus.env.B)"


def test_an_earlier_environment_wins_and_so_does_the_very_case():
    lookup = environment_lookup({"Foo": "near"}, {"foo": "far", "FOO": "FAR"})
    assert lookup("env.Foo") == "near"
    assert lookup("env.foo") == "far"
    assert lookup("ENV.fOO") == "near"
    assert lookup("env.bar") is None
    assert lookup("wid") is None


def test_the_variables_of_a_text_are_named():
    text = "a $(circus.env.FOO) ((circus.wid)) $(circus.wid) $HOME"
    assert list(variables(text)) == ["env.foo", "wid", "wid"]


def test_a_mapping_gives_one_variable_for_each_item():
    assert flat({"Env": {"A": 1}, "Wid": 2}) == {"env.a": "1", "wid": "2"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("$HOME/bin", "/root/bin"),
        (" $HOME ", "/root"),
        ("${HOME} $home $_X", "${HOME} $home $_X"),
        ("a$NOPE1b", "ab"),
        ("$HOME$HOME", "/root/root"),
        ("5$", "5$"),
    ],
)
def test_dollar_names_in_capitals_are_expanded(value, expected):
    assert expand_dollars(value, {"HOME": "/root"}) == expected


def test_a_copy_of_our_own_environment_is_not_expanded_again():
    environ = {"HOME": "/root", "PS1": "$HOME> "}
    env = {"PS1": "$HOME> ", " A ": "$HOME"}
    assert expand_env(env, environ) == {"PS1": "$HOME> ", "A": "/root"}


@given(st.text())
def test_a_text_stays_as_it_is_when_nothing_is_known(text):
    assert substitute(text, lambda _: None) == text
