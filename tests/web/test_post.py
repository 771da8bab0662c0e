from __future__ import annotations

import pytest

from circus.web.post import Flood, Full, Post


def drained(post):
    return [*iter(post.take, None)]


def test_messages_come_in_their_order():
    post = Post()
    post.put("one")
    post.put("two", droppable=True)
    assert len(post) == 2
    assert drained(post) == ["one", "two"]


def test_what_can_be_done_without_goes_first():
    post = Post(most=3)
    for text, droppable in (("a", False), ("b", True), ("c", True), ("d", False)):
        post.put(text, droppable)
    assert drained(post) == ["a", "d"]


def test_a_client_for_whom_too_much_waits_is_given_up():
    post = Post(most=2)
    post.put("a")
    post.put("b")
    for _ in range(3):
        with pytest.raises(Full):
            post.put("c")
    post.put("samples", droppable=True)
    assert drained(post) == ["a", "b"]


def test_characters_count_as_well():
    post = Post(most_bytes=10)
    post.put("123456", droppable=True)
    post.put("123456")
    assert drained(post) == ["123456"]
    with pytest.raises(Full):
        post.put("12345678901")


def test_a_flood_is_told_in_part_and_the_rest_counted():
    flood = Flood(most=2)
    assert [flood.admits(1.0) for _ in range(5)] == [True, True, False, False, False]
    assert flood.settle() == 3
    assert flood.settle() == 0
    assert flood.admits(2.0)
