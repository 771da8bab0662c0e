from __future__ import annotations

from math import inf

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from circus.core.crowd import Crowd
from circus.core.lifecycle import CHILD, PENDING, STAYING, Child, Happening


def born(crowd, pid=0, *, generation=0, expires=inf, now=0.0):
    """Add a member; with a pid it runs."""
    member = crowd.add(generation, Child.ASKING)
    crowd.move(member, Happening.ALLOWED)
    if pid:
        crowd.settle(member, pid, now, expires)
        crowd.move(member, Happening.SPAWNED)
        crowd.move(member, Happening.ACCEPTED)
    return member


def crowd_of(*pids, **facts):
    crowd = Crowd()
    return crowd, [born(crowd, pid, **facts) for pid in pids]


def gone(crowd, member):
    crowd.move(member, Happening.EXITED)


# --- places ---------------------------------------------------------------------------------------


def test_places_are_numbered_from_one():
    _, members = crowd_of(100, 101, 102)
    assert [member.wid for member in members] == [1, 2, 3]


def test_the_smallest_free_place_is_filled_first():
    crowd, members = crowd_of(100, 101, 102, 103)
    for member in (members[2], members[0]):
        gone(crowd, member)
    assert [born(crowd, pid).wid for pid in (200, 201, 202)] == [1, 3, 5]


def test_a_place_is_not_free_before_its_member_is_gone():
    crowd, (first,) = crowd_of(100)
    crowd.move(first, Happening.STOP_ASKED)
    assert born(crowd, 101).wid == 2
    gone(crowd, first)
    assert born(crowd, 102).wid == 1


def test_a_reserved_place_is_free_when_every_reason_is_taken_back():
    crowd, (first,) = crowd_of(100)
    crowd.reserve(1)
    crowd.reserve(1)
    gone(crowd, first)
    assert born(crowd, 101).wid == 2
    crowd.release(1)
    assert born(crowd, 102).wid == 3
    crowd.release(1)
    assert born(crowd, 103).wid == 1


def test_a_free_place_can_be_reserved():
    crowd, (first, second) = crowd_of(100, 101)
    gone(crowd, first)
    gone(crowd, second)
    crowd.reserve(1)
    assert born(crowd, 102).wid == 2
    crowd.release(1)
    assert born(crowd, 103).wid == 1


def test_reserving_a_free_place_leaves_the_others_in_order():
    crowd, members = crowd_of(*range(100, 106))
    for wid in (1, 2, 4, 5, 3, 6):
        gone(crowd, members[wid - 1])
    crowd.reserve(1)
    assert [born(crowd, pid).wid for pid in range(200, 205)] == [2, 3, 4, 5, 6]


def test_a_place_that_is_released_before_its_member_is_gone_is_freed_once():
    crowd, (first,) = crowd_of(100)
    crowd.reserve(1)
    crowd.release(1)
    gone(crowd, first)
    assert [born(crowd, pid).wid for pid in (101, 102)] == [1, 2]


def test_releasing_what_nobody_reserved_does_nothing():
    crowd, _ = crowd_of(100)
    crowd.release(1)
    crowd.release(9)
    assert born(crowd, 101).wid == 2


# --- groups ---------------------------------------------------------------------------------------


def test_a_member_that_is_replaced_leaves_the_current_and_stays_until_it_is_let_go():
    crowd, (first,) = crowd_of(100)
    crowd.outdate([first], 1)
    assert (list(crowd.current), list(crowd.older)) == ([], [1])
    assert crowd.older_than(1)
    assert crowd.pids() == (100,)
    crowd.move(first, Happening.STOP_ASKED)
    assert (list(crowd.older), list(crowd.leaving)) == ([], [1])
    assert crowd.pids() == ()
    assert crowd.older_than(1), "it is still on its way out"
    gone(crowd, first)
    assert not crowd.older_than(1)
    assert len(crowd) == 0


def test_who_was_not_launched_yet_joins_the_new_generation():
    crowd, (runs, waits) = crowd_of(100, 0)
    crowd.outdate([runs, waits], 1)
    assert list(crowd.current) == [2]
    assert (waits.generation, crowd.pending) == (1, 1)
    assert crowd.generations == {0: 1, 1: 1}


def test_the_pids_are_those_that_stay_sorted():
    crowd, members = crowd_of(105, 103, 104, 0)
    crowd.outdate(members[:1], 1)
    crowd.move(members[2], Happening.STOP_ASKED)
    assert crowd.pids() == (103, 105)


def test_a_place_is_held_once_however_often_that_is_said():
    crowd, (first,) = crowd_of(100)
    crowd.hold(first)
    assert crowd.holding == 0, "it has not left yet"
    crowd.move(first, Happening.STOP_ASKED)
    crowd.hold(first)
    assert crowd.holding == 1
    gone(crowd, first)
    assert crowd.holding == 0


def test_who_is_on_the_way_out_can_still_be_told_to_hold_its_place():
    crowd, (first,) = crowd_of(100)
    crowd.move(first, Happening.STOP_ASKED)
    crowd.hold(first)
    assert crowd.holding == 1


def test_adopting_counts_the_older_as_current_the_oldest_first():
    crowd, older = crowd_of(100, 101)
    crowd.outdate(older, 1)
    new = born(crowd, 102, generation=1)
    crowd.adopt(1, not_before=60.0)
    assert list(crowd.current.values()) == [*older, new]
    assert crowd.older == {}
    assert crowd.generations == {1: 3}
    assert not crowd.older_than(1)


def test_who_was_to_be_replaced_for_its_age_is_left_alone_for_a_while_when_adopted():
    crowd, (aged,) = crowd_of(100, expires=5.0)
    assert crowd.expired(5.0) is aged
    crowd.outdate([aged], 0)
    crowd.adopt(0, not_before=65.0)
    assert crowd.expired(64.0) is None
    assert crowd.next_expiry() == 65.0
    assert crowd.expired(65.0) is aged


def test_the_older_of_several_generations_are_let_go_the_eldest_first():
    crowd, (eldest, aged, youngest) = crowd_of(100, 101, 102)
    crowd.outdate([aged], 0)
    crowd.outdate([eldest, youngest], 1)
    assert list(crowd.older.values()) == [eldest, aged, youngest]


def test_one_that_was_to_be_replaced_for_its_age_keeps_its_rank_when_adopted():
    crowd, (eldest, aged) = crowd_of(100, 101)
    crowd.outdate([aged], 0)
    crowd.adopt(0, not_before=60.0)
    assert list(crowd.current.values()) == [eldest, aged]


# --- graces and ages ------------------------------------------------------------------------------


def test_a_grace_only_comes_nearer():
    crowd, (first,) = crowd_of(100)
    crowd.grace(first, 10.0)
    crowd.grace(first, 20.0)
    assert crowd.next_kill() == 10.0
    crowd.grace(first, 5.0)
    assert crowd.next_kill() == 5.0
    assert crowd.overdue(4.9) == []
    assert crowd.overdue(5.0) == [first]
    assert crowd.overdue(30.0) == [], "it was told once"
    assert crowd.next_kill() == inf


def test_a_grace_given_anew_may_end_later():
    crowd, (first,) = crowd_of(100)
    crowd.grace(first, 5.0)
    crowd.regrace(first, 9.0)
    assert crowd.overdue(5.0) == []
    assert crowd.overdue(9.0) == [first]


def test_those_whose_grace_is_over_come_in_the_order_of_their_deadlines():
    crowd, (first, second, third) = crowd_of(100, 101, 102)
    for member, until in ((first, 3.0), (second, 1.0), (third, 9.0)):
        crowd.grace(member, until)
    assert crowd.overdue(3.0) == [second, first]
    assert crowd.next_kill() == 9.0


def test_the_grace_of_one_that_is_gone_is_forgotten_even_when_its_place_is_filled():
    crowd, (first,) = crowd_of(100)
    crowd.grace(first, 5.0)
    gone(crowd, first)
    born(crowd, 101)
    assert crowd.next_kill() == inf
    assert crowd.overdue(5.0) == []


def test_the_first_to_reach_its_age_is_named_until_it_is_no_longer_current():
    crowd = Crowd()
    late, soon, never = (
        born(crowd, pid, expires=age) for pid, age in ((1, 9.0), (2, 4.0), (3, inf))
    )
    assert crowd.next_expiry() == 4.0
    assert crowd.expired(3.9) is None
    assert crowd.expired(4.0) is soon
    assert crowd.expired(4.0) is soon
    crowd.outdate([soon], 1)
    assert crowd.next_expiry() == 9.0
    gone(crowd, late)
    assert crowd.next_expiry() == inf
    assert crowd.expired(99.0) is None
    assert never.phase is Child.RUNNING


def test_a_pid_that_the_kernel_gave_out_again_is_not_forgotten_with_its_first_holder():
    crowd, (first,) = crowd_of(100)
    crowd.move(first, Happening.LEFT_SOME)
    second = born(crowd, 100)
    crowd.move(first, Happening.EMPTIED)
    assert crowd.by_pid == {100: second}


# --- random histories -----------------------------------------------------------------------------


class Moves(RuleBasedStateMachine):
    """Random moves; beside the crowd only a list of members and of reservations is kept."""

    def __init__(self):
        super().__init__()
        self.crowd = Crowd()
        self.members = []
        self.reserved = []
        self.generation = 0
        self.pid = 100
        self.seen = 0

    def chosen(self, draw):
        return self.members[draw % len(self.members)]

    @rule()
    def add(self):
        busy = {member.wid for member in self.members} | set(self.reserved)
        member = self.crowd.add(self.generation, Child.ASKING)
        assert member.wid == min(set(range(1, len(busy) + 2)) - busy)
        self.members.append(member)
        self.seen = max(self.seen, member.wid)

    @precondition(lambda self: self.members)
    @rule(draw=st.integers(0, 99), happening=st.sampled_from(Happening))
    def move(self, draw, happening):
        member = self.chosen(draw)
        wanted = CHILD[member.phase, happening]
        if happening is Happening.SPAWNED and wanted is not member.phase:
            self.pid += 1
            self.crowd.settle(member, self.pid, 0.0, inf)
        assert self.crowd.move(member, happening) is wanted
        if wanted is Child.GONE:
            self.members.remove(member)

    @precondition(lambda self: self.members)
    @rule(draw=st.integers(0, 99))
    def hold(self, draw):
        self.crowd.hold(self.chosen(draw))

    @precondition(lambda self: self.seen)
    @rule(draw=st.integers(0, 99))
    def reserve(self, draw):
        wid = draw % self.seen + 1
        self.crowd.reserve(wid)
        self.reserved.append(wid)

    @precondition(lambda self: self.reserved)
    @rule(draw=st.integers(0, 99))
    def release(self, draw):
        self.crowd.release(self.reserved.pop(draw % len(self.reserved)))

    @rule()
    def renew(self):
        self.generation += 1
        self.crowd.outdate(list(self.crowd.current.values()), self.generation)

    @rule()
    def adopt(self):
        self.crowd.adopt(self.generation, 0.0)

    @invariant()
    def the_indexes_hold_exactly_the_members(self):
        crowd = self.crowd
        assert crowd.members == {member.wid: member for member in self.members}
        assert crowd.by_pid == {member.pid: member for member in self.members if member.pid}
        assert set(crowd.reserved) == set(self.reserved)

    @invariant()
    def every_member_is_in_one_group(self):
        crowd = self.crowd
        staying = {**crowd.current, **crowd.older}
        assert len(staying) == len(crowd.current) + len(crowd.older)
        assert staying == {m.wid: m for m in self.members if m.phase in STAYING}
        assert crowd.leaving == {m.wid: m for m in self.members if m.phase not in STAYING}
        assert all(m.generation == self.generation for m in crowd.current.values())
        assert all(m.generation < self.generation for m in crowd.older.values())

    @invariant()
    def those_that_stay_stand_in_order_of_birth(self):
        for group in (self.crowd.current, self.crowd.older):
            ranks = [member.serial for member in group.values()]
            assert ranks == sorted(ranks)

    @invariant()
    def the_counters_are_true(self):
        crowd = self.crowd
        assert crowd.pending == sum(m.phase in PENDING for m in crowd.current.values())
        assert crowd.holding == sum(m.holds for m in crowd.leaving.values())
        assert sum(crowd.generations.values()) == len(self.members) == len(crowd)
        for generation, count in crowd.generations.items():
            assert count == sum(m.generation == generation for m in self.members)


class TestMoves(Moves.TestCase):
    settings = settings(
        max_examples=60, stateful_step_count=40, derandomize=True, database=None, deadline=None
    )


def test_a_survivor_is_waited_for_by_nobody_and_keeps_its_place():
    crowd, (first, _) = crowd_of(100, 101)
    crowd.move(first, Happening.STOP_ASKED)
    crowd.hold(first)
    crowd.move(first, Happening.GRACE_OVER)
    crowd.move(first, Happening.OUTLIVED)
    assert (list(crowd.leaving), list(crowd.surviving), crowd.present()) == ([], [1], 1)
    assert (crowd.holding, crowd.taken(alone=False), crowd.generations) == (1, 1, {0: 1})
    assert born(crowd, 102).wid == 3
    crowd.move(first, Happening.LEFT_SOME)
    assert (first.phase, list(crowd.surviving)) == (Child.REMNANT, [1])
    crowd.move(first, Happening.EMPTIED)
    assert (crowd.holding, crowd.surviving, len(crowd)) == (0, {}, 2)
    assert born(crowd, 103).wid == 1


def test_of_those_that_hold_a_place_the_survivors_give_it_up_last():
    crowd, (first, second) = crowd_of(100, 101)
    for member in (first, second):
        crowd.move(member, Happening.STOP_ASKED)
        crowd.hold(member)
    crowd.move(first, Happening.GRACE_OVER)
    crowd.move(first, Happening.OUTLIVED)
    crowd.release_held(1)
    assert (first.holds, second.holds, crowd.holding) == (True, False, 1)
    crowd.release_held(1)
    assert (first.holds, crowd.holding, crowd.taken(alone=False)) == (False, 0, 0)
    assert crowd.taken(alone=True) == 1


@pytest.mark.parametrize("happening", Happening)
def test_what_changes_nothing_in_a_phase_leaves_the_crowd_alone(happening):
    crowd, (first,) = crowd_of(100)
    crowd.move(first, Happening.STOP_ASKED)
    crowd.move(first, Happening.GRACE_OVER)
    if CHILD[Child.KILLING, happening] is Child.KILLING:
        assert crowd.move(first, happening) is Child.KILLING
        assert (list(crowd.leaving), crowd.pending) == ([1], 0)
    else:
        assert happening in (Happening.EXITED, Happening.LEFT_SOME, Happening.OUTLIVED)
