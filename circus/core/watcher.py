"""The machine of one watcher: events in, effects out.

The machine holds the goal, which commands move, and a :class:`Members`, which knows what follows
for each single process. ``feed`` absorbs a batch of events, then looks again until nothing
changes: first what time brought (graces, waits, ages), then one turn of the watcher's own phase,
then the plan. Which rule wins:

1. A newer goal beats an open question: a hook holds back only what it guards.
2. The end of a grace beats everything else about that member.
3. Going down beats replacing: while the phase falls, nobody is added.
4. A launch that keeps failing ends the watcher, unless an older generation still serves.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from signal import SIGHUP

from circus.core.carrying import close_streams, open_streams
from circus.core.crowd import Crowd
from circus.core.goal import Goal, Rollout
from circus.core.lifecycle import DOWNWARD, HOOK_OF, RISEN, STATUS, STAYING, WATCHER, Phase, Turn
from circus.core.members import Members
from circus.core.messages import (
    Announce,
    Answered,
    CountAsked,
    Effect,
    Event,
    Exited,
    FamilyGone,
    Hasten,
    KillAsked,
    Listen,
    ReloadAsked,
    RestartAsked,
    Signal,
    SocketReady,
    SocketsChanged,
    SpawnCancelled,
    Spawned,
    SpawnFailed,
    SpecChanged,
    StartAsked,
    StopAsked,
    Warn,
    unreachable,
)
from circus.core.pace import Pace
from circus.core.staffing import Staffing
from circus.core.tickets import Ticket, Tickets
from circus.spec.model import WatcherSpec


class WatcherMachine:
    """One watcher's decisions.

    :param spec: what the watcher is asked to be
    """

    def __init__(self, spec: WatcherSpec) -> None:
        self.goal = Goal(count=spec.numprocesses)
        self.phase = Phase.DOWN
        self.reason: str | None = None
        """Why the watcher went down by itself, or None."""
        self.members = Members(spec)
        self.staffing = Staffing(self.goal, self.members)
        self.tickets = Tickets()
        self._cycle = 0
        self._connected = False
        self._waited = False
        self._close = True
        self._opened = False
        self._gate = 0
        self._verdict: Turn | None = None
        self._now = -inf

    @property
    def spec(self) -> WatcherSpec:
        """What the watcher is asked to be."""
        return self.members.spec

    @property
    def crowd(self) -> Crowd:
        """Its members."""
        return self.members.crowd

    @property
    def pace(self) -> Pace:
        """When a place may be tried."""
        return self.members.pace

    def status(self) -> str:
        """Return ``stopped``, ``starting``, ``active`` or ``stopping``."""
        return STATUS[self.phase]

    def feed(self, events: Iterable[Event], now: float) -> list[Effect]:
        """Absorb events, look until nothing changes, and return what is to be performed.

        :param now: the monotonic time in seconds; it never goes back
        """
        self._now = self.members.now = now
        for event in events:
            self._absorb(event)
        while self._look():
            pass
        effects = self.members.effects
        effects.extend(self.tickets.settle(self._met, self.crowd.pids, self.staffing.unkilled))
        self.members.effects = []
        return effects

    def deadline(self) -> float:
        """Return when to look again although nothing happened (monotonic seconds), or inf."""
        due = min(self.crowd.next_kill(), self.pace.next_wait(), self.members.questions.deadline())
        if self.phase in RISEN:
            launch = self.staffing.next_launch(self._now)
            due = min(due, launch, self.staffing.next_expiry(self.phase))
        return due

    def next_try(self) -> float:
        """Return when the next launch is tried (monotonic seconds); inf when none is put off."""
        if not self.goal.up:
            return inf
        launch = self.staffing.next_launch(self._now) if self.phase in RISEN else inf
        return min(self.pace.next_wait(), launch)

    # --- events -----------------------------------------------------------------------------------

    def _absorb(self, event: Event) -> None:
        match event:
            case Exited():
                self.members.exited(event, self._now)
            case Spawned():
                self.members.spawned(event, self._now)
            case SpawnFailed(wid, reason):
                self.members.failed(wid, reason, self.staffing.room(), self._now)
            case SpawnCancelled(wid):
                self.members.called_off(wid)
            case FamilyGone(pid):
                self.members.emptied(pid)
            case Answered(question, yes):
                self._answered(question, yes)
            case SocketReady(waited):
                self._connected, self._waited = self.phase is Phase.HELD, waited
            case SocketsChanged():
                if self.phase is Phase.HELD:
                    self.members.effects.append(Listen(on=True))
            case Hasten():
                self.members.hasten(self._now)
            case _:
                self._asked(event)

    def _asked(
        self,
        event: StartAsked
        | StopAsked
        | RestartAsked
        | ReloadAsked
        | CountAsked
        | SpecChanged
        | KillAsked,
    ) -> None:
        match event:
            case StartAsked(ticket):
                self._start(ticket)
            case StopAsked(ticket, verb, close):
                self._open_ticket(ticket, verb)
                self.goal.up, self._close = False, close
                self.reason = None
                if self.phase is Phase.FALLING:
                    self.members.shorten_graces(self._now)
            case RestartAsked(ticket, verb):
                self._open_ticket(ticket, verb)
                self.goal.up = True
                self.goal.cycle += 1
            case ReloadAsked(ticket, sequential):
                self._reload(ticket, sequential=sequential)
            case CountAsked(count, ticket, verb):
                self.staffing.recount(max(0, count))
                self._open_ticket(ticket, verb)
            case SpecChanged(spec, respawn, ticket):
                self.members.spec = spec
                if respawn and self.phase in RISEN:
                    self.staffing.new_generation(Rollout.SURGE)
                    self.staffing.reloading = True
                self._open_ticket(ticket, "set")
            case KillAsked():
                self._kill(event)
            case _:
                unreachable(event)

    def _start(self, ticket: int) -> None:
        self.members.start_afresh()
        self._open_ticket(ticket, "start")
        if not self.goal.up:
            self.goal.up = True
            self.goal.cycle += 1

    def _reload(self, ticket: int, *, sequential: bool) -> None:
        if self.phase in RISEN and self.spec.send_hup:
            for pid in self.crowd.pids():
                self.members.effects.append(Warn(f"SENDING HUP to {pid}"))
                self.members.effects.append(Signal(pid, SIGHUP))
            self.members.effects.append(Announce("reload"))
        elif self.phase in RISEN:
            self.staffing.new_generation(Rollout.ROLLING if sequential else Rollout.SURGE)
            self.staffing.reloading = True
        self._open_ticket(ticket, "reload")

    def _kill(self, event: KillAsked) -> None:
        members = [self.crowd.by_pid[pid] for pid in event.pids if pid in self.crowd.by_pid]
        for member in members:
            if member.phase in STAYING:  # the place of one that is leaving is being filled anew
                self.crowd.hold(member)
            self.members.let_go(member, self._now, event.signum, event.grace)
        self.tickets.add(Ticket(event.ticket, "kill", self.crowd.pids(), members=members))

    def _open_ticket(self, number: int, verb: str) -> None:
        self.members.effects.extend(self.tickets.supersede(verb))
        if number:
            ticket = Ticket(number, verb, self.crowd.pids())
            ticket.tries = self.pace.tried + self.staffing.missing()
            ticket.generation = self.goal.generation
            self.tickets.add(ticket)

    def _answered(self, number: int, yes: bool) -> None:
        question = self.members.questions.take(number)
        if question is None:
            return
        if number == self._gate:
            self._verdict = Turn.AGREED if yes else Turn.DENIED
        elif question.wid:
            self.members.answered(question, yes, self._now)

    # --- looking ----------------------------------------------------------------------------------

    def _look(self) -> bool:
        """Do what is due at this instant; say whether anything changed."""
        changed = self.members.time_passed(self._now)
        dropped = self.members.drop_questions(self._now)
        if self._gate in dropped:
            self._verdict = Turn.OVERDUE
        changed = changed or bool(dropped)
        if self.members.trouble:
            # what goes down has other ends than its processes'
            if self.phase in RISEN and not self._wants_down():
                self._give_up(self.members.trouble, veto=self.members.vetoed)
            self.members.trouble = None
            changed = True
        turn = self._turn()
        if turn and WATCHER[self.phase, turn] is not self.phase:
            self._enter(WATCHER[self.phase, turn], turn)
            return True
        if self.phase in RISEN:
            return self.staffing.carry_out(self.phase, self._now) or changed
        if self.phase is Phase.FALLING:
            return self.staffing.let_all_go(self._now) or changed
        return changed

    def _turn(self) -> Turn | None:
        """Name what happens to the watcher as a whole at this instant."""
        if self._wants_down():
            turn: Turn | None = Turn.UNWANTED
        elif self.phase in (Phase.DOWN, Phase.HELD, Phase.EMPTYING, Phase.ENDING):
            turn = self._wants_up()
        elif self.phase is Phase.RISING and self.staffing.risen():
            turn = Turn.RISEN
        elif self.phase is Phase.UP and self.spec.on_demand and not self.crowd.present():
            turn = Turn.HOLD
        else:
            turn = None
        if turn and WATCHER[self.phase, turn] is not self.phase:
            return turn
        if self.phase is Phase.FALLING:
            return None if self.crowd.present() else Turn.EMPTY
        if self.phase is Phase.ENDING and self.members.questions.of_an_end():
            return None
        return self._verdict

    def _wants_down(self) -> bool:
        if self.phase in RISEN or self.phase is Phase.OPENING:
            return not self.goal.up or self.goal.cycle != self._cycle
        return not self.goal.up

    def _wants_up(self) -> Turn | None:
        if not self.goal.up:
            return None
        held = self.spec.on_demand and not (self._connected and self.goal.count)
        return Turn.HOLD if held else Turn.WANTED

    def _enter(self, phase: Phase, turn: Turn) -> None:
        """Do what belongs to the beginning of a phase, and ask its hook."""
        before, self.phase = self.phase, phase
        self._gate, self._verdict = 0, None
        self.members.falling = phase in DOWNWARD
        self.members.hasty = self.members.hasty and self.members.falling
        if turn in (Turn.UNWANTED, Turn.DENIED):
            self.members.questions.limit(self.members.farewell())
        if Phase.HELD in (before, phase):
            self.members.effects.append(Listen(on=phase is Phase.HELD))
        if turn is Turn.DENIED and before not in DOWNWARD:
            self._give_up(f"{HOOK_OF[before]} said no", veto=True)
        if phase is Phase.OPENING:
            self._open()
        elif phase is Phase.RISING:
            open_streams(self.members)
            self._opened = True
        elif phase is Phase.UP:
            self.members.effects.append(Announce("start"))
        elif phase is Phase.CLOSING:
            self.staffing.let_unborn_go(self._now)
        elif phase is Phase.FALLING:
            self.members.shorten_graces(self._now)
        elif phase is Phase.ENDING:
            self._end()
        elif Phase.HELD in (before, phase):
            self._connected = False
            self._carry()
        if phase in HOOK_OF or phase is Phase.EMPTYING:
            hook = HOOK_OF.get(phase)
            self._gate = self.members.ask(hook) if hook else self._carry()
            self._verdict = None if self._gate else Turn.AGREED

    def _served(self) -> bool:
        """Say whether those that ran last ended well and left no connection waiting."""
        last = self.members.last_exit
        well = last is None or last.code in self.spec.success_exit_codes
        return well and not self._waited

    def _open(self) -> None:
        self._cycle = self.goal.cycle
        self._close = True
        self.reason = None
        self.staffing.reloading = False
        self.staffing.begin(afresh=not self.spec.on_demand or self._served())

    def _end(self) -> None:
        self._connected = False
        self.members.start_afresh()
        fields = {} if self.reason is None else {"reason": self.reason}
        self.members.effects.append(Announce("stop", fields))

    def _carry(self) -> int:
        """Have what was written carried to its streams; return the question's number, or 0."""
        if not self._opened or self.goal.up:  # who starts again does not wait for that
            return 0
        self._opened = not self._close
        return close_streams(self.members, self._close)

    def _give_up(self, reason: str, *, veto: bool = False) -> None:
        self.members.trouble = None
        if not self.goal.up:
            return
        self.staffing.end_for_good(gave_up=True)
        self._close = True
        self.reason = reason
        self.members.effects.append(Warn(f"{self.spec.name!r} is stopped: {reason}"))
        if not veto:
            self.tickets.fail(reason)

    # --- answers ----------------------------------------------------------------------------------

    def _met(self, ticket: Ticket) -> bool:
        """Say whether a request's goal is met."""
        if ticket.verb == "kill":
            return ticket.members_gone()
        if ticket.verb in ("stop", "rm", "quit"):
            return self.phase is Phase.DOWN
        if self.phase in (Phase.DOWN, Phase.HELD):
            return True
        if ticket.verb in ("start", "restart"):
            return self._tried(ticket)
        if self._failing(ticket):
            return True
        if self.phase is not Phase.UP or self.crowd.older_than(ticket.generation):
            return False
        surged = ticket.verb == "reload" and self.goal.rollout is Rollout.SURGE
        return surged or self.staffing.fits()

    def _tried(self, ticket: Ticket) -> bool:
        """Say whether each place was tried once in the cycle that was asked for."""
        if self.crowd.pending or self.goal.cycle != self._cycle:
            return False
        if self.phase is Phase.UP:
            return not self.staffing.missing() or self.pace.tried >= ticket.tries
        return self._failing(ticket)

    def _failing(self, ticket: Ticket) -> bool:
        """Say whether launches fail and are tried again later: then nobody waits for them."""
        failing = self.phase in RISEN and self.pace.failures and not self.crowd.pending
        if not failing or self._now >= self.pace.not_before:
            return False
        ticket.error = self.pace.last_failure
        return True
