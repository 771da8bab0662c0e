from __future__ import annotations

import signal

import pytest

from circus.commands import kinds
from circus.exc import ArgumentError, MessageError

GOOD = [
    (kinds.NAME, "a b", "a b"),
    (kinds.NEW_NAME, "a", "a"),
    (kinds.PID, 5, 5),
    (kinds.PID, "5", 5),
    (kinds.GIVEN_PID, "5", "5"),
    (kinds.COUNT, -3, -3),
    (kinds.SECONDS, 2, 2.0),
    (kinds.SECONDS, "2.5", 2.5),
    (kinds.FLAG, True, True),
    (kinds.FLAG, 0, False),
    (kinds.FLAG, None, False),
    (kinds.SIGNAL, "hup", signal.SIGHUP),
    (kinds.SIGNAL, "SIGHUP", signal.SIGHUP),
    (kinds.SIGNAL, 9, 9),
    (kinds.MATCH, "regex", "regex"),
    (kinds.KEYS, ["a", "b"], ["a", "b"]),
    (kinds.WORDS, "a b", "a b"),
    (kinds.WORDS, ["a", 1], ["a", "1"]),
]


@pytest.mark.parametrize(("kind", "value", "meant"), GOOD)
def test_a_value_that_fits_is_taken(kind, value, meant):
    taken = kind.check("p", value)
    assert taken == meant
    assert type(taken) is type(meant) or isinstance(meant, signal.Signals)


BAD = [
    (kinds.NAME, 5, "'p' isn't a string"),
    (kinds.NEW_NAME, " ", "'p' is empty"),
    (kinds.NEW_NAME, 5, "'p' isn't a string"),
    (kinds.PID, "x", "'p' isn't an integer"),
    (kinds.PID, True, "'p' isn't an integer"),
    (kinds.PID, 1.0, "'p' isn't an integer"),
    (kinds.COUNT, -(2**31), "'p' isn't an integer of a size that any machine has"),
    (kinds.SECONDS, "x", "'p' isn't a number"),
    (kinds.SECONDS, True, "'p' isn't a number"),
    (kinds.SECONDS, -1, "'p' isn't a number"),
    (kinds.SECONDS, float("nan"), "'p' isn't a number"),
    (kinds.SECONDS, 10**400, "'p' isn't a number"),
    (kinds.FLAG, "no", "'p' isn't a valid boolean"),
    (kinds.FLAG, [], "'p' isn't a valid boolean"),
    (kinds.SIGNAL, "foo", "signal invalid"),
    (kinds.SIGNAL, None, "signal invalid"),
    (kinds.MATCH, "x", "unknown match method x"),
    (kinds.MATCH, [], "unknown match method []"),
    (kinds.KEYS, "ab", "'p' isn't a list of strings"),
    (kinds.KEYS, [1], "'p' isn't a list of strings"),
    (kinds.WORDS, 5, "'p' isn't a string or a list of strings"),
    (kinds.WORDS, [[]], "'p' isn't a string or a list of strings"),
]


@pytest.mark.parametrize(("kind", "value", "message"), BAD)
def test_a_value_that_does_not_fit_is_told_with_its_property(kind, value, message):
    with pytest.raises(MessageError) as caught:
        kind.check("p", value)
    assert str(caught.value) == message


def test_words_become_the_json_that_is_sent():
    assert kinds.PID.read("12") == 12
    assert kinds.SECONDS.read("1.5") == 1.5
    assert kinds.NAME.read("12") == "12"
    assert kinds.SIGNAL.read("hup") == "hup"
    assert kinds.COMMAND_LINE.read_all(["a", "b c"]) == "a b c"
    assert kinds.KEYS.read_all(["a", "b c"]) == ["a", "b c"]


@pytest.mark.parametrize(
    ("kind", "word"), [(kinds.PID, "x"), (kinds.PID, "1.5"), (kinds.SECONDS, "-1")]
)
def test_a_word_that_does_not_fit_is_told(kind, word):
    with pytest.raises(ArgumentError, match=f"cannot read '{word}': it isn't"):
        kind.read(word)


class Known:
    def watchers(self):
        return ["web", "db"]

    def pids(self, name):
        return [f"pid of {name}"]

    def options(self, name):
        return [f"option of {name}"]


COMPLETED = [
    (kinds.NAME, {}, {"web", "db"}),
    (kinds.PATTERN, {}, {"web", "db"}),
    (kinds.NEW_NAME, {}, set()),
    (kinds.PID, {"name": ["web"]}, {"pid of web"}),
    (kinds.GIVEN_PID, {"name": ["web"]}, {"pid of web"}),
    (kinds.KEYS, {"name": ["web"]}, {"option of web"}),
    (kinds.MATCH, {}, {"glob", "simple", "regex"}),
    (kinds.SECONDS, {}, set()),
]


@pytest.mark.parametrize(("kind", "said", "words"), COMPLETED)
def test_a_kind_completes_itself(kind, said, words):
    assert set(kind.complete(Known(), said)) == words


def test_signals_are_completed_by_their_names():
    assert {"HUP", "TERM", "USR1"} <= set(kinds.SIGNAL.complete(Known(), {}))
