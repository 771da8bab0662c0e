"""A simulated world for one WatcherMachine: children that obey, dawdle, refuse, crash and leave.

The world performs the machine's effects on fake children and hooks, takes random steps, and after
each checks the properties of design.md §10. It has no clock but its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from random import Random
from typing import Any

from circus.core import messages as m
from circus.core.ending import Standing, standing
from circus.core.lifecycle import ALIVE, PENDING, SURVIVORS, Child, Phase
from circus.core.watcher import WatcherMachine
from circus.spec.model import HookSpec, StreamSpec, WatcherSpec

HOOKS = (
    "before_start", "after_start", "before_spawn", "after_spawn", "before_stop", "after_stop",
    "before_signal", "after_signal", "before_reap", "after_reap",
)  # fmt: skip
MANNERS = (*("obeys", "dawdles", "refuses", "leaves") * 3, "survives")
"""One that survives, or what it leaves, may take hours to die of SIGKILL."""
VERBS = ("start", "stop", "restart", "reload", "sequential", "count", "kill", "spec", "haste")


@dataclass
class Process:
    """One fake child."""

    pid: int
    manner: str
    dying: int | None = None
    alive: bool = True
    session: bool = True
    grace_until: float = inf
    signalled: float = -inf


class World:
    """Drives one machine with random events."""

    def __init__(self, seed: int | Random) -> None:
        self.random = seed if isinstance(seed, Random) else Random(seed)
        hooks = {hook: HookSpec("a.b") for hook in HOOKS if self.random.random() < 0.15}
        self.most = 1 if self.random.random() < 0.15 else 5
        self.spec = WatcherSpec(
            name="w",
            numprocesses=min(self.most, self.random.randrange(4)),
            singleton=self.most == 1,
            restart=self.random.choice(["always"] * 4 + ["on-failure"] * 2 + ["never"]),
            fatal_exit_codes=self.random.choice([(), (), (), (78,)]),
            backoff=self.random.choice([(1.0, 60.0), (0.5, 2.0)]),
            healthy_after=self.random.choice([1.0, 1.0, 8.0]),
            max_retry=self.random.choice([-1, 1, 3, 5]),
            max_age=self.random.choice([0, 0, 20]),
            max_age_variance=5,
            warmup_delay=self.random.choice([0, 0, 0, 1.0]),
            graceful_timeout=self.random.choice([0, 3.0, 10.0]),
            on_demand=self.random.random() < 0.1,
            send_hup=self.random.random() < 0.1,
            stop_command=self.random.choice([None, None, "bye $(circus.pid)"]),
            hooks=hooks,
            stdout_stream=StreamSpec("Some") if len(hooks) % 2 else None,
        )
        self.told = self.random.random() < 0.33
        self.machine = WatcherMachine(self.spec)
        self.now = 0.0
        self.processes: dict[int, Process] = {}
        self.launching: list[int] = []
        self.questions: list[int] = []
        self.listening = False
        self.tickets: set[int] = set()
        self.next_ticket = 0
        self.next_pid = 100
        self.history: list[Any] = []
        self.launch_fails = 0.1
        self.busy_wids: dict[int, int] = {}
        self.codes: set[int] = set()
        self.ended: int | None = None
        """The cycle whose end for good was told."""
        self.mortal = False
        """Whether even those die of SIGKILL now that survive it."""

    # --- steps ------------------------------------------------------------------------------------

    def step(self) -> None:
        """Take one random step and check everything."""
        steps: list[Callable[[], None]] = [self.command, self.pass_time]
        if self.launching:
            steps += [self.launch] * 4
        if self.processes:
            steps += [self.die] * 3
        if self.questions:
            steps += [self.answer] * 2
        if self.listening:
            steps += [self.connect]
        self.random.choice(steps)()

    def feed(self, *events: Any) -> None:
        self.history.append((self.now, events))
        pending = list(events)
        while True:
            effects = self.machine.feed(pending, self.now)
            pending = [event for effect in effects for event in self.perform(effect)]
            if not pending:
                break
        self.check()

    def command(self) -> None:
        verb = self.random.choice(VERBS)
        self.next_ticket += 1
        ticket = self.next_ticket
        self.tickets.add(ticket)
        if verb == "start":
            self.feed(m.StartAsked(ticket))
        elif verb == "stop":
            self.feed(m.StopAsked(ticket))
        elif verb == "restart":
            self.feed(m.RestartAsked(ticket))
        elif verb in ("reload", "sequential"):
            self.feed(m.ReloadAsked(ticket, sequential=verb == "sequential"))
        elif verb == "count":
            self.feed(m.CountAsked(min(self.most, self.random.randrange(5)), ticket, "incr"))
        elif verb == "haste":
            self.tickets.remove(ticket)
            self.feed(m.Hasten())
        elif verb == "spec":
            self.feed(m.SpecChanged(self.spec, self.random.random() < 0.5, ticket))
        else:
            pids = tuple(self.random.sample(sorted(self.processes), min(2, len(self.processes))))
            grace = self.random.choice([None, 0.0, 1.0, 20.0])
            self.feed(m.KillAsked(pids, None, grace, ticket))

    def pass_time(self) -> None:
        deadline = self.machine.deadline()
        self.now = deadline if deadline < inf else self.now + self.random.random() * 5
        self.feed()

    def launch(self) -> None:
        wid = self.launching.pop(self.random.randrange(len(self.launching)))
        if self.random.random() < self.launch_fails:
            self.feed(m.SpawnFailed(wid, "cannot exec"))
            return
        self.next_pid += 1
        pid = self.next_pid
        self.processes[pid] = Process(pid, self.random.choice(MANNERS))
        self.feed(m.Spawned(wid, pid, self.random.random(), self.told))

    def die(self) -> None:
        process = self.random.choice(list(self.processes.values()))
        if not process.alive:
            survives = process.manner == "survives" and not self.mortal
            chance = 0.02 if survives else 1.0 if process.dying is not None else 0.2
            if self.random.random() < chance:
                del self.processes[process.pid]
                self.feed(m.FamilyGone(process.pid))
            return
        if process.manner in ("refuses", "survives") and process.dying != -9:
            return
        if process.manner == "survives" and not self.mortal and self.random.random() < 0.9:
            return
        code = process.dying if process.dying is not None else self.random.choice([0, 1, -11, 78])
        left = process.manner == "leaves" and process.dying != -9
        if process.manner == "survives":
            left = self.random.random() < 0.5
        process.alive, process.dying = False, None
        if not left:
            del self.processes[process.pid]
        self.codes.add(code)
        self.feed(m.Exited(process.pid, code, left))

    def answer(self) -> None:
        question = self.questions.pop(self.random.randrange(len(self.questions)))
        self.feed(m.Answered(question, self.random.random() < 0.9))

    def connect(self) -> None:
        self.listening = False
        self.feed(m.SocketReady(waited=self.random.random() < 0.5))

    # --- effects ----------------------------------------------------------------------------------

    def perform(self, effect: Any) -> list[Any]:
        if isinstance(effect, m.Spawn):
            assert effect.wid not in self.launching
            assert effect.wid not in self.machine.pace.waits, "a place that has to wait"
            assert effect.wid not in self.machine.members.finished, "a place that has finished"
            self.launching.append(effect.wid)
            if "before_spawn" not in self.spec.hooks:
                self.check_alive()
        elif isinstance(effect, m.CallOff):
            if effect.wid in self.launching:
                self.launching.remove(effect.wid)
                return [m.SpawnCancelled(effect.wid)]
        elif isinstance(effect, m.Signal):
            process = self.processes[effect.pid]
            assert process.alive, "a signal to a process that is gone"
            process.signalled = self.now
            if effect.signum != 1 and process.manner in ("obeys", "leaves"):
                process.dying = -effect.signum
        elif isinstance(effect, m.StopByCommand):
            process = self.processes[effect.pid]
            assert process.alive, "a stop command for a process that is gone"
            process.dying = process.dying or (0 if process.manner in ("obeys", "leaves") else None)
        elif isinstance(effect, m.Kill):
            process = self.processes[effect.pid]
            assert process.alive, "a kill of a process that is gone"
            process.dying = -9
        elif isinstance(effect, m.SignalFamily):
            process = self.processes[effect.pid]
            assert not process.alive, "a session's signal while its leader is alive"
            if effect.signum == 9:
                process.dying = -9
        elif isinstance(effect, (m.Ask, m.CloseStreams)):
            self.asked(effect)
        elif isinstance(effect, m.Drop):
            self.questions.remove(effect.question)
        else:
            self.note(effect)
        return []

    def note(self, effect: Any) -> None:
        """Take note of what is no act on a process."""
        if isinstance(effect, m.Listen):
            self.listening = effect.on
        elif isinstance(effect, m.Over):
            self.over(effect)
        elif isinstance(effect, m.Reply):
            assert effect.ticket in self.tickets, "a ticket answered twice"
            self.tickets.remove(effect.ticket)

    def over(self, effect: m.Over) -> None:
        """Hold that an end for good comes once in a rise, that it is one, and with a true code."""
        machine = self.machine
        assert self.ended != machine.goal.cycle, "an end for good that was told already"
        assert standing(machine) is Standing.DONE
        self.ended = machine.goal.cycle
        success = effect.code in self.spec.success_exit_codes
        assert effect.failed or (success and machine.reason is None)
        assert effect.code in {*self.codes, 0 if not effect.failed else 1}

    def asked(self, effect: Any) -> None:
        """Keep a question, to be answered some time or never."""
        self.questions.append(effect.question)
        if isinstance(effect, m.CloseStreams):
            surviving = {member.pid for member in self.machine.crowd.surviving.values()}
            assert {*self.processes} <= surviving, "streams closed under a process"
        elif effect.hook == "before_spawn":
            self.check_alive()

    # --- properties -------------------------------------------------------------------------------

    def check(self) -> None:
        """Check what must hold after every step."""
        machine, crowd = self.machine, self.machine.crowd
        again = machine.feed([], self.now)
        assert again == [], f"a second look changed something: {again}"
        assert machine.deadline() > self.now, "a deadline that is over"
        pids = [member.pid for member in crowd.members.values() if member.pid]
        assert len(pids) == len(set(pids))
        assert set(pids) == set(self.processes), "the crowd is not what runs"
        self.check_groups()

    def check_alive(self) -> None:
        """Check, when somebody is added, that it is not too many."""
        alive = sum(p.alive for p in self.processes.values()) + len(self.launching)
        surviving = self.machine.crowd.surviving.values()
        mortal = alive - sum(member.phase is Child.SURVIVING for member in surviving)
        assert mortal <= 2 * self.machine.goal.count, "more than twice the count alive"
        assert not self.spec.singleton or alive <= 1, "two of a singleton"

    def check_groups(self) -> None:
        crowd = self.machine.crowd
        groups = [crowd.current, crowd.older, crowd.leaving, crowd.surviving]
        assert sum(map(len, groups)) == len(crowd.members)
        assert crowd.pending == sum(x.phase in PENDING for x in crowd.current.values())
        out = [*crowd.leaving.values(), *crowd.surviving.values()]
        assert crowd.holding == sum(x.holds for x in out)
        count: dict[int, int] = {}
        for member in crowd.members.values():
            assert (member.phase in SURVIVORS) == (member.wid in crowd.surviving)
            if member.phase not in SURVIVORS:
                count[member.generation] = count.get(member.generation, 0) + 1
            alive = member.pid in self.processes and self.processes[member.pid].alive
            assert alive == (member.phase in ALIVE)
            assert member.phase is not Child.GONE
        assert count == crowd.generations

    def come_to_rest(self) -> None:
        """Let everything that is under way end well, then compare the crowd with its goal."""
        self.launch_fails = 0.0
        self.mortal = True
        for _ in range(10_000):
            if self.launching:
                self.launch()
            elif self.questions:
                self.feed(m.Answered(self.questions.pop(), yes=True))
            elif any(p.dying is not None or not p.alive for p in self.processes.values()):
                self.die()
            elif self.machine.deadline() < inf and not self.settled():
                self.pass_time()
            else:
                break
        assert self.settled(), "never came to rest"
        assert not self.tickets, f"never answered: {self.tickets}"

    def settled(self) -> bool:
        machine, crowd = self.machine, self.machine.crowd
        if machine.phase in (Phase.DOWN, Phase.HELD):
            done = standing(machine) is Standing.DONE
            assert not done or self.ended == machine.goal.cycle, "an end for good that nobody told"
            return not crowd.members and (not machine.goal.up or self.spec.on_demand)
        fits = machine.staffing.fits() and not machine.staffing.missing() and not machine.pace.waits
        return machine.phase is Phase.UP and machine.goal.up and fits
