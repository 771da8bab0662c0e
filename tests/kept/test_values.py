from __future__ import annotations

import os
import sys

import pytest

from circus.kept import values


def test_a_word_is_a_truth_and_nothing_is_no():
    assert [values.to_bool(one) for one in (True, "yes", "TRUE", "no", "0", None)] == [
        True, True, True, False, False, False,
    ]  # fmt: skip
    with pytest.raises(ValueError, match="'maybe' is not a boolean"):
        values.to_bool("maybe")


def test_bytes_and_text_become_each_other():
    assert (values.to_str(b"\xff"), values.to_str("é"), values.to_str(5)) == ("\ufffd", "é", "5")
    assert (values.to_bytes("é"), values.to_bytes(b"a"), values.to_bytes(5)) == (
        b"\xc3\xa9",
        b"a",
        b"5",
    )


def test_an_environment_is_read_and_shown(monkeypatch):
    monkeypatch.setenv("HERE", "there")
    assert values.parse_env_str("a=1, b = $HERE") == {"a": "1", "b": "there"}
    assert values.parse_env_dict({" a ": " x "}) == {"a": "x"}
    assert values.env_to_str({"b": "2", "a": "1"}) == "a=1,b=2"
    assert values.env_to_str(None) == ""
    with pytest.raises(ValueError, match=r"^a$"):
        values.parse_env_str("a")


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [("env", {"a": "1"}, "a=1"), ("x", True, "True"), ("x", None, ""), ("x", 1, "1")],
)
def test_an_option_is_shown_as_people_read_it(key, value, text):
    assert values.convert_opt(key, value) == text


def test_the_name_of_the_directory_that_the_shell_knows_is_preferred(tmp_path, monkeypatch):
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real)
    monkeypatch.chdir(real)
    monkeypatch.setenv("PWD", str(link))
    assert values.get_working_dir() == str(link)
    monkeypatch.setenv("PWD", str(tmp_path))
    assert values.get_working_dir() == os.getcwd()
    monkeypatch.setenv("PWD", "/no/where")
    assert values.get_working_dir() == os.getcwd()


def test_the_items_of_an_object_are_its_attributes():
    thing = values.ObjectDict(a=1)
    thing.b = 2
    assert (thing.a, thing["b"], thing) == (1, 2, {"a": 1, "b": 2})
    assert not hasattr(thing, "c")


def test_two_dictionaries_are_told_apart():
    found = values.DictDiffer({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 3, "d": 4})
    assert (found.added(), found.removed(), found.changed(), found.unchanged()) == (
        {"c"}, {"d"}, {"b"}, {"a"},
    )  # fmt: skip
    assert values.dict_differ({"a": 1}, {"a": 2})
    assert not values.dict_differ({"a": 1}, {"a": 1})


def test_an_ini_parser_keeps_the_case_of_options():
    parser = values.StrictConfigParser()
    parser.read_string("[a]\nB=1")
    assert dict(parser["a"]) == {"B": "1"}


def test_the_version_of_python_is_told():
    assert values.get_python_version() == sys.version_info[:3]
