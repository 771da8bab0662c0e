"""Conversations with a WatcherMachine: ``play(...) >> event << effect``.

``>>`` feeds an event (or moves the clock, with ``after``). ``<<`` looks for an effect among those
that have come since the last match and skips what stands before it; ``<< nothing`` says that no
effect is left but announcements, logs and streams.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from circus.core import messages as m
from circus.core.watcher import WatcherMachine
from circus.spec.model import HookSpec, WatcherSpec

TERM, HUP, KILL = 15, 1, 9
QUIET = (m.Announce, m.Warn, m.Over, m.OpenStreams, m.GiveUpOutput)

start = m.StartAsked()
stop = m.StopAsked()
restart = m.RestartAsked()
reload = m.ReloadAsked()
nothing = object()


@dataclass
class after:  # noqa: N801 - reads as a word of the conversation
    """Let so many seconds go by."""

    seconds: float


@dataclass
class announce:  # noqa: N801 - reads as a word of the conversation
    """An announcement of this name (about this process)."""

    event: str
    pid: int | None = None

    def matches(self, effect: Any) -> bool:
        return (
            isinstance(effect, m.Announce)
            and effect.event == self.event
            and (self.pid is None or effect.fields.get("process_pid") == self.pid)
        )


@dataclass
class ask:  # noqa: N801 - reads as a word of the conversation
    """A question to this hook; it is remembered for ``yes`` and ``no``."""

    hook: str

    def matches(self, effect: Any) -> bool:
        return isinstance(effect, m.Ask) and effect.hook == self.hook


@dataclass
class close_streams:  # noqa: N801 - reads as a word of the conversation
    """The order to carry the output to its end; it is remembered for ``yes``."""

    close: bool = True

    def matches(self, effect: Any) -> bool:
        return isinstance(effect, m.CloseStreams) and effect.close == self.close


@dataclass
class answer:  # noqa: N801 - reads as a word of the conversation
    """The last question that was matched is answered."""

    yes: bool


yes, no = answer(yes=True), answer(yes=False)


@dataclass
class reply:  # noqa: N801 - reads as a word of the conversation
    """An answer to this ticket."""

    ticket: int
    error: str | None = None
    started: tuple[int, ...] | None = None
    stopped: tuple[int, ...] | None = None
    kept: tuple[int, ...] | None = None

    def matches(self, effect: Any) -> bool:
        if not isinstance(effect, m.Reply) or effect.ticket != self.ticket:
            return False
        for name in ("started", "stopped", "kept"):
            wanted = getattr(self, name)
            if wanted is not None and getattr(effect.outcome, name) != wanted:
                return False
        return effect.outcome.error == self.error


def spawned(pid: int, wid: int = 1, luck: float = 0.0, *, told: bool = False) -> m.Spawned:
    return m.Spawned(wid, pid, luck, told)


def failed(wid: int = 1, reason: str = "cannot exec 'foo': No such file or directory") -> Any:
    return m.SpawnFailed(wid, reason)


def exited(pid: int, code: int = 0, *, left: bool = False) -> m.Exited:
    return m.Exited(pid, code, left)


class Play:
    """One conversation."""

    def __init__(self, machine: WatcherMachine) -> None:
        self.machine = machine
        self.now = 1000.0
        self.heard: list[Any] = []
        self.question = 0

    def __rshift__(self, said: Any) -> Play:
        if isinstance(said, after):
            self.now += said.seconds
            said = []
        elif isinstance(said, answer):
            said = m.Answered(self.question, said.yes)
        events = said if isinstance(said, list) else [said]
        self.heard += self.machine.feed(events, self.now)
        assert self.machine.feed([], self.now) == [], "a second look changed something"
        assert self.machine.deadline() > self.now, "the deadline is not in the future"
        return self

    def __lshift__(self, wanted: Any) -> Play:
        if wanted is nothing:
            loud = [effect for effect in self.heard if not isinstance(effect, QUIET)]
            assert loud == [], f"expected nothing, heard {loud}"
            self.heard = []
            return self
        for index, effect in enumerate(self.heard):
            same = wanted.matches(effect) if hasattr(wanted, "matches") else wanted == effect
            if same:
                if isinstance(effect, (m.Ask, m.CloseStreams)):
                    self.question = effect.question
                del self.heard[: index + 1]
                return self
        raise AssertionError(f"expected {wanted}, heard {self.heard}")

    @property
    def status(self) -> str:
        return self.machine.status()

    @property
    def wids(self) -> list[int]:
        return sorted(self.machine.crowd.members)


def play(*hooks: str, **options: Any) -> Play:
    """Begin a conversation with a watcher of these hooks and options."""
    options["hooks"] = {hook: HookSpec("some.hook") for hook in hooks}
    return Play(WatcherMachine(WatcherSpec(**{"name": "web", "cmd": "foo", **options})))


def up(*hooks: str, pids: tuple[int, ...] = (100,), told: bool = False, **options: Any) -> Play:
    """A watcher that is up, with these processes at 1, 2, 3 …, which were told so or not."""
    talk = play(*hooks, numprocesses=len(pids), **options) >> start
    for wid, pid in enumerate(pids, 1):
        talk = talk >> spawned(pid, wid, told=told)
    assert talk.status == "active"
    talk.heard = []
    return talk
