"""200,000 random steps in the simulator, all properties holding, within a minute."""

from __future__ import annotations

import time

import pytest

from tests.helpers.world import World

pytestmark = pytest.mark.proof

WORLDS = 1000
STEPS = 200


def test_two_hundred_thousand_random_steps_hold_all_properties(figure):
    began = time.monotonic()
    for seed in range(WORLDS):
        world = World(seed)
        try:
            for _ in range(STEPS):
                world.step()
            world.come_to_rest()
        except Exception as error:
            raise AssertionError(f"World({seed}), event {len(world.history)}") from error
    figure("200,000 random steps", [time.monotonic() - began], 60, "s")
