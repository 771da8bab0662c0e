from __future__ import annotations

import contextlib
import pathlib
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circus.spec import values
from circus.spec.values import boolean, signal_number
from tests.helpers.refusal import refused


@pytest.mark.parametrize("text", ["yes", "true", "on", "1", " Yes ", "TRUE"])
def test_words_of_assent_are_true(text):
    assert boolean(text) is True


@pytest.mark.parametrize("text", ["no", "false", "off", "0", "No ", "OFF"])
def test_words_of_refusal_are_false(text):
    assert boolean(text) is False


@pytest.mark.parametrize("text", ["", "2", "maybe", "y", "None"])
def test_any_other_word_is_not_a_boolean(text):
    assert refused(boolean, text) == f"{text!r} is not a boolean"


@pytest.mark.parametrize(
    ("form", "number"),
    [
        (15, 15),
        ("15", 15),
        (" 15 ", 15),
        ("TERM", 15),
        ("sigterm", 15),
        ("SigTerm", 15),
        ("int", 2),
        ("RTMIN+1", signal.SIGRTMIN + 1),
        ("sigrtmin+1", signal.SIGRTMIN + 1),
        (signal.SIGHUP, 1),
        ("IOT", 6),
        (0, 0),
    ],
)
def test_a_signal_is_known_in_all_its_forms(form, number):
    assert signal_number(form) == number


@pytest.mark.parametrize(
    "form", ["foo", "", "SIG", "200", -1, 65, True, 1.5, None, "TERM+", "RTMAX+1"]
)
def test_what_names_no_signal_is_refused(form):
    assert refused(signal_number, form) == f"{form!r} is not a signal"


PARSED = [
    (values.Text(), "a b", "a b"),
    (values.Text(), "", ""),
    (values.Text(optional=True), "", None),
    (values.Address(), "ipc:///run/x.sock", "ipc:///run/x.sock"),
    (values.Address(), "tcp://[::1]:5555", "tcp://[::1]:5555"),
    (values.Address(), "tcp://*:*", "tcp://*:*"),
    (values.Flag(), "On", True),
    (values.Whole(), " 4 ", 4),
    (values.Whole(), "-4", -4),
    (values.Whole(0, 65535), "65535", 65535),
    (values.Seconds(), "4", 4.0),
    (values.Seconds(), "0.25", 0.25),
    (values.Seconds(None), "-1", -1.0),
    (values.Mode(), "022", 0o22),
    (values.Mode(), "0o77", 0o77),
    (values.SignalName(), "int", 2),
    (values.Account(), "www-data", "www-data"),
    (values.Account(), "0", 0),
    (values.Account(), "", None),
    (values.Choice(("AF_INET", "AF_UNIX")), "af_unix", "AF_UNIX"),
    (values.Choice(("tree", "process")), " Tree ", "tree"),
    (values.Choice(("AF_INET", "AF_UNIX"), prefix="AF_"), "unix", "AF_UNIX"),
    (values.Choice(("AF_INET", "AF_UNIX"), prefix="AF_"), "AF_INET", "AF_INET"),
    (values.Words(), "a  b\nc", ("a", "b", "c")),
]


@pytest.mark.parametrize(("kind", "text", "value"), PARSED)
def test_a_text_is_parsed(kind, text, value):
    parsed = kind.parse(text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (values.Address(), "5555", "an address such as"),
        (values.Address(), "tcp://127.0.0.1", "an address such as"),
        (values.Address(), "tcp://127.0.0.1:80:80", "an address such as"),
        (values.Flag(), "", "yes or no (yes true on 1 / no false off 0)"),
        (values.Whole(), "four", "a whole number"),
        (values.Whole(), "0.5", "a whole number"),
        (values.Whole(0), "-1", "a whole number of at least 0"),
        (values.Whole(0, 65535), "65536", "a whole number from 0 to 65535"),
        (values.Seconds(), "-1", "a number of seconds, at least 0"),
        (values.Seconds(), "nan", "a number of seconds"),
        (values.Seconds(), "inf", "a number of seconds"),
        (values.Seconds(None), "soon", "a number of seconds"),
        (values.Mode(), "089", "an octal number such as 022"),
        (values.Mode(), "-1", "an octal number"),
        (values.SignalName(), "0", "a signal such as TERM, SIGTERM or 15"),
        (values.SignalName(), "NOPE", "a signal"),
        (values.Choice(("A", "B")), "C", "one of A B"),
        (values.Choice(("AF_A",), prefix="AF_"), "AF_AF_A", "one of AF_A"),
    ],
)
def test_a_text_that_does_not_fit_is_refused_and_the_kind_says_what_does(kind, text, expected):
    refused(kind.parse, text)
    assert kind.expects.startswith(expected)


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (values.Text(), 5, "'k' isn't a string"),
        (values.Text(), None, "'k' isn't a string"),
        (values.Address(), 5, "'k' isn't a string"),
        (values.Flag(), 1, "'k' isn't a valid boolean"),
        (values.Flag(), "yes", "'k' isn't a valid boolean"),
        (values.Whole(), "4", "'k' isn't an integer"),
        (values.Whole(), 4.0, "'k' isn't an integer"),
        (values.Whole(), True, "'k' isn't an integer"),
        (values.Whole(0), -1, "'k' isn't a whole number of at least 0"),
        (values.Seconds(), "4", "'k' isn't a number"),
        (values.Seconds(), True, "'k' isn't a number"),
        (values.Seconds(), float("nan"), "'k' isn't a number of seconds, at least 0"),
        (values.Seconds(), 10**400, "'k' isn't a number of seconds, at least 0"),
        (values.SignalName(), "TERM", "'k' isn't an integer"),
        (values.SignalName(), 0, "'k' isn't a signal such as TERM, SIGTERM or 15"),
        (values.Account(), None, "'k' isn't an integer or string"),
        (values.Account(), 1.5, "'k' isn't an integer or string"),
        (values.Account(), -1, "'k' isn't an integer or string"),
        (values.Mode(), "089", "'k': found '089', expected an octal number such as 022"),
        (values.Choice(("A",)), "B", "'k' isn't one of A"),
        (values.Choice(("A",)), 1, "'k' isn't one of A"),
        (values.Words(), "a b", "'k' isn't a list of strings"),
    ],
)
def test_a_json_value_of_another_type_is_refused(kind, value, message):
    assert refused(kind.check, "k", value) == message


@pytest.mark.parametrize(
    ("kind", "value", "taken"),
    [
        (values.Text(optional=True), None, None),
        (values.Whole(), 4, 4),
        (values.Whole(0, floored=True), -3, 0),
        (values.Seconds(), 4, 4.0),
        (values.SignalName(), 9, 9),
        (values.Account(), 0, 0),
        (values.Account(), "root", "root"),
        (values.Words(), ["a", "b"], ("a", "b")),
    ],
)
def test_a_json_value_of_its_type_is_taken(kind, value, taken):
    assert kind.check("k", value) == taken


@pytest.mark.parametrize(
    ("kind", "value", "taken"),
    [
        (values.Whole(), "4", 4),
        (values.Whole(), 4.0, 4),
        (values.Flag(), 1, True),
        (values.Flag(), "no", False),
        (values.Seconds(), "0.5", 0.5),
        (values.SignalName(), "int", 2),
        (values.SignalName(), signal.SIGINT, 2),
        (values.Text(), pathlib.Path("/a/b"), "/a/b"),
        (values.Mode(), "022", 0o22),
    ],
)
def test_a_python_program_may_give_a_value_or_its_text(kind, value, taken):
    assert kind.accept("k", value) == taken


def test_a_text_from_python_that_does_not_fit_is_named_with_its_key():
    message = "'k': found 'x', expected a whole number"
    assert refused(values.Whole().accept, "k", "x") == message


@pytest.mark.parametrize("value", [[], {}, None, 2])
def test_no_flag_is_made_of_anything_but_yes_and_no(value):
    assert refused(values.Flag().accept, "k", value) == "'k' isn't a valid boolean"


def test_an_account_stays_text_on_its_way_to_the_wire():
    assert values.Account().as_json("1000") == "1000"


@given(st.sampled_from(sorted(set(values.SIGNALS.values()) | set(range(1, signal.NSIG)))))
def test_every_signal_is_shown_as_a_text_that_means_it(number):
    kind = values.SignalName()
    assert kind.parse(kind.show(number)) == number


@given(st.booleans(), st.integers(), st.floats(0, 1e300), st.integers(0, 0o7777))
def test_what_is_shown_parses_to_the_same_value(flag, whole, seconds, mode):
    for kind, value in [
        (values.Flag(), flag),
        (values.Whole(), whole),
        (values.Seconds(), seconds),
        (values.Mode(), mode),
    ]:
        assert kind.parse(kind.show(value)) == value


@given(st.sampled_from([kind for kind, _, _ in PARSED]), st.text())
def test_no_text_makes_a_kind_raise_anything_but_a_value_error(kind, text):
    with contextlib.suppress(ValueError):
        kind.parse(text)
