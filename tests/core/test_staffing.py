"""The plan carried out on a real crowd, without the watcher's own phases."""

from __future__ import annotations

from math import inf

import pytest

from circus.core.goal import Goal, Rollout
from circus.core.lifecycle import Child, Phase
from circus.core.members import Members
from circus.core.messages import Announce, CallOff, Exited, Signal, Spawn, Spawned
from circus.core.staffing import AT_ONCE, Staffing
from circus.spec.model import HookSpec, WatcherSpec

TERM = 15


class Crew:
    """A crowd that is looked at by hand; every process gets the pid 100 + wid, 200 + wid, …"""

    def __init__(self, count=1, **options):
        options.setdefault("graceful_timeout", 10.0)
        self.told = options.pop("told", False)
        options["hooks"] = {hook: HookSpec("a.b") for hook in options.get("hooks", ())}
        self.goal = Goal(up=True, count=count)
        self.members = Members(WatcherSpec("web", options.pop("cmd", "foo"), **options))
        self.crowd = self.members.crowd
        self.staffing = Staffing(self.goal, self.members)
        self.now = 0.0
        self.round = 0

    def look(self, phase=Phase.UP):
        """Carry the plan out until nothing changes; return launches and signals since."""
        for _ in range(100):
            self.members.time_passed(self.now)
            if not self.staffing.carry_out(phase, self.now):
                break
        else:
            pytest.fail("never came to rest")
        said, self.members.effects = self.members.effects, []
        return [one for one in said if isinstance(one, (Spawn, Signal, CallOff))]

    def launch(self, *wids):
        """Let launches succeed; return what follows."""
        self.round += 100
        for wid in wids:
            self.members.spawned(self.birth(wid), self.now)
        return self.look()

    def birth(self, wid):
        return Spawned(wid, self.round + wid, told=self.told)

    def end(self, *pids):
        for pid in pids:
            self.members.exited(Exited(pid, 0), self.now)
        return self.look()

    def fail(self, wid):
        self.members.failed(wid, "no", self.staffing.wanted(), self.now)
        return self.look()


def crew_of(count, **options):
    """Return a crew whose processes all run."""
    crew = Crew(count, **options)
    crew.look()
    wids = list(crew.crowd.members)
    crew.round += 100
    for wid in wids:
        crew.members.spawned(crew.birth(wid), crew.now)
    crew.look()
    crew.now = 50.0
    return crew


# --- filling and shrinking ------------------------------------------------------------------------


def test_all_places_are_filled_at_once():
    crew = Crew(3)
    assert crew.look() == [Spawn(1), Spawn(2), Spawn(3)]
    assert crew.look() == []
    assert not crew.staffing.fits()
    crew.launch(1, 2, 3)
    assert crew.staffing.fits()
    assert crew.staffing.missing() == 0


def test_one_that_died_is_replaced_in_its_place():
    assert crew_of(2).end(102) == [Spawn(2)]


def test_too_many_are_let_go_those_not_launched_yet_first_then_the_oldest():
    crew = crew_of(2)
    crew.goal.count = 3
    crew.look()
    crew.goal.count = 1
    assert crew.look() == [CallOff(3), Signal(101, TERM)]


def test_with_a_warm_up_they_are_launched_one_by_one():
    crew = Crew(2, warmup_delay=2.0)
    assert crew.look() == [Spawn(1)]
    assert crew.launch(1) == []
    assert crew.staffing.next_launch(crew.now) == 2.0
    crew.now = 2.0
    assert crew.look() == [Spawn(2)]
    assert crew.staffing.next_launch(crew.now) == inf


def test_max_retry_of_zero_launches_nothing_and_is_trouble():
    crew = Crew(1, max_retry=0)
    crew.staffing.carry_out(Phase.RISING, 0.0)
    assert crew.members.effects == []
    assert crew.members.trouble == "max_retry is 0: nothing is ever launched"


def test_a_failed_launch_is_tried_again_only_when_its_delay_is_over():
    crew = Crew(1)
    crew.look()
    assert crew.fail(1) == []
    due = crew.staffing.next_launch(crew.now)
    assert crew.now < due < inf
    crew.now = due
    assert crew.look() == [Spawn(1)]


def test_a_launch_that_is_put_off_but_not_needed_is_not_waited_for():
    crew = Crew(1)
    crew.look()
    crew.fail(1)
    crew.goal.count = 0
    assert crew.staffing.next_launch(crew.now) == inf


# --- risen ----------------------------------------------------------------------------------------


def test_it_has_risen_when_each_place_was_tried_and_somebody_runs():
    crew = Crew(2)
    assert not crew.staffing.risen()
    crew.look()
    assert not crew.staffing.risen(), "both are pending"
    crew.launch(1)
    assert not crew.staffing.risen()
    crew.fail(2)
    assert crew.staffing.risen()


def test_it_has_not_risen_when_every_launch_failed():
    crew = Crew(1)
    crew.look()
    crew.fail(1)
    assert not crew.staffing.risen()


def test_one_that_lived_shortly_has_risen():
    crew = Crew(1)
    crew.look()
    crew.members.spawned(Spawned(1, 100), 0.0)
    crew.members.exited(Exited(100, 1), 0.0)
    assert crew.staffing.risen()


def test_of_nobody_wanted_it_has_risen_at_once():
    assert Crew(0).staffing.risen()


# --- reload ---------------------------------------------------------------------------------------


def test_a_surge_launches_all_new_then_lets_the_older_go():
    crew = crew_of(2)
    crew.staffing.new_generation(Rollout.SURGE)
    crew.staffing.reloading = True
    assert crew.look() == [Spawn(3), Spawn(4)]
    assert crew.launch(3) == []
    assert crew.launch(4) == [Signal(101, TERM), Signal(102, TERM)]
    assert crew.staffing.reloading
    crew.end(101)
    crew.members.exited(Exited(102, 0), crew.now)
    crew.staffing.carry_out(Phase.UP, crew.now)
    assert Announce("reload") in crew.members.effects
    assert not crew.staffing.reloading
    assert crew.staffing.fits()


def test_a_surge_does_not_wait_for_the_warm_up():
    crew = crew_of(1, warmup_delay=5.0)
    crew.goal.count = 2
    crew.now = 100.0
    crew.look()
    crew.launch(2)
    crew.now = 200.0
    crew.staffing.new_generation(Rollout.SURGE)
    assert crew.look() == [Spawn(3), Spawn(4)]


def test_rolling_replaces_one_after_the_other_the_oldest_first():
    crew = crew_of(2)
    crew.staffing.new_generation(Rollout.ROLLING)
    assert crew.look() == [Signal(101, TERM)]
    assert crew.end(101) == [Spawn(1)]
    assert crew.launch(1) == [Signal(102, TERM)]
    assert crew.end(102) == [Spawn(2)]
    assert crew.launch(2) == []
    assert crew.staffing.fits()


def test_a_singleton_is_always_rolled():
    crew = crew_of(1, singleton=True)
    crew.staffing.new_generation(Rollout.SURGE)
    assert crew.look() == [Signal(101, TERM)]
    assert crew.end(101) == [Spawn(1)]


def test_fewer_wanted_in_the_middle_of_a_surge_leaves_no_gap():
    crew = crew_of(2)
    crew.staffing.new_generation(Rollout.SURGE)
    crew.look()
    crew.goal.count = 1
    assert crew.look() == [Signal(101, TERM), CallOff(3)], "102 serves until 4 does"
    crew.members.called_off(3)
    assert crew.launch(4) == [Signal(102, TERM)]


def test_when_the_new_generation_cannot_be_launched_the_older_is_kept():
    crew = crew_of(2, max_retry=2)
    crew.staffing.new_generation(Rollout.SURGE)
    crew.look()
    assert crew.fail(3) == []
    assert crew.fail(4) == []
    assert crew.members.trouble is None
    assert crew.crowd.pids() == (101, 102)
    assert not crew.crowd.older
    assert crew.staffing.fits()
    assert not crew.crowd.older_than(crew.goal.generation)


# --- age ------------------------------------------------------------------------------------------


def aged(count, **options):
    crew = crew_of(count, max_age=60, max_age_variance=0, **options)
    crew.now = 60.0
    return crew


def test_one_that_has_reached_its_age_is_replaced_the_replacement_first_one_at_a_time():
    crew = aged(2)
    assert crew.look() == [Spawn(3)]
    assert crew.launch(3) == [Signal(101, TERM)]
    assert crew.look() == [], "the second waits until the first is gone"
    assert crew.end(101) == [Spawn(1)]
    assert crew.launch(1) == [Signal(102, TERM)]


@pytest.mark.parametrize("options", [{"singleton": True}, {"told": True}])
def test_one_that_keeps_its_place_is_replaced_there_when_it_is_gone(options):
    crew = aged(1, **options)
    assert crew.look() == [Signal(101, TERM)]
    assert crew.end(101) == [Spawn(1)]


def test_one_whose_replacement_was_given_up_is_left_alone_for_a_minute():
    crew = aged(1, max_retry=1)
    assert crew.look() == [Spawn(2)]
    assert crew.fail(2) == []
    assert crew.crowd.pids() == (101,)
    assert crew.staffing.next_expiry(Phase.UP) == crew.now + 60.0


@pytest.mark.parametrize("phase", [Phase.RISING, Phase.CONFIRMING])
def test_nobody_is_replaced_for_its_age_before_the_watcher_is_up(phase):
    crew = aged(1)
    assert crew.look(phase) == []
    assert crew.staffing.next_expiry(phase) == inf
    assert crew.staffing.next_expiry(Phase.UP) == 60.0


def test_nobody_is_replaced_for_its_age_during_a_reload():
    crew = aged(2)
    crew.staffing.new_generation(Rollout.SURGE)
    assert crew.look() == [Spawn(3), Spawn(4)]
    assert crew.staffing.next_expiry(Phase.UP) == inf


# --- no respawn, on demand ------------------------------------------------------------------------


def test_those_that_finished_are_not_replaced_and_the_last_ends_the_watcher():
    crew = crew_of(2, respawn=False)
    assert crew.end(101) == []
    assert (crew.staffing.wanted(), crew.goal.up) == (1, True)
    assert crew.end(102) == []
    assert not crew.goal.up


def test_an_on_demand_watcher_fills_its_places_once():
    crew = crew_of(2, on_demand=True)
    assert not crew.staffing.filling
    assert crew.end(101) == []
    assert crew.staffing.missing() == 0
    assert crew.staffing.fits()
    crew.staffing.begin()
    assert crew.look() == [Spawn(1)]


# --- going down -----------------------------------------------------------------------------------


def test_all_are_let_go_the_older_first_and_once():
    crew = crew_of(1)
    crew.staffing.new_generation(Rollout.SURGE)
    crew.look()
    assert crew.staffing.let_all_go(crew.now)
    assert [one for one in crew.members.effects if not isinstance(one, Announce)] == [
        Signal(101, TERM),
        CallOff(2),
    ]
    assert not crew.staffing.let_all_go(crew.now)


def test_those_not_launched_yet_can_be_called_off_alone():
    crew = crew_of(1)
    crew.goal.count = 3
    crew.look()
    crew.staffing.let_unborn_go(crew.now)
    assert crew.members.effects == [CallOff(2), CallOff(3)]
    assert crew.crowd.members[1].phase is Child.RUNNING


def test_a_new_start_forgets_what_was_skipped_and_tried():
    crew = Crew(1)
    crew.members.skipped = 3
    crew.look()
    crew.fail(1)
    crew.staffing.filling = False
    crew.staffing.begin()
    assert (crew.members.skipped, crew.staffing.filling) == (0, True)
    assert crew.members.pace.tries() == 0


def test_a_count_that_nobody_can_launch_takes_its_launches_a_thousand_at_a_time():
    crew = Crew(10**12)
    assert crew.look() == [Spawn(wid) for wid in range(1, AT_ONCE + 1)]
    assert crew.launch(1, 2) == [Spawn(AT_ONCE + 1), Spawn(AT_ONCE + 2)]
    crew.staffing.recount(AT_ONCE)
    assert len(crew.look()) == 2
