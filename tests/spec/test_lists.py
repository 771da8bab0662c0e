from __future__ import annotations

import json

import pytest

from circus.spec.lists import Cpus, Groups, Handed, OrNothing, Signals, parted
from circus.spec.values import Mode, Whole
from tests.helpers.refusal import refused


def test_words_of_a_list_are_separated_by_commas_or_blanks():
    assert parted(" a, b\tc,,d\n") == ["a", "b", "c", "d"]
    assert parted("") == []


@pytest.mark.parametrize(
    ("kind", "text", "value", "shown", "plain"),
    [
        (Cpus(), "0-3,5", (0, 1, 2, 3, 5), "0-3,5", "0-3,5"),
        (Cpus(), "7 1, 1", (1, 7), "1,7", "1,7"),
        (Cpus(), "2,1,0", (0, 1, 2), "0-2", "0-2"),
        (Groups(), "adm, 27 video", ("adm", 27, "video"), "adm 27 video", ["adm", 27, "video"]),
        (Handed(), "Yes", True, "True", True),
        (Handed(), "off", False, "False", False),
        (Handed(), "Web, admin web", ("web", "admin"), "web admin", ["web", "admin"]),
        (Signals(), "hup, SIGUSR2 10", (1, 12, 10), "SIGHUP SIGUSR2 SIGUSR1", [1, 12, 10]),
        (Signals(), "None", (), "none", []),
        (OrNothing(Whole(-20, 19)), "-5", -5, "-5", -5),
        (OrNothing(Whole(-20, 19)), " ", None, "", None),
        (OrNothing(Mode()), "077", 0o77, "077", "077"),
        (OrNothing(Mode()), "", None, "", None),
        (OrNothing(Cpus()), "1", (1,), "1", "1"),
    ],
)
def test_a_value_travels_as_text_and_as_json(kind, text, value, shown, plain):
    assert kind.parse(text) == value
    assert kind.show(value) == shown
    assert kind.parse(shown) == value
    assert json.loads(json.dumps(kind.plain(value))) == plain
    assert kind.check("k", plain) == value
    said = json.loads(json.dumps(kind.as_json(text)))
    assert kind.check("k", said) == value
    assert kind.accept("k", text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Cpus(), ""),
        (Cpus(), "3-1"),
        (Cpus(), "a"),
        (Cpus(), "1-"),
        (Cpus(), "-1"),
        (Cpus(), "9999"),
        (Cpus(), "0-99999999999"),
        (Groups(), ""),
        (Groups(), "4294967295"),
        (Handed(), ""),
        (Signals(), "HUP TERM"),
        (Signals(), "0"),
        (Signals(), "TEA"),
        (OrNothing(Whole(-20, 19)), "20"),
        (OrNothing(Whole(-20, 19)), "low"),
    ],
)
def test_a_text_that_is_no_such_value_is_refused(kind, text):
    refused(kind.parse, text)


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (Cpus(), [], "'k' isn't CPUs such as 0-3,5"),
        (Cpus(), [True], "'k' isn't CPUs such as 0-3,5"),
        (Cpus(), [-1], "'k' isn't CPUs such as 0-3,5"),
        (Cpus(), 3, "'k' isn't CPUs such as 0-3,5"),
        (Cpus(), "3-1", "'k': found '3-1', expected CPUs such as 0-3,5"),
        (Groups(), 5, "'k' isn't a list of names and numbers"),
        (Groups(), ["a b"], "'k' isn't a list of names and numbers"),
        (Groups(), [""], "'k' isn't a list of names and numbers"),
        (Groups(), [None], "'k' isn't a list of names and numbers"),
        (Groups(), [True], "'k' isn't a list of names and numbers"),
        (Groups(), [-1], "'k': -1 is not the number of a group"),
        (Handed(), 1, "'k' isn't yes, no, or names of sockets separated by blanks or commas"),
        (Handed(), [""], "'k' isn't yes, no, or names of sockets separated by blanks or commas"),
        (OrNothing(Whole(-20, 19)), [], "'k' isn't an integer"),
        (OrNothing(Whole(-20, 19)), 20, "'k' isn't a whole number from -20 to 19"),
    ],
)
def test_json_that_is_no_such_value_is_refused(kind, value, message):
    assert refused(kind.check, "k", value) == message


def test_nothing_is_an_empty_text_or_null():
    kind = OrNothing(Whole(-20, 19))
    assert kind.check("k", None) is kind.check("k", "") is kind.accept("k", "") is None
    assert kind.accept("k", None) is None
    assert kind.accept("k", "5") == 5
    assert kind.as_json("") is None
    assert kind.expects == "a whole number from -20 to 19, or nothing"
