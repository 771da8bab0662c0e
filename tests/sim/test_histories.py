"""Random histories of one watcher: whatever happens, the properties of design.md §10 hold."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers.world import World

SEEDS = (0, 17, 22, 67, 83, 383, 402, 1034, 2345, 2737, 3123)
"""Histories that failed once."""


def live_through(world: World, steps: int) -> None:
    for _ in range(steps):
        world.step()
    world.come_to_rest()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_history_that_failed_once_holds(seed):
    live_through(World(seed), 200)


@pytest.mark.parametrize("block", range(4))
def test_random_histories_hold_and_come_to_rest(block):
    for seed in range(10_000 + block * 50, 10_050 + block * 50):
        live_through(World(seed), 100)


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(st.randoms(use_true_random=False), st.integers(1, 60))
def test_histories_that_are_looked_for_hold_and_come_to_rest(random: Random, steps):
    live_through(World(random), steps)
