"""What happens to single members: their launch, their stop, their end, and the hooks between.

The watcher's machine decides *how many* and *which*; here is decided what follows for one. The
rules: a stop signal waits for before_signal's answer, SIGKILL waits for nobody; a member that ends
is announced once, whatever phase it was in; its wid is not used again before its reap hooks have
answered. Who outlives SIGKILL is a survivor: nobody waits for his end, but his place is his own
until it comes. What concerns the whole watcher is left in ``trouble`` for the machine to find.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from signal import SIGKILL
from typing import TYPE_CHECKING, Any

from circus.core.crowd import Crowd, Member
from circus.core.lifecycle import STAYING, SURVIVORS, Child, Happening
from circus.core.messages import (
    Announce,
    Ask,
    CallOff,
    Drop,
    Effect,
    Exited,
    GiveUpOutput,
    Kill,
    Signal,
    SignalFamily,
    Spawn,
    Spawned,
    StopByCommand,
    Warn,
)
from circus.core.pace import Pace
from circus.core.questions import FAREWELL, OF_A_SIGNAL, OF_AN_END, OUTPUT, Question, Questions
from circus.core.restart import CRASHES, Ending, Then, failure, follows, how, how_early, never

if TYPE_CHECKING:
    from circus.spec.model import WatcherSpec

KILL_AGAIN = 1.0
"""Seconds after which what a process left is killed once more."""
SURVIVES = 5.0
"""Seconds after SIGKILL when whoever is still there is taken for one that cannot be killed."""
RETRY = 60.0
"""Seconds between two tries to kill a survivor."""


@dataclass
class Members:
    """The members of one watcher, and what their happenings entail."""

    spec: WatcherSpec
    crowd: Crowd = field(default_factory=Crowd)
    pace: Pace = field(default_factory=Pace)
    effects: list[Effect] = field(default_factory=list)
    questions: Questions = field(default_factory=Questions)
    now: float = 0.0
    """The monotonic time of this batch of events."""
    falling: bool = False
    """Whether the watcher is on its way down: then every hook has a limit."""
    hasty: bool = False
    """Whether every grace of this way down is over already."""
    finished: list[int] = field(default_factory=list)
    """The places of those that ended and are not replaced (:mod:`circus.core.restart`)."""
    told: bool = False
    """Whether the last process that was launched was told its wid."""
    last_exit: Ending | None = None
    """How the last process ended that did."""
    restarts: int = 0
    """How many ended by themselves and were to be replaced, ever."""
    failure: int | None = None
    """The code that the watcher fails with if it ends for good now (exit status or -signal)."""
    skipped: int = 0
    """How many launches of a new generation were given up while older ones serve."""
    trouble: str | None = None
    """Why the watcher cannot go on."""
    vetoed: bool = False
    """Whether that was a hook's no: an answer, not a failure (spec §4.3)."""

    def ask(self, hook: str, member: Member | None = None, **about: Any) -> int:
        """Ask a hook, if it is configured; return the question's number, or 0."""
        if hook not in self.spec.hooks:
            return 0
        wid, serial = (member.wid, member.serial) if member else (0, 0)
        until = self.farewell() if self.falling or hook in OF_A_SIGNAL else inf
        number = self.questions.ask(Question(hook, wid, serial, until))
        self.effects.append(Ask(number, hook, about))
        return number

    def farewell(self) -> float:
        """Return until when a hook that is asked now may answer on the way down."""
        grace = 0.0 if self.hasty else self.spec.graceful_timeout
        return self.now + max(grace, FAREWELL)

    def keeps_place(self) -> bool:
        """Say whether a member keeps its place and its wid until it is gone.

        So it is for a singleton, of which there is at most one, and for a program that is told its
        wid: it may pick a port or a device by it.
        """
        return self.spec.singleton or self.told

    # --- birth ------------------------------------------------------------------------------------

    def add(self, generation: int) -> None:
        """Fill one more place."""
        member = self.crowd.add(generation, Child.ASKING)
        if not self.ask("before_spawn", member):
            self._allowed(member)

    def spawned(self, event: Spawned, now: float) -> None:
        """A launch succeeded."""
        member = self.crowd.members[event.wid]
        spec = self.spec
        expires = inf
        if spec.max_age > 0:
            expires = now + spec.max_age + int(event.luck * (spec.max_age_variance + 1))
        self.crowd.settle(member, event.pid, now, expires)
        member.luck, self.told = event.luck, event.told
        self.pace.spawned(now, spec.warmup_delay)
        if self.crowd.move(member, Happening.SPAWNED) is Child.STOPPING:
            self._begin_stop(member, now, spec.graceful_timeout)
        elif not self.ask("after_spawn", member, pid=member.pid):
            self._accepted(member)

    def failed(self, wid: int, reason: str, places: int, now: float) -> None:
        """A launch failed; at the limit the watcher gives up, or the new generation is.

        Among many places that fail alike, one speaks for all.
        """
        told = (self.pace.last_failure, self.pace.rounds)
        self.crowd.move(self.crowd.members[wid], Happening.FAILED)
        self.pace.failed(self.spec, reason, places - self.crowd.pending, now)
        if told != (self.pace.last_failure, self.pace.rounds):
            self.effects.append(Warn(f"error in {self.spec.name!r}: {reason}"))
        if 0 <= self.spec.max_retry <= self.pace.failures:
            self.give_up(f"{reason} ({self.pace.failures} failed launches)", places)

    def called_off(self, wid: int) -> None:
        """A launch was called off before it was tried."""
        self.crowd.move(self.crowd.members[wid], Happening.FAILED)

    def give_up(self, reason: str, places: int = 1, *, veto: bool = False) -> None:
        """Stop trying: if an older generation serves it stays, else the watcher ends."""
        if self.crowd.older:
            self.skipped += places
            self.effects.append(Warn(f"reload of {self.spec.name!r} given up: {reason}"))
        else:
            self.trouble, self.vetoed = reason, veto

    # --- end --------------------------------------------------------------------------------------

    def let_go(
        self, member: Member, now: float, signum: int | None = None, grace: float | None = None
    ) -> None:
        """Ask a member to end, with a signal and a grace (seconds) of its own or the watcher's.

        For one that is ending already, only the end of its grace can come nearer.
        """
        seconds = self.spec.graceful_timeout if grace is None else grace
        seconds = 0.0 if self.hasty else seconds
        before = member.phase
        if before in STAYING:
            member.asked = True
            member.stop_signal = signum or self.spec.stop_signal
            member.by_command = signum is None and bool(self.spec.stop_command)
        after = self.crowd.move(member, Happening.STOP_ASKED)
        if after is Child.STOPPING and before is not Child.STOPPING:
            self._begin_stop(member, now, seconds)
        elif after in (Child.STOPPING, Child.LEFTOVERS):
            self.crowd.grace(member, now + seconds)
        elif after is Child.UNWANTED and before is not Child.UNWANTED:
            self.effects.append(CallOff(member.wid))

    def start_afresh(self) -> None:
        """Forget failed launches, crash loops and who has finished: every place may be tried."""
        self.unfinish(len(self.finished))
        self.failure = None
        for wid in self.pace.forget():
            self.crowd.release(wid)

    def unfinish(self, count: int) -> None:
        """Let so many places be filled again whose processes had finished, the last first."""
        for _ in range(min(count, len(self.finished))):
            self.crowd.release(self.finished.pop())

    def time_passed(self, now: float) -> bool:
        """Do what only time brings: waits and graces that are over; say whether there was any."""
        over = self.pace.over(now)
        for wid in over:
            self.crowd.release(wid)
        return self._overdue(now) or bool(over)

    def shorten_graces(self, now: float) -> None:
        """Let no grace last longer than the watcher's own from now."""
        for member in self.crowd.leaving.values():
            if member.phase in (Child.STOPPING, Child.LEFTOVERS):
                self.crowd.grace(member, now + self.spec.graceful_timeout)

    def _overdue(self, now: float) -> bool:
        """Kill those whose grace is over, and those once more who were killed and did not end."""
        due = self.crowd.overdue(now)
        for member in due:
            before = member.phase
            if self.crowd.move(member, Happening.GRACE_OVER) is not before:
                self._kill(member, now)
            else:
                self._kill_again(member, now)
        return bool(due)

    def _kill_again(self, member: Member, now: float) -> None:
        """Kill a process or what it left; who has outlived that for long is a survivor."""
        member.killed = min(member.killed, now)
        if now >= member.killed + SURVIVES and member.phase not in SURVIVORS:
            left = self.crowd.move(member, Happening.OUTLIVED) is Child.REMNANT
            who = f"what process {member.pid} left" if left else f"process {member.pid}"
            self.effects.append(Warn(f"cannot kill {who} of {self.spec.name!r}: it does not end"))
        if member.phase is Child.SURVIVING:
            self.effects.append(Kill(member.pid))
        else:
            self.effects.append(SignalFamily(member.pid, SIGKILL))
        self.crowd.regrace(member, now + (RETRY if member.phase in SURVIVORS else KILL_AGAIN))

    def hasten(self, now: float) -> None:
        """End every grace now; on the way down there is none any more, for hooks neither."""
        if self.falling:
            self.hasty = True
            self.questions.limit(now)
        for member in self.crowd.leaving.values():
            if member.phase in (Child.STOPPING, Child.LEFTOVERS):
                self.crowd.grace(member, now)

    def exited(self, event: Exited, now: float) -> None:
        """A process was reaped."""
        member = self.crowd.by_pid.get(event.pid)
        if member is None or member.phase in (Child.LEFTOVERS, Child.REMNANT):
            return
        before = member.phase
        self.last_exit = Ending(event.pid, member.wid, event.code, member.asked, now)
        self._announce_end(member, event)
        early = self.pace.ended(self.spec, member.wid, now - member.born)
        if before in STAYING:
            self._ended_by_itself(member, event, now, early=early)
        elif member.holds and never(self.spec):
            self._finished(member)
        happening = Happening.LEFT_SOME if event.left else Happening.EXITED
        if self.crowd.move(member, happening) is not Child.GONE:
            self._left_some(member, now)

    def _left_some(self, member: Member, now: float) -> None:
        """Signal what a process left: as it was itself, and within what is left of its grace."""
        if member.killed < inf:
            member.killed = inf
            self._kill_again(member, now)
            return
        signum = member.stop_signal or self.spec.stop_signal
        self.effects.append(SignalFamily(member.pid, signum))
        if member.kill_at == inf:
            self.crowd.regrace(member, now + self.spec.graceful_timeout)

    def emptied(self, pid: int) -> None:
        """Nobody is left of the family of a process that is gone."""
        member = self.crowd.by_pid.get(pid)
        if member:
            self.crowd.move(member, Happening.EMPTIED)

    # --- answers ----------------------------------------------------------------------------------

    def answered(self, question: Question, yes: bool, now: float) -> None:
        """A hook about one member answered."""
        if question.hook in ("before_reap", "after_reap"):
            self.crowd.release(question.wid)
            return
        member = self.crowd.members.get(question.wid)
        if member is None or member.serial != question.serial:
            return
        if question.hook == "before_spawn" and member.phase is Child.ASKING:
            self._answer_before_spawn(member, yes)
        elif question.hook == "after_spawn" and member.phase is Child.VETTING:
            self._answer_after_spawn(member, yes, now)
        elif question.hook == "before_signal" and member.phase is Child.STOPPING:
            self._signal(member, send=yes)

    def drop_questions(self, now: float) -> list[int]:
        """Go on without the answers of hooks whose limit is over; return the questions' numbers."""
        over = self.questions.overdue(now)
        for number, question in over:
            output = question.hook == OUTPUT
            self.effects.append(GiveUpOutput() if output else Drop(number))
            if question.hook in OF_AN_END:
                self.answered(question, True, now)
        return [number for number, _ in over]

    def _answer_before_spawn(self, member: Member, yes: bool) -> None:
        if yes:
            self._allowed(member)
        else:
            self.crowd.move(member, Happening.FORBIDDEN)
            self.give_up("before_spawn said no", veto=True)

    def _answer_after_spawn(self, member: Member, yes: bool, now: float) -> None:
        if yes:
            self._accepted(member)
            return
        member.asked = True
        self.crowd.move(member, Happening.REFUSED)
        self._kill(member, now)
        self.give_up("after_spawn said no", veto=True)

    # --- one step ---------------------------------------------------------------------------------

    def _allowed(self, member: Member) -> None:
        self.crowd.move(member, Happening.ALLOWED)
        self.effects.append(Spawn(member.wid))

    def _accepted(self, member: Member) -> None:
        self.crowd.move(member, Happening.ACCEPTED)
        self._announce("spawn", member)

    def _begin_stop(self, member: Member, now: float, grace: float) -> None:
        member.stop_signal = member.stop_signal or self.spec.stop_signal
        self.crowd.grace(member, now + grace)
        if grace <= 0:
            return
        signum = member.stop_signal
        if not self.ask("before_signal", member, pid=member.pid, signum=signum):
            self._signal(member, send=True)

    def _signal(self, member: Member, *, send: bool) -> None:
        if send and member.by_command:
            self.effects.append(StopByCommand(member.pid))
        elif send:
            self.effects.append(Signal(member.pid, member.stop_signal))
        self.ask("after_signal", member, pid=member.pid, signum=member.stop_signal)
        self._announce("kill", member)

    def _kill(self, member: Member, now: float) -> None:
        signum = int(SIGKILL)
        member.killed = now
        self.crowd.regrace(member, now + SURVIVES)
        self.ask("before_signal", member, pid=member.pid, signum=signum)
        self.effects.append(Kill(member.pid))
        self.ask("after_signal", member, pid=member.pid, signum=signum)
        self._announce("kill", member)

    def _ended_by_itself(self, member: Member, event: Exited, now: float, *, early: bool) -> None:
        then = follows(self.spec, event.code)
        if then is not Then.AGAIN:
            self.failure = failure(self.spec, event.code, self.failure)
        if then is Then.FATAL:
            self.vetoed = False
            self.trouble = f"process {event.pid} ended with a fatal code, {how(event.code)}"
        elif then is Then.FINISHED and not self.spec.on_demand:
            self._finished(member)
        else:
            self.restarts += 1
            if early:
                self._crashed(member, event, now)
        if event.left and self.keeps_place():
            self.crowd.hold(member)

    def _finished(self, member: Member) -> None:
        """Count a place as done, unless another follows in any case: a newer one, or on demand."""
        if not (member.renewed or self.spec.on_demand):
            self.finished.append(member.wid)
            self.crowd.reserve(member.wid)

    def _crashed(self, member: Member, event: Exited, now: float) -> None:
        """Let a place wait if it is in a crash loop; of many that begin to wait, one is told of."""
        wid, others_wait = member.wid, bool(self.pace.waits)
        delay = self.pace.crashed(self.spec, wid, now, member.luck)
        if not delay:
            return
        self.crowd.reserve(wid)
        if self.pace.crashes[wid] == CRASHES and not others_wait:
            died = f"process {event.pid} died {how_early(self.spec)}, {how(event.code)}"
            waits = f"place {wid} waits {delay:g} s, then ever longer up to"
            text = f"{self.spec.name!r}: {died}; {waits} {self.spec.backoff[1]:g} s"
            self.effects.append(Warn(text))

    def _announce_end(self, member: Member, event: Exited) -> None:
        pid, wid, asked = member.pid, member.wid, member.asked
        if self.ask("before_reap", member, process_pid=pid):
            self.crowd.reserve(wid)
        signum = -event.code if event.code < 0 else None
        fields = {"process_pid": pid, "exit_code": event.code, "signal": signum}
        self.effects.append(Announce("reap", {**fields, "asked": asked, "wid": wid}))
        status = None if asked else 1
        if self.ask(
            "after_reap", member, process_pid=pid, exit_code=event.code, process_status=status
        ):
            self.crowd.reserve(wid)

    def _announce(self, event: str, member: Member) -> None:
        fields = {"process_pid": member.pid, "wid": member.wid}
        self.effects.append(Announce(event, fields))
