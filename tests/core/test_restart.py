"""The policy as tables: what follows an end, and how long a place waits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from circus.core.lifecycle import Child
from circus.core.messages import Warn
from circus.core.restart import (
    CRASHES,
    FIRST_RETRY,
    Ending,
    Then,
    failure,
    follows,
    how,
    how_early,
    never,
    pause,
    retry_pause,
)
from circus.spec.model import WatcherSpec
from tests.helpers.members import Crew, crew_of_one
from tests.helpers.play import KILL, TERM

AGAIN, FINISHED, FATAL = Then.AGAIN, Then.FINISHED, Then.FATAL
SEGV = 11


def spec(**options):
    return WatcherSpec("web", "foo", **options)


FOLLOWS = [
    # restart       further options                        code   what follows
    ("always", {}, 0, AGAIN),
    ("always", {}, 1, AGAIN),
    ("always", {}, -SEGV, AGAIN),
    ("always", {"success_exit_codes": (3,)}, 3, AGAIN),
    ("on-failure", {}, 0, FINISHED),
    ("on-failure", {}, 1, AGAIN),
    ("on-failure", {}, -KILL, AGAIN),
    ("on-failure", {}, -TERM, AGAIN),
    ("on-failure", {"success_exit_codes": (0, 3, -TERM)}, 3, FINISHED),
    ("on-failure", {"success_exit_codes": (0, 3, -TERM)}, -TERM, FINISHED),
    ("on-failure", {"success_exit_codes": (0, 3, -TERM)}, TERM, AGAIN),
    ("on-failure", {"success_exit_codes": (0, 3, -TERM)}, 1, AGAIN),
    ("on-failure", {"success_exit_codes": ()}, 0, AGAIN),
    ("never", {}, 0, FINISHED),
    ("never", {}, 1, FINISHED),
    ("never", {}, -SEGV, FINISHED),
    ("never", {"respawn": False}, 1, FINISHED),
    ("always", {"respawn": False}, 1, FINISHED),
    *(
        (policy, {"fatal_exit_codes": (78, -SEGV)}, code, FATAL)
        for policy in ("always", "on-failure", "never")
        for code in (78, -SEGV)
    ),
    ("always", {"fatal_exit_codes": (78, -SEGV)}, SEGV, AGAIN),
    ("on-failure", {"fatal_exit_codes": (78,)}, 1, AGAIN),
    ("never", {"fatal_exit_codes": (78,)}, 1, FINISHED),
]


@pytest.mark.parametrize(("policy", "options", "code", "then"), FOLLOWS)
def test_what_follows_an_end_is_told_by_its_code_and_the_policy(policy, options, code, then):
    assert follows(spec(restart=policy, **options), code) is then


@pytest.mark.parametrize(
    ("code", "before", "fails"),
    [
        (0, None, None),
        (3, None, 3),
        (-9, None, -9),
        (4, 3, 3),
        (0, 3, 3),
        (78, 3, 78),
        (75, None, None),
    ],
)
def test_a_fatal_code_is_the_failure_else_the_first_that_is_no_success(code, before, fails):
    policy = spec(success_exit_codes=(0, 75), fatal_exit_codes=(78,))
    assert failure(policy, code, before) == fails


@pytest.mark.parametrize(
    ("options", "is_never"),
    [
        ({}, False),
        ({"restart": "on-failure"}, False),
        ({"restart": "never", "respawn": False}, True),
        ({"respawn": False}, True),
    ],
)
def test_respawn_false_is_restart_never(options, is_never):
    assert never(spec(**options)) is is_never


@pytest.mark.parametrize(
    ("backoff", "waits"),
    [
        ((1.0, 60.0), [0, 0, 1, 2, 4, 8, 16, 32, 60, 60]),
        ((0.5, 3.0), [0, 0, 0.5, 1, 2, 3, 3]),
        ((5.0, 5.0), [0, 0, 5, 5, 5]),
    ],
)
def test_the_third_early_death_in_a_row_waits_and_each_further_one_twice_as_long(backoff, waits):
    found = [pause(spec(backoff=backoff), crashes, 0.0) for crashes in range(1, len(waits) + 1)]
    assert found == waits


@settings(max_examples=200, derandomize=True, database=None, deadline=None)
@given(
    st.integers(CRASHES, 10**6),
    st.floats(0, 1, exclude_max=True),
    st.floats(0.1, 100),
    st.floats(1, 100),
)
def test_luck_shortens_a_wait_by_at_most_a_quarter_and_never_leaves_the_range(
    crashes, luck, first, times
):
    asked = spec(backoff=(first, first * times))
    whole, found = pause(asked, crashes, 0.0), pause(asked, crashes, luck)
    assert max(first, 0.75 * whole) <= found <= whole <= first * times


def test_two_places_that_crashed_together_do_not_come_back_together_for_ever():
    asked = spec()
    rows = [[pause(asked, crashes, luck) for crashes in range(3, 9)] for luck in (0.1, 0.9)]
    assert rows[0][0] == rows[1][0] == asked.backoff[0]
    assert all(one > other for one, other in zip(rows[0][1:], rows[1][1:], strict=True))


def test_failed_launches_are_tried_ever_more_slowly_to_the_end_of_backoff():
    found = [retry_pause(spec(backoff=(1.0, 5.0)), rounds) for rounds in range(1, 200)]
    assert found[:3] == [FIRST_RETRY, 0.2, 0.4]
    assert found == sorted(found)
    assert found[-1] == 5.0


def test_how_early_is_early_is_told():
    assert (how_early(spec()), how_early(spec(healthy_after=30.0))) == ("at once", "within 30 s")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (0, "exit code 0"),
        (75, "exit code 75"),
        (-9, "killed by SIGKILL"),
        (-40, "killed by signal 40"),
    ],
)
def test_an_end_is_told_in_words(code, text):
    assert how(code) == text
    assert Ending(100, 1, code, asked=False, at=0.0).how == text


# --- crash loops and those who need not come back -------------------------------------------------


def test_a_place_in_a_crash_loop_waits_and_that_is_told():
    crew = Crew()
    for pid in (100, 101, 102):
        crew.add(pid, now=5.0)
        crew.exits(pid, 1, now=5.1)
    (warning,) = crew.spoke(Warn)
    assert "process 102 died at once, exit code 1; place 1 waits 1 s, then" in warning.text
    assert crew.add().wid == 2, "place 1 is kept"
    assert not crew.members.time_passed(6.0)
    assert crew.members.time_passed(6.1)
    assert crew.members.crowd.add(0, Child.ASKING).wid == 1


def test_of_many_places_in_a_crash_loop_one_is_told_of():
    crew = Crew()
    for first in (100, 200, 300):
        pids = range(first, first + 9)
        for pid in pids:
            crew.add(pid)
        for pid in pids:
            crew.exits(pid, 1, now=0.1)
    assert len(crew.members.pace.waits) == 9
    assert len(crew.spoke(Warn)) == 1


def test_a_storm_of_kills_is_no_crash_loop():
    crew = Crew()
    for pid in range(100, 110):
        crew.members.let_go(crew.add(pid), 0.0)
        crew.exits(pid, -TERM, now=0.1)
    assert crew.members.pace.waits == {}


def test_a_new_start_frees_the_places_that_wait():
    crew = Crew()
    for pid in (100, 101, 102):
        crew.add(pid)
        crew.exits(pid, -11, now=0.1)
    assert "killed by SIGSEGV" in crew.spoke(Warn)[-1].text
    crew.members.start_afresh()
    assert crew.add().wid == 1


def test_who_ends_by_itself_has_finished_when_it_is_not_to_come_back():
    crew = Crew(respawn=False)
    for pid in (100, 101, 102, 103):
        crew.add(pid)
    crew.members.let_go(crew[2], 0.0)
    crew.members.crowd.hold(crew[3])
    crew.members.let_go(crew[3], 0.0)
    for pid in (100, 101, 102):
        crew.exits(pid, now=0.1)
    assert crew.members.finished == [1, 3], (
        "the stopped one has not; the one killed in its place has"
    )
    assert crew.members.pace.waits == {}, "nobody waits to come back"


def test_who_is_respawned_never_finishes():
    crew, _ = crew_of_one()
    crew.exits(100)
    assert crew.members.finished == []


@pytest.mark.parametrize("singleton", [True, False])
def test_a_crashed_one_keeps_its_place_for_what_it_left_only_where_two_may_not_meet(singleton):
    crew, member = crew_of_one(singleton=singleton)
    crew.exits(100, 1, left=True)
    assert member.holds is singleton
    assert crew.members.crowd.holding == int(singleton)
