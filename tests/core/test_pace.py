from __future__ import annotations

from math import inf

import pytest

from circus.core.pace import Pace
from circus.core.restart import FIRST_RETRY
from circus.spec.model import WatcherSpec

SPEC = WatcherSpec("web", "foo")
FIRST_WAIT, LONGEST_WAIT = SPEC.backoff


def crash(pace, times, now=0.0, wid=1, luck=0.0):
    """Let a place die early so often; return how long it has to wait each time."""
    waits = []
    for _ in range(times):
        assert pace.ended(SPEC, wid, 0.1)
        waits.append(pace.crashed(SPEC, wid, now, luck))
    return waits


def delays(pace, rounds):
    """Fail again and again, each time as soon as it may be tried; return the delays."""
    now, found = 0.0, []
    for _ in range(rounds):
        pace.failed(SPEC, "no such program", 1, now)
        found.append(round(pace.not_before - now, 6))
        now = pace.not_before
    return found


# --- failed launches ------------------------------------------------------------------------------


def test_a_failed_launch_puts_off_the_next_by_a_delay_that_doubles_to_the_ceiling():
    found = delays(Pace(), 14)
    assert found[0] == FIRST_RETRY
    assert found[:5] == [0.1, 0.2, 0.4, 0.8, 1.6]
    assert found[-3:] == [LONGEST_WAIT] * 3


def test_nothing_is_put_off_before_each_place_was_tried_once():
    pace = Pace()
    pace.failed(SPEC, "no", 3, 10.0)
    pace.failed(SPEC, "no", 3, 10.0)
    assert pace.not_before == -inf
    pace.failed(SPEC, "no", 3, 10.0)
    assert pace.not_before > 10.0


def test_a_success_ends_the_row_of_failures():
    pace = Pace()
    delays(pace, 6)
    pace.spawned(100.0, 0.0)
    assert (pace.failures, pace.succeeded, pace.not_before) == (0, True, -inf)
    assert delays(pace, 1) == [FIRST_RETRY]


def test_the_reason_of_the_last_failure_is_kept():
    pace = Pace()
    pace.failed(SPEC, "first", 1, 0.0)
    pace.failed(SPEC, "second", 1, 0.0)
    assert pace.last_failure == "second"


def test_the_next_launch_waits_for_the_warm_up():
    pace = Pace()
    pace.spawned(10.0, 2.5)
    assert pace.not_before == 12.5


def test_tries_count_from_the_last_start_and_launches_from_the_first():
    pace = Pace()
    pace.spawned(0.0, 0.0)
    pace.failed(SPEC, "no", 5, 0.0)
    assert (pace.tries(), pace.tried) == (2, 2)
    pace.forget()
    assert (pace.tries(), pace.tried) == (0, 2)
    pace.spawned(0.0, 0.0)
    assert (pace.tries(), pace.tried) == (1, 3)


# --- crash loops ----------------------------------------------------------------------------------


def test_a_place_waits_from_its_third_early_death_in_a_row():
    pace = Pace()
    assert crash(pace, 3, now=5.0) == [0.0, 0.0, FIRST_WAIT]
    assert pace.waits == {1: 5.0 + FIRST_WAIT}
    assert pace.next_wait() == 5.0 + FIRST_WAIT


def test_one_long_life_forgives_all_early_deaths():
    pace = Pace()
    crash(pace, 2)
    assert not pace.ended(SPEC, 1, SPEC.healthy_after)
    assert crash(pace, 2) == [0.0, 0.0]
    assert crash(pace, 1) == [FIRST_WAIT]


def test_the_wait_doubles_to_the_ceiling():
    pace, now, found = Pace(), 0.0, []
    crash(pace, 2)
    for _ in range(9):
        pace.crashed(SPEC, 1, now, 0.0)
        found.append(pace.next_wait() - now)
        now = pace.next_wait()
        assert pace.over(now) == [1]
    assert found == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]


def test_one_place_in_a_crash_loop_does_not_hold_back_the_others():
    pace = Pace()
    for wid in (1, 2, 3):
        assert crash(pace, 2, wid=wid) == [0.0, 0.0]
    assert crash(pace, 1, wid=2) == [FIRST_WAIT]
    assert list(pace.waits) == [2]
    assert pace.not_before == -inf


def test_a_wait_is_over_at_its_time_and_told_once():
    pace = Pace()
    crash(pace, 3, now=0.0, wid=1)
    crash(pace, 3, now=0.5, wid=2)
    assert pace.over(0.9) == []
    assert pace.over(1.0) == [1]
    assert pace.over(1.0) == []
    assert pace.next_wait() == 1.5
    assert pace.over(9.0) == [2]
    assert pace.next_wait() == inf


def test_the_row_of_early_deaths_goes_on_after_a_wait():
    pace = Pace()
    crash(pace, 3)
    pace.over(60.0)
    assert crash(pace, 1, now=60.0) == [2 * FIRST_WAIT]
    assert pace.waits == {1: 60.0 + 2 * FIRST_WAIT}


def test_luck_shortens_a_wait():
    pace = Pace()
    assert crash(pace, 4, luck=0.5) == [0.0, 0.0, FIRST_WAIT, 1.75]


def test_places_that_are_not_needed_any_more_wait_no_longer_the_last_first():
    pace = Pace()
    for wid in (1, 2, 3):
        crash(pace, 3, now=float(wid), wid=wid)
    assert pace.spare(0) == pace.spare(-1) == []
    assert pace.spare(2) == [2, 3]
    assert (list(pace.waits), pace.next_wait()) == ([1], 1.0 + FIRST_WAIT)
    assert crash(pace, 1, wid=3) == [2 * FIRST_WAIT], "it is still in its crash loop"


# --- a new start ----------------------------------------------------------------------------------


def test_a_new_count_of_tries_forgets_failures_but_no_crash_loop():
    pace = Pace()
    crash(pace, 3)
    delays(pace, 5)
    pace.begin()
    assert (pace.tries(), pace.failures, pace.not_before) == (0, 0, -inf)
    assert list(pace.waits) == [1]


def test_a_new_start_forgets_failures_and_crash_loops_and_names_the_places_that_waited():
    pace = Pace()
    crash(pace, 3, wid=4)
    crash(pace, 2, wid=5)
    delays(pace, 5)
    assert pace.forget() == [4]
    assert (pace.waits, pace.next_wait(), pace.not_before, pace.failures) == ({}, inf, -inf, 0)
    assert not pace.succeeded
    assert pace.forget() == []
    assert crash(pace, 2, wid=4) == [0.0, 0.0]
    assert crash(pace, 1, wid=5) == [0.0]


@pytest.mark.parametrize("rounds", [100, 10_000])
def test_many_failures_in_a_row_do_not_overflow(rounds):
    pace = Pace(rounds=rounds)
    pace.failed(SPEC, "no", 1, 0.0)
    assert pace.not_before == LONGEST_WAIT


def test_the_delay_doubles_with_each_round_and_not_with_each_place():
    pace = Pace()
    for _ in range(10):
        pace.failed(SPEC, "no", 1, 0.0)
    assert pace.not_before == pytest.approx(0.1)
    for _ in range(10):
        pace.failed(SPEC, "no", 1, 0.1)
    assert pace.not_before == pytest.approx(0.3)
