"""The machine of all watchers together: in which order they move.

A group command becomes a *sweep*: steps, each a verb for some watchers side by side; a step begins
when the one before it is over and the warm-up has passed. Starting goes by priority, the highest
first, watchers of one priority side by side; with a warm-up, one by one. Stopping is one step for
all. A newer command takes its watchers out of every older sweep, so two sweeps never move the same
watcher; a sweep that lost one says so in its answer. ``quit`` takes them all.

The machine moves watchers by name and knows nothing of what happens inside them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from math import inf

from circus.core.lifecycle import FLEET, Call, Tide
from circus.core.messages import Outcome, Reply


@dataclass(frozen=True, slots=True)
class GroupAsked:
    """Move several watchers. *names* None: all.

    *verb* is ``start``, ``stop``, ``restart``, ``reload`` or ``quit``.
    """

    verb: str
    names: tuple[str, ...] | None = None
    ticket: int = 0
    first: bool = False


@dataclass(frozen=True, slots=True)
class Overtaken:
    """A command moved this watcher alone: older sweeps leave it be."""

    name: str
    verb: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A watcher has done what a sweep asked of it, or *problem* says what is left to be told."""

    name: str
    sweep: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """Ask a watcher to do something; answer Moved."""

    name: str
    verb: str
    sweep: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The last watcher is down after ``quit``."""


FleetEvent = GroupAsked | Overtaken | Moved
FleetEffect = Move | Reply | Ended


@dataclass(frozen=True, slots=True)
class Entry:
    """What the fleet knows of a watcher."""

    name: str
    priority: int = 0
    autostart: bool = True


@dataclass
class Step:
    """One verb for some watchers side by side."""

    verb: str
    names: list[str]


@dataclass
class Sweep:
    """A group command under way.

    :param pause: seconds between the end of a start or reload and the next step
    :param moving: who has not got there yet
    :param warming: when those that move have got there, a pause follows
    """

    number: int
    verb: str
    ticket: int
    steps: list[Step]
    pause: float = 0.0
    first: bool = False
    moving: set[str] = field(default_factory=set)
    warming: bool = False
    not_before: float = -inf
    lost_to: str | None = None
    problems: list[str] = field(default_factory=list)

    def lose(self, names: Iterable[str], verb: str) -> None:
        """Leave watchers be that a newer command moves."""
        for name in names:
            if name in self.moving or any(name in step.names for step in self.steps):
                self.lost_to = verb
                self.moving.discard(name)
                for step in self.steps:
                    step.names = [one for one in step.names if one != name]
        self.steps = [step for step in self.steps if step.names]


class FleetMachine:
    """All watchers of one arbiter.

    :param warmup: seconds between the starts of two watchers
    """

    def __init__(self, warmup: float = 0.0) -> None:
        self.tide = Tide.DOWN
        self.warmup = warmup
        self.entries: dict[str, Entry] = {}
        self.sweeps: dict[int, Sweep] = {}
        self._last_sweep = 0
        self._effects: list[FleetEffect] = []

    def add(self, entry: Entry) -> None:
        """Know one more watcher, or know it differently."""
        self.entries[entry.name] = entry

    def remove(self, name: str) -> None:
        """Forget a watcher."""
        self.entries.pop(name, None)

    def in_order(self) -> list[str]:
        """Return all names, the highest priority first; ties in the order they came."""
        return [one.name for one in sorted(self.entries.values(), key=lambda one: -one.priority)]

    def feed(self, events: Iterable[FleetEvent], now: float) -> list[FleetEffect]:
        """Absorb events, take the steps that are due, and return what is to be performed."""
        for event in events:
            self._absorb(event)
        for sweep in list(self.sweeps.values()):
            self._advance(sweep, now)
        effects, self._effects = self._effects, []
        return effects

    def deadline(self) -> float:
        """Return when to look again although nothing happened (monotonic seconds), or inf."""
        waiting = (one.not_before for one in self.sweeps.values() if not one.moving and one.steps)
        return min(waiting, default=inf)

    def _absorb(self, event: FleetEvent) -> None:
        match event:
            case Moved(name, number, problem):
                sweep = self.sweeps.get(number)
                if sweep:
                    sweep.moving.discard(name)
                    sweep.problems += [problem] if problem else []
            case Overtaken(name, verb):
                self._take([name], verb)
            case GroupAsked():
                self._begin(event)

    def _take(self, names: Iterable[str], verb: str) -> None:
        for sweep in self.sweeps.values():
            if sweep.verb != "quit":
                sweep.lose(names, verb)

    def _begin(self, asked: GroupAsked) -> None:
        if self.tide is Tide.FALLING and asked.verb not in ("stop", "quit"):
            self._effects.append(
                Reply(asked.ticket, Outcome(error="superseded by quit", by="quit"))
            )
            return
        names = [n for n in self.in_order() if asked.names is None or n in asked.names]
        self._take(list(self.entries) if asked.verb == "quit" else names, asked.verb)
        self._last_sweep += 1
        sweep = Sweep(self._last_sweep, asked.verb, asked.ticket, self._steps(asked.verb, names))
        sweep.pause = self.warmup if asked.verb in ("start", "restart", "reload") else 0.0
        sweep.first = asked.first
        self.sweeps[sweep.number] = sweep
        if asked.first:
            self.tide = FLEET[self.tide, Call.BEGUN]
        if asked.verb == "quit":
            self.tide = FLEET[self.tide, Call.QUIT]

    def _steps(self, verb: str, names: list[str]) -> list[Step]:
        if verb in ("stop", "quit"):
            steps = [Step(verb, names[::-1])]
        elif verb == "reload":
            steps = [Step(verb, [name]) for name in names]
        elif verb == "restart":
            steps = [Step("stop", names[::-1]), *self._starts(names)]
        else:
            steps = self._starts(names)
        return [step for step in steps if step.names]

    def _starts(self, names: list[str]) -> list[Step]:
        entries = [self.entries[name] for name in names if self.entries[name].autostart]
        if self.warmup:
            return [Step("start", [entry.name]) for entry in entries]
        levels = groupby(entries, key=lambda entry: entry.priority)
        return [Step("start", [entry.name for entry in level]) for _, level in levels]

    def _advance(self, sweep: Sweep, now: float) -> None:
        if sweep.moving:
            return
        if sweep.warming:
            sweep.warming, sweep.not_before = False, now + sweep.pause
        if not sweep.steps:
            self._end(sweep)
        elif now >= sweep.not_before:
            step = sweep.steps.pop(0)
            sweep.moving = set(step.names)
            sweep.warming = step.verb != "stop"
            self._effects += [Move(name, step.verb, sweep.number) for name in step.names]

    def _end(self, sweep: Sweep) -> None:
        del self.sweeps[sweep.number]
        if sweep.first:
            self.tide = FLEET[self.tide, Call.STARTED]
        if sweep.ticket:
            lost = sweep.lost_to
            error = f"superseded by {lost}" if lost else "; ".join(sweep.problems) or None
            self._effects.append(Reply(sweep.ticket, Outcome(error=error, by=lost)))
        if sweep.verb == "quit" and self.tide is Tide.FALLING:
            self.tide = FLEET[self.tide, Call.STOPPED]
            self._effects.append(Ended())
