from __future__ import annotations

from circus.core.goal import SUPERSEDES, Goal, Rollout


def test_a_new_goal_is_down_with_one_process_that_will_be_replaced_by_a_surge():
    assert Goal() == Goal(up=False, count=1, generation=0, cycle=0, rollout=Rollout.SURGE)


def test_up_and_down_take_each_other_over():
    for up in ("start", "restart", "reload"):
        assert up in SUPERSEDES["stop"]
        assert "stop" in SUPERSEDES[up]


def test_what_ends_a_watcher_for_good_takes_over_all_that_wants_processes():
    wants = {"start", "restart", "reload", "set", "incr", "decr"}
    assert wants <= SUPERSEDES["rm"]
    assert wants <= SUPERSEDES["quit"]
