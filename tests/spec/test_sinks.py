from __future__ import annotations

import pytest

from circus.spec.sinks import JournalFields, Owner, SyslogAddress, place
from tests.helpers.refusal import refused


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Owner(), " web ", "web"),
        (Owner(), "web:adm", "web:adm"),
        (Owner(), ":adm", ":adm"),
        (Owner(), "33:4", "33:4"),
        (Owner(), "", None),
        (SyslogAddress(), " /dev/log ", "/dev/log"),
        (SyslogAddress(), "logs.example.org", "logs.example.org"),
        (SyslogAddress(), "10.0.0.1:514", "10.0.0.1:514"),
        (SyslogAddress(), "[::1]:514", "[::1]:514"),
        (SyslogAddress(), "[fe80::1]", "[fe80::1]"),
        (JournalFields(), "A=1, B_2 = x=y ,", {"A": "1", "B_2": "x=y"}),
        (JournalFields(), "", {}),
    ],
)
def test_a_text_becomes_a_value_that_is_shown_as_itself(kind, text, value):
    parsed = kind.parse(text)
    assert parsed == value
    assert kind.parse(kind.show(parsed)) == value
    assert kind.accept("k", value or "") == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Owner(), "a b"),
        (Owner(), "web:"),
        (Owner(), "a:b:c"),
        (SyslogAddress(), ""),
        (SyslogAddress(), "/"),
        (SyslogAddress(), "a b"),
        (SyslogAddress(), "host:port"),
        (SyslogAddress(), "host:65536"),
        (SyslogAddress(), "::1"),
        (JournalFields(), "A"),
        (JournalFields(), "a=1"),
        (JournalFields(), "_A=1"),
        (JournalFields(), f"{'A' * 65}=1"),
    ],
)
def test_a_text_that_does_not_fit_is_refused(kind, text):
    refused(kind.parse, text)
    assert kind.expects in refused(kind.accept, "k", text)


def test_numbers_may_own_a_file():
    assert Owner().check("owner", 33) == "33"


@pytest.mark.parametrize("kind", [Owner(), SyslogAddress(), JournalFields()])
@pytest.mark.parametrize("value", [None, -1, 1.5, True, ["a"]])
def test_a_value_of_another_shape_is_refused(kind, value):
    assert refused(kind.check, "k", value).startswith("'k' isn't")


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("/dev/log", ("/dev/log", None)),
        ("host", ("host", None)),
        ("host:5", ("host", 5)),
        ("[::1]:5", ("::1", 5)),
        ("[::1]", ("::1", None)),
    ],
)
def test_an_address_is_a_place_and_perhaps_a_port(address, found):
    assert place(address) == found


def test_fields_may_be_given_as_a_mapping():
    assert JournalFields().check("fields", {"A": 1}) == {"A": "1"}
    assert refused(JournalFields().check, "fields", {"a": 1}).startswith("'a' isn't a field")
