from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from circus.core.goal import Rollout
from circus.core.reconcile import Plan, Sight, plan

ROLL = Rollout.ROLLING
NOTHING = Plan()

TABLE = {
    "an empty crowd is filled": (Sight(3), Plan(add=3)),
    "a crowd that fits is left alone": (Sight(3, current=3), NOTHING),
    "nobody is wanted and nobody is there": (Sight(0), NOTHING),
    "what is pending fills its place": (Sight(3, current=3, pending=3), NOTHING),
    "only what is missing is added": (Sight(3, current=2), Plan(add=1)),
    "those on the way out do not count": (Sight(3, current=2, leaving=1), Plan(add=1)),
    "a held place is not filled": (Sight(3, current=2, leaving=1, holding=1), NOTHING),
    "a waiting place is not filled": (Sight(3, current=1, waiting=1), Plan(add=1)),
    "more that wait than are wanted": (Sight(1, waiting=3), NOTHING),
    "too many are let go": (Sight(1, current=3), Plan(drop_current=2)),
    "all are let go": (Sight(0, current=2, older=1), Plan(drop_current=2, drop_older=1)),
    "a singleton has no second": (Sight(1, leaving=1, alone=True), NOTHING),
    "a singleton follows when the first is gone": (Sight(1, alone=True), Plan(add=1)),
    "surge: fewer wanted while the new are pending": (
        Sight(1, current=2, pending=2, older=2),
        Plan(drop_current=1, drop_older=1),
    ),
    "a held place is waited for": (Sight(1, leaving=1, holding=1), NOTHING),
    "a held place too many is given up": (Sight(1, leaving=2, holding=2), Plan(release=1)),
    "held places are given up before anybody who serves is let go": (
        Sight(1, current=1, leaving=1, holding=1),
        Plan(release=1),
    ),
    "never more than twice the count": (Sight(2, leaving=3), Plan(add=1)),
    "nor when that many are on the way out": (Sight(2, leaving=4), NOTHING),
    # surge: all new ones, then the older go
    "surge: all new come first": (Sight(3, older=3), Plan(add=3)),
    "surge: the older stay while the new are pending": (
        Sight(3, current=3, pending=1, older=3),
        NOTHING,
    ),
    "surge: the older go when the new serve": (Sight(3, current=3, older=3), Plan(drop_older=3)),
    "surge: a place in a crash loop keeps the older": (
        Sight(3, current=2, older=3, waiting=1),
        NOTHING,
    ),
    "surge: fewer wanted, so some of the older go at once": (
        Sight(1, older=3),
        Plan(drop_older=2),
    ),
    "surge: the rest of the older is waited for": (Sight(1, older=1, leaving=2), NOTHING),
    "surge: more wanted, so the older do not block": (Sight(4, older=2), Plan(add=4)),
    "surge: those of the last reload use up the room": (
        Sight(2, older=2, leaving=1),
        Plan(add=1),
    ),
    "surge: nobody is wanted": (Sight(0, older=2), Plan(drop_older=2)),
    "surge: a held place counts as served": (
        Sight(1, leaving=1, holding=1, older=1),
        Plan(drop_older=1),
    ),
    # roll: one older goes, then its replacement comes
    "roll: one goes first": (Sight(3, older=3, rollout=ROLL), Plan(drop_older=1)),
    "roll: it must be gone first": (Sight(3, older=2, leaving=1, rollout=ROLL), NOTHING),
    "roll: then its replacement comes": (Sight(3, older=2, rollout=ROLL), Plan(add=1)),
    "roll: it must serve first": (
        Sight(3, current=1, pending=1, older=2, rollout=ROLL),
        NOTHING,
    ),
    "roll: then the next one goes": (
        Sight(3, current=1, older=2, rollout=ROLL),
        Plan(drop_older=1),
    ),
    "roll: a crash loop stops it": (
        Sight(3, older=2, waiting=1, rollout=ROLL),
        NOTHING,
    ),
    "roll: fewer wanted": (Sight(1, older=3, rollout=ROLL), Plan(drop_older=2)),
    "roll: more wanted": (Sight(4, older=2, rollout=ROLL), Plan(add=2)),
    "roll: with nothing older it is like a surge": (Sight(2, rollout=ROLL), Plan(add=2)),
    "roll: nobody is wanted": (Sight(0, older=2, rollout=ROLL), Plan(drop_older=2)),
}


@pytest.mark.parametrize(("sight", "wanted"), TABLE.values(), ids=TABLE)
def test_the_plan_names_the_next_step(sight, wanted):
    assert plan(sight) == wanted


@st.composite
def sights(draw):
    few = st.integers(0, 6)
    current, leaving = draw(few), draw(few)
    return Sight(
        wanted=draw(few),
        current=current,
        pending=draw(st.integers(0, current)),
        older=draw(few),
        leaving=leaving,
        holding=draw(st.integers(0, leaving)),
        waiting=draw(st.integers(0, 2)),
        rollout=draw(st.sampled_from(Rollout)),
        alone=draw(st.booleans()),
    )


PROOF = settings(max_examples=600, derandomize=True, database=None, deadline=None)


@PROOF
@given(sights())
def test_nobody_is_added_or_let_go_that_need_not_be(see):
    step = plan(see)
    assert min(step.add, step.drop_current, step.drop_older) >= 0
    assert not (step.add and step.drop_current)
    assert step.drop_older <= see.older
    assert step.drop_current + step.release <= max(0, see.current + see.holding - see.wanted)
    assert step.release <= see.holding
    assert step.add <= max(0, see.wanted - see.current - see.holding - see.waiting)


@PROOF
@given(sights())
def test_no_spawn_makes_more_than_twice_the_count_alive(see):
    add = plan(see).add
    most = see.wanted if see.alone else 2 * see.wanted
    assert not add or see.current + see.older + see.leaving + add <= most


@PROOF
@given(sights())
@example(Sight(1, current=2, pending=2, older=2))
def test_older_ones_are_let_go_only_beyond_the_count_or_when_the_new_serve(see):
    step = plan(see)
    serving = see.current - see.pending + see.holding
    if see.rollout is Rollout.SURGE and serving < see.wanted:
        assert see.older - step.drop_older >= min(see.older, see.wanted)


@PROOF
@given(sights())
def test_rolling_takes_at_most_one_away_from_the_count(see):
    if see.rollout is Rollout.SURGE or see.current + see.holding > see.wanted:
        return
    staying = see.current + see.older
    left = staying - plan(see).drop_older
    assert left >= min(staying, see.wanted) - 1


def advance(see: Sight) -> Sight:
    """Do one step of the plan; when there is none all serve, go, and wait no more."""
    step = plan(see)
    if step == NOTHING:
        return Sight(see.wanted, current=see.current, older=see.older, rollout=see.rollout)
    return Sight(
        wanted=see.wanted,
        current=see.current + step.add - step.drop_current,
        pending=min(see.pending + step.add, see.current + step.add - step.drop_current),
        older=see.older - step.drop_older,
        leaving=see.leaving + step.drop_older + step.drop_current,
        holding=see.holding - step.release,
        waiting=see.waiting,
        rollout=see.rollout,
    )


@PROOF
@given(sights())
def test_the_plan_carried_out_again_and_again_ends_with_the_count_and_nobody_older(see):
    for _ in range(6 * (see.wanted + see.current + see.older) + 12):
        see = advance(see)
    assert see == Sight(see.wanted, current=see.wanted, rollout=see.rollout)
    assert plan(see) == NOTHING
