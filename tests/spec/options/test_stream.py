from __future__ import annotations

import inspect

import pytest

from circus import stream
from circus.spec.options.stream import STREAMS, settings, short_name
from tests.helpers.refusal import refused


def test_a_class_of_circus_has_a_short_name():
    assert short_name("circus.stream.FileStream") == "FileStream"
    assert short_name("circus.stream:FileStream") == short_name("FileStream") == "FileStream"
    assert short_name("my.Stream") == "my.Stream"


def test_every_class_has_its_options_in_the_table():
    assert stream.SHORT_NAMES.keys() == STREAMS.keys()


@pytest.mark.parametrize("name", STREAMS)
def test_what_a_class_takes_by_position_is_an_option_of_it(name):
    parameters = inspect.signature(stream.SHORT_NAMES[name]).parameters.values()
    named = {each.name for each in parameters if each.kind is not each.VAR_KEYWORD}
    assert named <= {row.name for row in STREAMS[name]}


def test_texts_and_values_are_taken_and_what_is_missing_has_its_default():
    given = {"max_bytes": "5", "backup_count": 2, "mode": "640", "compress": None, "foo": 1}
    assert settings("FileStream", given) == {
        "filename": None,
        "max_bytes": 5,
        "backup_count": 2,
        "time_format": None,
        "mode": 0o640,
        "owner": None,
        "compress": False,
        "max_total_bytes": 0,
    }


def test_a_value_that_cannot_be_used_is_told():
    assert refused(settings, "FileStream", {"max_bytes": -1}).startswith("'max_bytes' isn't")
