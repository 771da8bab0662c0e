from __future__ import annotations

import json
import math
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circus.spec.policy import (
    MOST,
    RESTARTS,
    SHORTEST,
    Auto,
    Backoff,
    Codes,
    Count,
    counted,
    paired,
)
from circus.spec.values import Choice
from tests.helpers.refusal import refused

PARSED = [
    (Count(), "4", 4),
    (Count(), "auto", Auto()),
    (Count(), " AUTO * 3 ", Auto(3)),
    (Choice(RESTARTS), " On-Failure ", "on-failure"),
    (Codes(), "", ()),
    (Codes(), "0", (0,)),
    (Codes(), "75, 0 SIGTERM,term 0", (-15, 0, 75)),
    (Codes(), "-9", (-9,)),
    (Codes(), "RTMIN+1", (-signal.SIGRTMIN - 1,)),
    (Backoff(), "1s..60s", (1.0, 60.0)),
    (Backoff(), "0.5 .. 2", (0.5, 2.0)),
    (Backoff(), "250ms..1.5m", (0.25, 90.0)),
    (Backoff(), "5s", (5.0, 5.0)),
    (Backoff(), "1m..1h", (60.0, 3600.0)),
]


@pytest.mark.parametrize(("kind", "text", "value"), PARSED)
def test_a_text_is_read(kind, text, value):
    assert kind.parse(text) == value
    assert kind.accept("key", text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Count(), "auto*0"),
        (Count(), "auto*"),
        (Count(), "auto*-1"),
        (Count(), "auto*1.5"),
        (Count(), "automatic"),
        (Count(), "-1"),
        (Count(), str(MOST + 1)),
        (Choice(RESTARTS), "sometimes"),
        (Codes(), "256"),
        (Codes(), "-0"),
        (Codes(), "--9"),
        (Codes(), "-99"),
        (Codes(), "SIGNOPE"),
        (Codes(), "0..3"),
        (Backoff(), ""),
        (Backoff(), "1s.."),
        (Backoff(), "..60s"),
        (Backoff(), "60s..1s"),
        (Backoff(), "0s..60s"),
        (Backoff(), f"{SHORTEST / 2}"),
        (Backoff(), "1s..inf"),
        (Backoff(), "1 week"),
    ],
)
def test_a_text_that_is_no_such_value_is_refused(kind, text):
    refused(kind.parse, text)
    refused(kind.accept, "key", text)


@pytest.mark.parametrize(
    ("kind", "value", "taken"),
    [
        (Count(), 3, 3),
        (Count(), -3, 0),
        (Count(), "auto*2", Auto(2)),
        (Count(), Auto(2), Auto(2)),
        (Choice(RESTARTS), "Never", "never"),
        (Codes(), 75, (75,)),
        (Codes(), [75, "SIGTERM", -9, 75], (-15, -9, 75)),
        (Codes(), "75 TERM", (-15, 75)),
        (Codes(), [], ()),
        (Backoff(), "2s..9s", (2.0, 9.0)),
        (Backoff(), [2, 9.5], (2.0, 9.5)),
        (Backoff(), (2.0, 9.0), (2.0, 9.0)),
        (Backoff(), 5, (5.0, 5.0)),
    ],
)
def test_a_value_of_json_is_taken(kind, value, taken):
    assert kind.check("key", value) == taken


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Count(), "4"),
        (Count(), 1.5),
        (Count(), True),
        (Count(), None),
        (Count(), 10**400),
        (Choice(RESTARTS), "sometimes"),
        (Choice(RESTARTS), False),
        (Codes(), True),
        (Codes(), [1.5]),
        (Codes(), [None]),
        (Codes(), {"a": 1}),
        (Codes(), 300),
        (Backoff(), True),
        (Backoff(), None),
        (Backoff(), [1]),
        (Backoff(), [1, 2, 3]),
        (Backoff(), ["1s", "2s"]),
        (Backoff(), [9, 2]),
        (Backoff(), [1, math.inf]),
        (Backoff(), [1, math.nan]),
        (Backoff(), [1, 10**400]),
    ],
)
def test_a_value_of_json_that_fits_not_is_refused_with_the_key(kind, value):
    assert "'key' isn't" in refused(kind.check, "key", value)


@pytest.mark.parametrize(
    ("kind", "text"), [(Codes(), "SIGTERM 0 75"), (Codes(), ""), (Backoff(), "0.25s..60s")]
)
def test_what_is_shown_is_the_text_that_reads_the_same(kind, text):
    value = kind.parse(text)
    assert kind.show(value) == kind.plain(value) == text
    assert kind.parse(kind.show(value)) == value


@given(st.lists(st.integers(0, 255) | st.sampled_from([-1, -9, -15, -34])))
def test_codes_travel_as_text_and_as_json(codes):
    value = Codes().check("key", codes)
    assert value == tuple(sorted(set(codes)))
    assert Codes().parse(Codes().show(value)) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [(Count(), "auto*2"), (Count(), "3"), (Codes(), "0 TERM"), (Backoff(), "1s..2m")],
)
def test_a_word_of_the_command_line_travels_as_json(kind, text):
    sent = json.loads(json.dumps(kind.as_json(text)))
    assert kind.check("key", sent) == kind.parse(text)


@pytest.mark.parametrize(
    ("value", "number"), [(Auto(), 6), (Auto(3), 18), (5, 5), ("auto", "auto"), (None, None)]
)
def test_auto_is_as_many_as_there_are_cpus(value, number):
    assert counted(value, 6) == number


@pytest.mark.parametrize(
    ("given", "before", "both"),
    [
        ({"respawn": False}, "always", {"respawn": False, "restart": "never"}),
        ({"respawn": False}, "on-failure", {"respawn": False, "restart": "never"}),
        ({"respawn": True}, "never", {"respawn": True, "restart": "always"}),
        ({"respawn": True}, "on-failure", {"respawn": True, "restart": "on-failure"}),
        ({"restart": "never"}, "always", {"restart": "never", "respawn": False}),
        ({"restart": "on-failure"}, "never", {"restart": "on-failure", "respawn": True}),
        ({"respawn": True, "restart": "never"}, "always", {"respawn": True, "restart": "never"}),
        ({"cmd": "x"}, "never", {"cmd": "x"}),
    ],
)
def test_respawn_and_restart_say_the_same_unless_both_are_given(given, before, both):
    assert paired(given, before) == both
