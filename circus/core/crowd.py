"""The crowd of one watcher: its members, indexed so that one exit costs the same among 10,000.

The crowd keeps, besides the members by wid and by pid, four groups that the plan looks at:
``current`` (fill a place, of the goal's generation), ``older`` (fill a place, to be replaced),
``leaving`` (on their way out) and ``surviving`` (they cannot be killed, so nobody waits for them),
and how many of the last two still hold their place. Each group is a dict in order of birth, so the
oldest is the first. Only :meth:`Crowd.move` changes a phase.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from math import inf

from circus.core.lifecycle import CHILD, PENDING, STAYING, SURVIVORS, Child, Happening


@dataclass(eq=False, slots=True)
class Member:
    """One place and what runs in it. Times are monotonic seconds.

    :param serial: which member of its crowd it was, ever
    :param holds: its place is not filled again before it is gone
    :param asked: somebody asked for its end
    :param stop_signal: what it got, or will get, to end
    :param by_command: the watcher's stop command is run instead
    :param kill_at: when its grace is over, or it is killed once more
    :param killed: when it first got SIGKILL
    :param expires: when it has reached its max_age
    :param luck: in [0, 1), what was drawn at its birth
    :param renewed: another follows it in any case: of a newer generation, or at a later start
    """

    wid: int
    generation: int
    phase: Child
    serial: int = 0
    pid: int = 0
    born: float = 0.0
    holds: bool = False
    asked: bool = False
    stop_signal: int = 0
    by_command: bool = False
    kill_at: float = inf
    killed: float = inf
    expires: float = inf
    luck: float = 0.0
    renewed: bool = False


@dataclass
class Crowd:
    """All members of one watcher."""

    members: dict[int, Member] = field(default_factory=dict)
    by_pid: dict[int, Member] = field(default_factory=dict)
    current: dict[int, Member] = field(default_factory=dict)
    older: dict[int, Member] = field(default_factory=dict)
    leaving: dict[int, Member] = field(default_factory=dict)
    surviving: dict[int, Member] = field(default_factory=dict)
    pending: int = 0
    """How many of the current do not serve yet."""
    holding: int = 0
    """How many of the leaving and the surviving hold their place."""
    generations: dict[int, int] = field(default_factory=dict)
    """How many members there are of each generation, the surviving aside."""
    reserved: dict[int, int] = field(default_factory=dict)
    """Places without a member that must not be used yet → how many reasons there are."""
    _freed: list[int] = field(default_factory=list)
    _next_wid: int = 1
    _born: int = 0
    _kills: list[tuple[float, int, int]] = field(default_factory=list)
    _expiries: list[tuple[float, int, int]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.members)

    def add(self, generation: int, phase: Child) -> Member:
        """Add a member at the smallest free place."""
        wid = heapq.heappop(self._freed) if self._freed else self._next_wid
        if wid == self._next_wid:
            self._next_wid += 1
        self._born += 1
        member = Member(wid, generation, phase, self._born)
        self.members[wid] = member
        self.current[wid] = member
        self._count_in(generation)
        self.pending += 1
        return member

    def move(self, member: Member, happening: Happening) -> Child:
        """Let something happen to a member; keep the groups true; return its new phase."""
        before, after = member.phase, CHILD[member.phase, happening]
        if before is after:
            return after
        member.phase = after
        if before in PENDING and after not in PENDING and member.wid in self.current:
            self.pending -= 1
        if before in STAYING and after not in STAYING:
            self.current.pop(member.wid, None)
            self.older.pop(member.wid, None)
            if after is not Child.GONE:
                self.leaving[member.wid] = member
                self.holding += member.holds
        if after in SURVIVORS and member.wid in self.leaving:
            del self.leaving[member.wid]
            self.surviving[member.wid] = member
            self._count_off(member.generation)
        if after is Child.GONE:
            self._remove(member)
        return after

    def present(self) -> int:
        """Return how many members there are, the surviving aside."""
        return len(self.members) - len(self.surviving)

    def taken(self, *, alone: bool) -> int:
        """Return how many places the surviving take.

        :param alone: no two members may be alive side by side: then any takes one
        """
        return sum(alone or member.holds for member in self.surviving.values())

    def settle(self, member: Member, pid: int, born: float, expires: float) -> None:
        """Give a member the process that was launched for it."""
        member.pid, member.born, member.expires = pid, born, expires
        self.by_pid[pid] = member
        if expires < inf:
            heapq.heappush(self._expiries, (expires, member.wid, pid))

    def hold(self, member: Member) -> None:
        """Keep the place of a leaving member until it is gone."""
        if not member.holds:
            member.holds = True
            self.holding += member.wid in self.leaving or member.wid in self.surviving

    def release_held(self, count: int) -> None:
        """Give up the places that so many hold, the surviving last."""
        if not count:
            return
        both = (*self.leaving.values(), *self.surviving.values())
        held = [member for member in both if member.holds]
        for member in held[:count]:
            member.holds = False
            self.holding -= 1

    def outdate(self, members: list[Member], generation: int) -> None:
        """Say that members are to be replaced; those not launched yet join the new generation."""
        for member in members:
            if not member.pid:
                self._regenerate(member, generation)
            elif self.current.pop(member.wid, None):
                self.pending -= member.phase in PENDING
                self.older[member.wid] = member
                member.renewed = True
        self.older = dict(sorted(self.older.items(), key=lambda at: at[1].serial))

    def adopt(self, generation: int, not_before: float) -> None:
        """Count all older members as current: their replacement was given up.

        One that has reached its age is left alone until *not_before* (monotonic seconds).
        """
        for wid, member in self.older.items():
            self._regenerate(member, generation)
            member.renewed = False
            self.pending += member.phase in PENDING
            if member.expires < inf:
                member.expires = max(member.expires, not_before)
                heapq.heappush(self._expiries, (member.expires, wid, member.pid))
        self.current = dict(
            sorted((self.older | self.current).items(), key=lambda at: at[1].serial)
        )
        self.older = {}

    def grace(self, member: Member, until: float) -> None:
        """Set when a member's grace is over, but never later than it was."""
        if until < member.kill_at:
            member.kill_at = until
            heapq.heappush(self._kills, (until, member.wid, member.pid))

    def regrace(self, member: Member, until: float) -> None:
        """Give a member a grace anew."""
        member.kill_at = inf
        self.grace(member, until)

    def overdue(self, now: float) -> list[Member]:
        """Return the members whose grace is over, and forget their deadlines."""
        due = []
        while self._kills and self._kills[0][0] <= now:
            until, wid, pid = heapq.heappop(self._kills)
            member = self.members.get(wid)
            if member and member.pid == pid and member.kill_at == until:
                member.kill_at = inf
                due.append(member)
        return due

    def expired(self, now: float) -> Member | None:
        """Return one current member that has reached its age, or None."""
        self._drop_stale_expiries()
        if self._expiries and self._expiries[0][0] <= now:
            return self.members[self._expiries[0][1]]
        return None

    def next_kill(self) -> float:
        """Return when the next grace is over."""
        while self._kills:
            until, wid, pid = self._kills[0]
            member = self.members.get(wid)
            if member and member.pid == pid and member.kill_at == until:
                return until
            heapq.heappop(self._kills)
        return inf

    def next_expiry(self) -> float:
        """Return when the next current member reaches its age."""
        self._drop_stale_expiries()
        return self._expiries[0][0] if self._expiries else inf

    def reserve(self, wid: int) -> None:
        """Keep a place that has no member from being used."""
        if wid not in self.reserved and wid not in self.members:
            self._freed.remove(wid)
            heapq.heapify(self._freed)
        self.reserved[wid] = self.reserved.get(wid, 0) + 1

    def release(self, wid: int) -> None:
        """Take back one reason to keep a place from being used."""
        count = self.reserved.pop(wid, 0) - 1
        if count > 0:
            self.reserved[wid] = count
        elif count == 0 and wid not in self.members:
            heapq.heappush(self._freed, wid)

    def pids(self) -> tuple[int, ...]:
        """Return the pids of the members that stay, sorted."""
        return tuple(
            sorted(m.pid for group in (self.current, self.older) for m in group.values() if m.pid)
        )

    def older_than(self, generation: int) -> bool:
        """Say whether a member of an older generation is left, on its way out or not."""
        return any(one < generation for one in self.generations)

    def _regenerate(self, member: Member, generation: int) -> None:
        self._count_off(member.generation)
        member.generation = generation
        self._count_in(generation)

    def _count_in(self, generation: int) -> None:
        self.generations[generation] = self.generations.get(generation, 0) + 1

    def _count_off(self, generation: int) -> None:
        self.generations[generation] -= 1
        if not self.generations[generation]:
            del self.generations[generation]

    def _remove(self, member: Member) -> None:
        del self.members[member.wid]
        if self.surviving.pop(member.wid, None):
            self.holding -= member.holds
        else:
            self._count_off(member.generation)
        if self.leaving.pop(member.wid, None):
            self.holding -= member.holds
        if member.pid and self.by_pid.get(member.pid) is member:
            del self.by_pid[member.pid]
        if member.wid not in self.reserved:
            heapq.heappush(self._freed, member.wid)

    def _drop_stale_expiries(self) -> None:
        while self._expiries:
            expires, wid, pid = self._expiries[0]
            member = self.current.get(wid)
            if member and member.pid == pid and member.expires == expires:
                return
            heapq.heappop(self._expiries)
