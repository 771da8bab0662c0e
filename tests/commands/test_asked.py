from __future__ import annotations

import pytest

from circus.commands.asked import OPTIONS
from circus.exc import ArgumentError, MessageError


def test_pairs_of_words_become_options_with_their_values():
    words = ["NumProcesses", "3", "hooks.before_start", "a.b"]
    assert OPTIONS.read_all(words) == {"numprocesses": 3, "hooks.before_start": "a.b"}


def test_a_word_without_its_partner_is_told():
    with pytest.raises(ArgumentError, match="List of key/values is invalid"):
        OPTIONS.read_all(["numprocesses"])


def test_every_option_is_checked():
    assert OPTIONS.check("options", {"numprocesses": 3}) == {"numprocesses": 3}
    assert OPTIONS.check("options", {}) == {}
    with pytest.raises(MessageError, match="unknown key 'nope'"):
        OPTIONS.check("options", {"numprocesses": 3, "nope": 1})


@pytest.mark.parametrize("value", [[], "x", 5])
def test_what_is_no_object_is_told(value):
    with pytest.raises(MessageError, match="'options' property should be an object"):
        OPTIONS.check("options", value)


def test_the_options_that_can_be_set_complete_themselves_and_their_values_do_where_they_are_few():
    names = list(OPTIONS.complete(None, {}))
    assert {"numprocesses", "stop_signal", "hooks.before_start", "rlimit_nofile"} <= {*names}
    assert not {"name", "on_demand", "stdout_stream", "use"} & {*names}
    assert "yes" in OPTIONS.complete(None, {"options": ["cmd", "a", "Respawn"]})
    assert "TERM" in OPTIONS.complete(None, {"options": ["stop_signal"]})
    assert list(OPTIONS.complete(None, {"options": ["nope"]})) == []
