"""What happens to single members: their launch, their stop, their end, and the hooks between.

The watcher's machine decides *how many* and *which*; here is decided what follows for one. The
rules: a stop signal waits for before_signal's answer, SIGKILL waits for nobody; a member that ends
is announced once, whatever phase it was in; its wid is not used again before its reap hooks have
answered. What concerns the whole watcher is left in ``trouble`` for the machine to find.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from signal import SIGKILL
from typing import TYPE_CHECKING, Any

from circus.core.crowd import Crowd, Member
from circus.core.lifecycle import STAYING, Child, Happening
from circus.core.messages import (
    Announce,
    Ask,
    CallOff,
    Effect,
    Exited,
    Kill,
    Signal,
    SignalSession,
    Spawn,
    Spawned,
    Warn,
)
from circus.core.pace import Pace
from circus.core.restart import CRASHES, Ending, Then, follows, how, never

if TYPE_CHECKING:
    from circus.spec.model import WatcherSpec

KILL_AGAIN = 1.0
"""Seconds after which what is left in a session is killed once more."""


@dataclass(frozen=True)
class Question:
    """A hook's call that was not answered yet, and the place and member it is about (0: none)."""

    hook: str
    wid: int = 0
    serial: int = 0


@dataclass
class Members:
    """The members of one watcher, and what their happenings entail."""

    spec: WatcherSpec
    crowd: Crowd = field(default_factory=Crowd)
    pace: Pace = field(default_factory=Pace)
    effects: list[Effect] = field(default_factory=list)
    questions: dict[int, Question] = field(default_factory=dict)
    asked: int = 0
    """How many questions were asked so far: the number of the last one."""
    finished: list[int] = field(default_factory=list)
    """The places of those that ended and are not replaced (:mod:`circus.core.restart`)."""
    told: bool = False
    """Whether the last process that was launched was told its wid."""
    last_exit: Ending | None = None
    """How the last process ended that did."""
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
        self.asked += 1
        wid, serial = (member.wid, member.serial) if member else (0, 0)
        self.questions[self.asked] = Question(hook, wid, serial)
        self.effects.append(Ask(self.asked, hook, about))
        return self.asked

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
        before = member.phase
        if before in STAYING:
            member.asked = True
            member.stop_signal = signum or self.spec.stop_signal
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
        """Kill those whose grace is over."""
        due = self.crowd.overdue(now)
        for member in due:
            if self.crowd.move(member, Happening.GRACE_OVER) is Child.LEFTOVERS:
                self.effects.append(SignalSession(member.pid, SIGKILL))
                self.crowd.regrace(member, now + KILL_AGAIN)
            else:
                self._kill(member)
        return bool(due)

    def hasten(self, now: float) -> None:
        """End every grace now."""
        for member in self.crowd.leaving.values():
            if member.phase in (Child.STOPPING, Child.LEFTOVERS):
                self.crowd.grace(member, now)

    def exited(self, event: Exited, now: float) -> None:
        """A process was reaped."""
        member = self.crowd.by_pid.get(event.pid)
        if member is None or member.phase is Child.LEFTOVERS:
            return
        before = member.phase
        self.last_exit = Ending(event.pid, member.wid, event.code, member.asked, now)
        self._announce_end(member, event)
        early = self.pace.ended(self.spec, member.wid, now - member.born)
        if before in STAYING:
            self._ended_by_itself(member, event, now, early=early)
        elif member.holds and not member.renewed and never(self.spec):
            self._finished(member.wid)
        killing = before is Child.KILLING
        happening = Happening.LEFT_SOME if event.left else Happening.EXITED
        if self.crowd.move(member, happening) is Child.LEFTOVERS:
            signum = int(SIGKILL) if killing else member.stop_signal or self.spec.stop_signal
            self.effects.append(SignalSession(member.pid, signum))
            if member.kill_at == inf:
                self.crowd.regrace(
                    member, now + (KILL_AGAIN if killing else self.spec.graceful_timeout)
                )

    def emptied(self, pid: int) -> None:
        """Nobody is left of the session of a process that is gone."""
        member = self.crowd.by_pid.get(pid)
        if member:
            self.crowd.move(member, Happening.EMPTIED)

    # --- answers ----------------------------------------------------------------------------------

    def answered(self, question: Question, yes: bool) -> None:
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
            self._answer_after_spawn(member, yes)
        elif question.hook == "before_signal" and member.phase is Child.STOPPING:
            self._signal(member, send=yes)

    def _answer_before_spawn(self, member: Member, yes: bool) -> None:
        if yes:
            self._allowed(member)
        else:
            self.crowd.move(member, Happening.FORBIDDEN)
            self.give_up("before_spawn said no", veto=True)

    def _answer_after_spawn(self, member: Member, yes: bool) -> None:
        if yes:
            self._accepted(member)
            return
        member.asked = True
        self.crowd.move(member, Happening.REFUSED)
        self._kill(member)
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
        if send:
            self.effects.append(Signal(member.pid, member.stop_signal))
        self.ask("after_signal", member, pid=member.pid, signum=member.stop_signal)
        self._announce("kill", member)

    def _kill(self, member: Member) -> None:
        signum = int(SIGKILL)
        self.ask("before_signal", member, pid=member.pid, signum=signum)
        self.effects.append(Kill(member.pid))
        self.ask("after_signal", member, pid=member.pid, signum=signum)
        self._announce("kill", member)

    def _ended_by_itself(self, member: Member, event: Exited, now: float, *, early: bool) -> None:
        then = follows(self.spec, event.code)
        if then is Then.FATAL:
            self.vetoed = False
            self.trouble = f"process {event.pid} ended with a fatal code, {how(event.code)}"
        elif then is Then.FINISHED:
            self._finished(member.wid)
        elif early:
            self._crashed(member, event, now)
        if event.left and self.keeps_place():
            self.crowd.hold(member)

    def _finished(self, wid: int) -> None:
        if not self.spec.on_demand:  # there, every place waits for the next connection
            self.finished.append(wid)
            self.crowd.reserve(wid)

    def _crashed(self, member: Member, event: Exited, now: float) -> None:
        """Let a place wait if it is in a crash loop; of many that begin to wait, one is told of."""
        wid, others_wait = member.wid, bool(self.pace.waits)
        delay = self.pace.crashed(self.spec, wid, now, member.luck)
        if not delay:
            return
        self.crowd.reserve(wid)
        if self.pace.crashes[wid] == CRASHES and not others_wait:
            died = f"{self.spec.name!r}: process {event.pid} died at once, {how(event.code)}"
            longest = self.spec.backoff[1]
            text = f"{died}; place {wid} waits {delay:g} s, then ever longer up to {longest:g} s"
            self.effects.append(Warn(text))

    def _announce_end(self, member: Member, event: Exited) -> None:
        pid, wid, asked = member.pid, member.wid, member.asked
        if self.ask("before_reap", member, process_pid=pid):
            self.crowd.reserve(wid)
        self.effects.append(
            Announce(
                "reap",
                {
                    "process_pid": pid,
                    "exit_code": event.code,
                    "signal": -event.code if event.code < 0 else None,
                    "asked": asked,
                    "wid": wid,
                },
            )
        )
        status = None if asked else 1
        if self.ask(
            "after_reap", member, process_pid=pid, exit_code=event.code, process_status=status
        ):
            self.crowd.reserve(wid)

    def _announce(self, event: str, member: Member) -> None:
        fields = {"process_pid": member.pid, "wid": member.wid}
        self.effects.append(Announce(event, fields))
