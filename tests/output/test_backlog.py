from __future__ import annotations

import pytest

from circus.output import backlog
from circus.output.backlog import ENTRY_COST, MEMBER, Backlog, Entry, Loss, Source, loss_of


def entry(source, data=b"x\n", lost=Loss()):  # noqa: B008 - a Loss cannot be changed
    return Entry(source, data, 0.0, lost)


@pytest.fixture
def source():
    return Source(7, 1)


def test_entries_come_out_in_their_order(source):
    waiting = Backlog()
    entries = [entry(source, b"%d\n" % n) for n in range(3)]
    for one in entries:
        waiting.put(one)
    assert len(waiting) == 3
    assert [waiting.take() for _ in range(4)] == [*entries, None]


def test_what_is_taken_counts_until_it_is_done(source):
    waiting = Backlog()
    waiting.put(entry(source, b"x" * 1000))
    one = waiting.take()
    assert source.waiting == waiting.waiting == 1000 + ENTRY_COST
    waiting.done(one)
    assert source.waiting == waiting.waiting == 0


def test_small_entries_cost_more_than_their_bytes(source):
    waiting = Backlog()
    count = 0
    while not waiting.full(source):
        waiting.put(entry(source, b"\n"))
        count += 1
    assert count <= MEMBER // ENTRY_COST


def test_who_was_refused_is_told_once_when_half_of_it_is_done(source):
    waiting = Backlog()
    assert not waiting.refuses(source)
    while not waiting.refuses(source):
        waiting.put(entry(source, b"x" * (MEMBER // 8)))
    told = []
    while (one := waiting.take()) is not None:
        told.append((waiting.done(one), source.waiting))
    (left,) = [left for said, left in told if said]
    assert MEMBER // 4 < left <= MEMBER // 2


def test_who_was_not_refused_is_not_told(source):
    waiting = Backlog()
    waiting.put(entry(source))
    assert not waiting.done(waiting.take())


def test_many_sources_fill_it_together(monkeypatch):
    monkeypatch.setattr(backlog, "CHANNEL", 10 * ENTRY_COST)
    waiting = Backlog()
    for number in range(10):
        waiting.put(entry(Source(number, 1)))
    assert waiting.refuses(Source(99, 1))


def test_what_is_put_back_is_the_first_again_and_counts_as_what_is_left_of_it(source):
    waiting = Backlog()
    waiting.put(entry(source, b"one\ntwo\n", Loss(1, 5)))
    waiting.put(entry(source, b"three\n"))
    one = waiting.take()
    waiting.put_back(one, b"two\n")
    assert waiting.waiting == 10 + 2 * ENTRY_COST
    again = waiting.take()
    assert (again.data, again.lost) == (b"two\n", Loss())
    waiting.done(again)
    waiting.done(waiting.take())
    assert source.waiting == waiting.waiting == 0


def test_what_is_cleared_is_counted_with_what_was_lost_before(source):
    waiting = Backlog()
    waiting.put(entry(source, b"one\ntwo\n", Loss(5, 50)))
    waiting.put(entry(source, b"thr"))
    assert waiting.clear() == Loss(8, 61)
    assert (waiting.take(), waiting.waiting, source.waiting) == (None, 0, 0)


@pytest.mark.parametrize(
    ("data", "loss"),
    [(b"", Loss()), (b"x", Loss(1, 1)), (b"a\nb\n", Loss(2, 4)), (b"\n", Loss(1, 1))],
)
def test_less_than_a_line_counts_as_one(data, loss):
    assert loss_of(data) == loss
