"""Carrying out the plan: whom to add and whom to let go, one step at a time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from math import inf

from circus.core.crowd import Member
from circus.core.goal import SUPERSEDES, Goal, Rollout
from circus.core.lifecycle import Phase
from circus.core.members import Members
from circus.core.messages import Announce, Over
from circus.core.reconcile import Plan, Sight, plan
from circus.core.restart import never
from circus.core.tickets import Ticket

AT_ONCE = 1000
"""So many launches of a watcher are under way at a time: a count that nobody can launch, as of a
slip of the hand, takes neither time nor memory."""
RESPITE = 60.0
"""Seconds for which one is left alone that has reached its age and could not be replaced."""


@dataclass
class Staffing:
    """Brings one watcher's crowd towards its goal.

    :param reloading: a reload was asked for and is not announced yet
    :param filling: places are being filled that never were; an on-demand watcher fills no other
    """

    goal: Goal
    members: Members
    reloading: bool = False
    filling: bool = True
    over_in: int | None = None
    """The cycle in which the watcher ended for good and nobody had asked for it."""

    def wanted(self) -> int:
        """Return how many are to run; those that finished are not replaced."""
        return max(0, self.goal.count - len(self.members.finished))

    def taken(self) -> int:
        """Return how many places those take that cannot be killed."""
        return self.members.crowd.taken(alone=self.members.spec.singleton)

    def room(self) -> int:
        """Return how many can run: as many as wanted, where nobody takes a place for good."""
        return max(0, self.wanted() - self.taken())

    def unkilled(self, ticket: Ticket) -> tuple[int, ...]:
        """Return the pids of those who should have been killed, or are in the way of a start."""
        found = self.members.crowd.surviving.values()
        if ticket.verb == "kill":
            return tuple(one.pid for one in found if one in ticket.unkilled)
        if ticket.verb not in SUPERSEDES or (ticket.verb == "start" and not self.taken()):
            return ()
        return tuple(one.pid for one in found)

    def sight(self) -> Sight:
        """Count the crowd."""
        crowd = self.members.crowd
        return Sight(
            wanted=self.wanted(),
            current=len(crowd.current),
            pending=crowd.pending,
            older=len(crowd.older),
            leaving=len(crowd.leaving),
            holding=crowd.holding,
            taken=self.taken(),
            waiting=len(self.members.pace.waits) + self.members.skipped,
            mourned=self._mourned(),
            rollout=self.goal.rollout,
            alone=self.members.spec.singleton,
        )

    def plan(self) -> Plan:
        """Return the next step."""
        return plan(self.sight())

    def missing(self) -> int:
        """Return how many are still to be launched."""
        if self.members.spec.on_demand and not self.filling:
            return 0
        return max(0, self.room() - len(self.members.crowd.current))

    def risen(self) -> bool:
        """Say whether each place was tried once and somebody runs, or ran."""
        see, pace, room = self.sight(), self.members.pace, self.room()
        tried = pace.tries() >= room or see.current + see.holding >= see.wanted
        somebody = pace.succeeded or see.current or see.older or not room
        return tried and not see.pending and bool(somebody)

    def fits(self) -> bool:
        """Say whether the crowd is what was asked for, and nobody is on the way in or out."""
        see = self.sight()
        if see.pending or see.leaving or see.older or see.mourned:
            return False
        return self.members.spec.on_demand or see.current + see.waiting == self.room()

    def next_launch(self, now: float) -> float:
        """Return when the next launch is tried that was put off, or inf."""
        held = self.members.pace.not_before
        return held if held > now and self.plan().add else inf

    def next_expiry(self, phase: Phase) -> float:
        """Return when the next member has reached its age, or inf while none may be replaced."""
        return self.members.crowd.next_expiry() if self._may_retire(phase) else inf

    def new_generation(self, rollout: Rollout) -> None:
        """Ask for all members to be replaced. A singleton never has two side by side."""
        self.goal.generation += 1
        self.goal.rollout = Rollout.ROLLING if self.members.spec.singleton else rollout
        crowd = self.members.crowd
        crowd.outdate(list(crowd.current.values()), self.goal.generation)
        self.begin()

    def begin(self, *, afresh: bool = True) -> None:
        """Begin to fill all places; with *afresh* nothing that happened before counts."""
        self.members.skipped = 0
        self.filling = True
        if afresh:
            self.members.start_afresh()
        else:
            self.members.pace.begin()

    def recount(self, count: int) -> None:
        """Want so many; fewer than before are taken from those that have finished first."""
        self.members.unfinish(self.goal.count - count)
        self.goal.count = count

    def carry_out(self, phase: Phase, now: float) -> bool:
        """Take the next step; say whether anything changed."""
        retired = self._retire(phase, now)
        self._spare()
        adopted = self._adopt(now)
        step = self.plan()
        crowd = self.members.crowd
        begun = step.add or crowd.pending or crowd.older or crowd.holding
        later = self.members.pace.waits or self._mourned()
        self.filling = self.filling and bool(begun or later)
        replaced = len(crowd.current) + len(crowd.older) <= self.wanted()
        for member in list(islice(crowd.older.values(), step.drop_older)):
            self.members.let_go(member, now)
            if replaced and self.goal.rollout is Rollout.ROLLING:
                crowd.hold(member)
        for member in self._surplus(step.drop_current):
            self.members.let_go(member, now)
        crowd.release_held(step.release)
        add = self._in_time(step.add, now)
        for _ in range(add):
            self.members.add(self.goal.generation)
        rolled = self.goal.rollout is Rollout.SURGE or self.fits()
        if self.reloading and rolled and not crowd.older_than(self.goal.generation):
            self.reloading = False
            self.members.effects.append(Announce("reload"))
        moved = step.drop_older or step.drop_current or step.release or add
        return bool(self._finish(phase) or moved or retired or adopted or self.members.trouble)

    def let_all_go(self, now: float) -> bool:
        """Ask everybody to end; say whether anybody had to be asked."""
        crowd = self.members.crowd
        staying = [*crowd.older.values(), *crowd.current.values()]
        for member in staying:
            self.members.let_go(member, now)
            # should it outlive SIGKILL: no later start fills its place before it is gone
            member.renewed = True
            crowd.hold(member)
        return bool(staying)

    def let_unborn_go(self, now: float) -> None:
        """Call off every launch that has not happened yet."""
        crowd = self.members.crowd
        for member in [*crowd.older.values(), *crowd.current.values()]:
            if not member.pid:
                self.members.let_go(member, now)

    def _surplus(self, count: int) -> list[Member]:
        """Choose whom to let go: those not launched yet, then the oldest."""
        if not count:
            return []
        members = sorted(self.members.crowd.current.values(), key=lambda one: bool(one.pid))
        return members[:count]

    def _in_time(self, add: int, now: float) -> int:
        """Return how many of the missing may be launched at this instant."""
        spec, pace = self.members.spec, self.members.pace
        if not add or now < pace.not_before:
            return 0
        if spec.on_demand and not self.filling:
            return 0
        if spec.max_retry == 0:
            self.members.give_up("max_retry is 0: nothing is ever launched")
            return 0
        surging = self.members.crowd.older and self.goal.rollout is Rollout.SURGE
        if spec.warmup_delay and not surging:
            return 0 if self.members.crowd.pending else 1
        return max(0, min(add, AT_ONCE - self.members.crowd.pending))

    def _spare(self) -> None:
        """Forget places that wait and are not needed any more."""
        crowd, pace = self.members.crowd, self.members.pace
        filled = len(crowd.current) + crowd.holding
        for wid in pace.spare(filled + len(pace.waits) - self.wanted()):
            crowd.release(wid)

    def _mourned(self) -> int:
        """Return how many places wait for their reap hooks, where a place keeps its wid."""
        if not self.members.keeps_place():
            return 0
        others = {*self.members.pace.waits, *self.members.finished}
        return len(self.members.crowd.reserved.keys() - others)

    def _may_retire(self, phase: Phase) -> bool:
        crowd = self.members.crowd
        return phase is Phase.UP and not crowd.older and not crowd.leaving

    def _retire(self, phase: Phase, now: float) -> bool:
        """Begin to replace one member that has reached its age; say whether there was one."""
        member = self.members.crowd.expired(now) if self._may_retire(phase) else None
        if member is None:
            return False
        spec = self.members.spec
        self.filling = self.filling or not never(spec)
        if self.members.keeps_place() or never(spec):
            self.members.let_go(member, now)
            self.members.crowd.hold(member)
        else:
            self.goal.rollout = Rollout.SURGE
            self.members.crowd.outdate([member], self.goal.generation)
        return True

    def _adopt(self, now: float) -> bool:
        """Keep older members for the launches that were given up; say whether it came to that."""
        see, skipped = self.sight(), self.members.skipped
        if not skipped or see.pending:
            return False
        all_tried = see.current + see.holding + skipped >= see.wanted
        if not all_tried and see.rollout is not Rollout.ROLLING:
            return False
        self.members.skipped = 0
        self.members.crowd.adopt(self.goal.generation, now + RESPITE)
        return True

    def _finish(self, phase: Phase) -> bool:
        """Go down once all have finished; say whether it is so."""
        done = len(self.members.finished) >= self.goal.count > 0
        if done and phase is Phase.UP and self.goal.up and not self.members.crowd.present():
            self.end_for_good(gave_up=False)
            return True
        return False

    def end_for_good(self, *, gave_up: bool) -> None:
        """Want to be down although nobody asked for it, and say how that came."""
        self.goal.up, self.over_in = False, self.goal.cycle
        code = self.members.failure
        failed = gave_up or code is not None
        self.members.effects.append(Over(int(failed) if code is None else code, failed))
