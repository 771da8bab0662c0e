from __future__ import annotations

from collections.abc import Hashable, Mapping
from enum import Enum
from itertools import product

import pytest

from circus.core.lifecycle import (
    ALIVE,
    CHILD,
    FLEET,
    PENDING,
    STATUS,
    STAYING,
    SURVIVORS,
    WATCHER,
    Call,
    Child,
    Happening,
    Phase,
    Tide,
    Turn,
    grid,
)

TABLES = [
    pytest.param(CHILD, Child, Happening, Child.ASKING, id="child"),
    pytest.param(WATCHER, Phase, Turn, Phase.DOWN, id="watcher"),
    pytest.param(FLEET, Tide, Call, Tide.RISING, id="fleet"),
]
LEFT = {Child.LEFTOVERS, Child.REMNANT}
LAUNCHED = {*ALIVE, *LEFT}


def reachable(
    table: Mapping[tuple[Hashable, Hashable], Hashable],
    start: Hashable,
    without: Hashable = None,
) -> set[Hashable]:
    """Return the phases that can follow *start*, on ways that do not lead through *without*."""
    found, edge = {start}, [start]
    while edge:
        here = edge.pop()
        for (phase, _), after in table.items():
            if phase == here and after != without and after not in found:
                found.add(after)
                edge.append(after)
    return found


@pytest.mark.parametrize(("table", "phases", "happenings", "first"), TABLES)
def test_every_phase_answers_every_happening(table, phases, happenings, first):
    assert set(table) == set(product(phases, happenings))
    assert all(type(after) is phases for after in table.values())


@pytest.mark.parametrize(("table", "phases", "happenings", "first"), TABLES)
def test_every_phase_is_reached_from_the_first(table, phases, happenings, first):
    assert reachable(table, first) == set(phases)


@pytest.mark.parametrize(("table", "phases", "happenings", "first"), TABLES)
def test_every_happening_matters_somewhere(table, phases, happenings, first):
    assert {what for (phase, what), after in table.items() if after is not phase} == set(happenings)


@pytest.mark.parametrize("happening", Happening)
def test_what_is_gone_stays_gone(happening):
    assert CHILD[Child.GONE, happening] is Child.GONE


@pytest.mark.parametrize("phase", Child)
def test_every_child_can_end(phase):
    assert Child.GONE in reachable(CHILD, phase)


@pytest.mark.parametrize("phase", sorted(ALIVE, key=lambda x: x.name))
def test_a_process_that_exits_is_over_in_whatever_phase(phase):
    assert CHILD[phase, Happening.EXITED] is Child.GONE
    left = Child.REMNANT if phase in SURVIVORS else Child.LEFTOVERS
    assert CHILD[phase, Happening.LEFT_SOME] is left


@pytest.mark.parametrize("phase", Child)
def test_only_who_was_killed_or_is_gone_becomes_a_survivor_and_stays_one_until_he_is_gone(phase):
    after = CHILD[phase, Happening.OUTLIVED]
    assert (after in SURVIVORS) == (phase in {Child.KILLING, Child.LEFTOVERS, *SURVIVORS})
    if phase in SURVIVORS:
        assert reachable(CHILD, phase) <= SURVIVORS | {Child.GONE}


def test_who_was_asked_to_end_never_stays():
    leaving = set(Child) - STAYING
    for phase in leaving:
        assert reachable(CHILD, phase) <= leaving
    for phase in Child:
        assert CHILD[phase, Happening.STOP_ASKED] in leaving


def test_only_what_was_launched_can_be_alive_and_only_what_fills_a_place_can_be_pending():
    alive = {one for one in Child if CHILD[one, Happening.EXITED] is Child.GONE}
    assert alive == ALIVE | {Child.GONE}
    assert STAYING - {Child.RUNNING} == PENDING
    assert reachable(CHILD, CHILD[Child.SPAWNING, Happening.SPAWNED]) <= LAUNCHED | {Child.GONE}


def test_a_grace_that_is_over_kills_only_who_was_asked_to_stop():
    killed = {one for one in Child if CHILD[one, Happening.GRACE_OVER] is not one}
    assert killed == {Child.STOPPING}


@pytest.mark.parametrize("phase", [Phase.CLOSING, Phase.FALLING, Phase.ENDING])
def test_a_watcher_on_its_way_down_comes_up_through_down_alone(phase):
    assert reachable(WATCHER, phase, without=Phase.DOWN) <= {
        Phase.CLOSING,
        Phase.FALLING,
        Phase.ENDING,
    }
    assert Phase.UP in reachable(WATCHER, phase)


@pytest.mark.parametrize("phase", Phase)
def test_a_watcher_that_is_not_wanted_any_more_is_down_or_on_its_way(phase):
    after = WATCHER[phase, Turn.UNWANTED]
    assert after in {Phase.DOWN, Phase.CLOSING, Phase.FALLING, Phase.ENDING}


@pytest.mark.parametrize("phase", [Phase.CLOSING, Phase.ENDING])
def test_a_hook_on_the_way_down_cannot_hold_it_up(phase):
    ways = {WATCHER[phase, turn] for turn in (Turn.AGREED, Turn.DENIED, Turn.OVERDUE)}
    assert len(ways) == 1
    assert ways != {phase}


@pytest.mark.parametrize("tide", [Tide.RISING, Tide.STEADY])
def test_a_fleet_that_was_told_to_quit_serves_again_only_from_the_beginning(tide):
    falling = FLEET[tide, Call.QUIT]
    assert falling is Tide.FALLING
    assert {FLEET[falling, call] for call in Call} == {Tide.FALLING, Tide.DOWN}


def test_every_phase_has_one_of_the_four_status_words():
    assert set(STATUS) == set(Phase)
    assert set(STATUS.values()) == {"stopped", "starting", "active", "stopping"}
    assert [phase for phase, word in STATUS.items() if word == "active"] == [Phase.UP]


class Colour(Enum):
    RED = 1
    GREEN = 2


class Press(Enum):
    ONCE = 1
    TWICE = 2


def test_a_grid_is_read_by_its_columns_and_a_dot_changes_nothing():
    assert grid(Colour, Press, "TWICE ONCE\nRED . GREEN\nGREEN RED .") == {
        (Colour.RED, Press.TWICE): Colour.RED,
        (Colour.RED, Press.ONCE): Colour.GREEN,
        (Colour.GREEN, Press.TWICE): Colour.RED,
        (Colour.GREEN, Press.ONCE): Colour.GREEN,
    }


@pytest.mark.parametrize(
    "text",
    ["ONCE TWICE\nBLUE . .", "ONCE THRICE\nRED . .", "ONCE TWICE\nRED . BLUE"],
    ids=["row", "column", "cell"],
)
def test_a_grid_refuses_a_name_that_it_does_not_know(text):
    with pytest.raises(KeyError):
        grid(Colour, Press, text)


@pytest.mark.parametrize("row", ["RED .", "RED . . ."], ids=["short", "long"])
def test_a_grid_refuses_a_row_of_another_length(row):
    with pytest.raises(ValueError, match="zip"):
        grid(Colour, Press, f"ONCE TWICE\n{row}")
