from __future__ import annotations

import dataclasses
import json

import pytest

from circus.exc import CircusError
from circus.plugins.settings import is_helper, needed, settings
from circus.spec.amounts import Amount
from circus.spec.options.shipped import FLAPPING, RESOURCE_WATCHER


def test_what_is_not_given_has_its_default():
    assert settings(FLAPPING, {}) == {
        "attempts": 2,
        "window": 1.0,
        "retry_in": 7.0,
        "max_retry": 5,
    }


def test_options_come_as_text_or_as_values_and_strangers_are_passed_over():
    taken = settings(FLAPPING, {"window": "0.5", "attempts": 3, "name": "plugin:x"})
    assert (taken["window"], taken["attempts"]) == (0.5, 3)
    assert "name" not in taken
    assert settings(RESOURCE_WATCHER, {"min_mem": "1K"})["min_mem"] == Amount(1024, in_bytes=True)


def test_circusds_helpers_are_known_by_their_names():
    assert is_helper("plugin:x")
    assert is_helper("circusd-stats")
    assert not is_helper("web")


def test_what_a_plugin_needs_is_there_or_told_how_to_get(monkeypatch):
    assert needed(dataclasses.replace(FLAPPING, needs="json.loads")) is json.loads
    with pytest.raises(CircusError, match=r"package nothing_like_it is .*'circus\[never\]'"):
        needed(dataclasses.replace(FLAPPING, needs="nothing_like_it.at_all", extra="never"))


def test_an_option_that_cannot_be_that_is_told():
    with pytest.raises(ValueError, match="'window': found 'x', expected a number of seconds"):
        settings(FLAPPING, {"window": "x"})
