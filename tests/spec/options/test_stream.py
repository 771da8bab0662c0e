from __future__ import annotations

from circus.spec.options.stream import LATER, STREAMS, short_name


def test_a_class_of_circus_has_a_short_name():
    assert short_name("circus.stream.FileStream") == "FileStream"
    assert short_name("my.Stream") == "my.Stream"


def test_a_class_is_either_of_this_release_or_of_a_later_one():
    assert not set(LATER) & set(STREAMS)
