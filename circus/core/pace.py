"""When a place may be tried: warm-up, back-off after failed launches, and crash loops.

Two delays exist. A *failed launch* (no such program, no right) holds back all places of the
watcher, for the next try would fail alike: 0.1 s, doubled each time. A *crash loop* (a place died
three times in a row soon after its birth) holds back that place alone. How long is said in
:mod:`circus.core.restart`. Both are forgotten when the watcher is started anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

from circus.core.restart import pause, retry_pause

if TYPE_CHECKING:
    from circus.spec.model import WatcherSpec


@dataclass
class Pace:
    """The facts about tries. Times are monotonic seconds.

    :param tried: launches that succeeded or failed, ever
    :param succeeded: whether one succeeded since the start
    :param failures: failed launches in a row
    :param rounds: how often in a row the next try had to wait
    :param last_failure: why the last one failed
    :param not_before: no launch before then
    :param waits: places in a crash loop → when they may be tried
    :param crashes: places → how often in a row they died soon after their birth
    """

    tried: int = 0
    succeeded: bool = False
    failures: int = 0
    rounds: int = 0
    last_failure: str = ""
    not_before: float = -inf
    waits: dict[int, float] = field(default_factory=dict)
    crashes: dict[int, int] = field(default_factory=dict)
    _tried_before: int = 0
    _next_wait: float = inf

    def tries(self) -> int:
        """Return how many launches were tried since the start."""
        return self.tried - self._tried_before

    def spawned(self, now: float, warmup: float) -> None:
        """Note that a launch succeeded; the next waits for the warm-up (seconds)."""
        self.tried += 1
        self.succeeded = True
        self.failures = self.rounds = 0
        self.not_before = now + warmup if warmup else -inf

    def failed(self, spec: WatcherSpec, reason: str, places: int, now: float) -> None:
        """Note that a launch failed; the next try waits, once so many places were tried."""
        self.tried += 1
        self.failures += 1
        self.last_failure = reason
        if self.tries() >= places and now >= self.not_before:
            self.rounds += 1
            self.not_before = now + retry_pause(spec, self.rounds)

    def ended(self, spec: WatcherSpec, wid: int, age: float) -> bool:
        """Note at which age (seconds) a place's process ended; say whether that was too early."""
        early = age < spec.healthy_after
        if not early:
            self.crashes.pop(wid, None)
        return early

    def crashed(self, spec: WatcherSpec, wid: int, now: float, luck: float) -> float:
        """Note that a place died early and unasked; return how many seconds it has to wait.

        :param luck: in [0, 1), draws the random part of the wait
        """
        crashes = self.crashes[wid] = self.crashes.get(wid, 0) + 1
        delay = pause(spec, crashes, luck)
        if delay:
            self.waits[wid] = now + delay
            self._next_wait = min(self._next_wait, now + delay)
        return delay

    def over(self, now: float) -> list[int]:
        """Return the places that need not wait any longer, and forget that they waited."""
        if now < self._next_wait:
            return []
        done = [wid for wid, until in self.waits.items() if until <= now]
        for wid in done:
            del self.waits[wid]
        self._next_wait = min(self.waits.values(), default=inf)
        return done

    def spare(self, count: int) -> list[int]:
        """Let so many places wait no longer, for they are not needed; return them."""
        spared = sorted(self.waits)[-count:] if count > 0 else []
        for wid in spared:
            del self.waits[wid]
        if spared:
            self._next_wait = min(self.waits.values(), default=inf)
        return spared

    def next_wait(self) -> float:
        """Return when the next waiting place may be tried."""
        return self._next_wait

    def begin(self) -> None:
        """Count tries from now on; failed launches are forgotten, crash loops are not."""
        self._tried_before = self.tried
        self.succeeded, self.failures, self.rounds, self.not_before = False, 0, 0, -inf

    def forget(self) -> list[int]:
        """Start afresh; return the places that waited."""
        waited = list(self.waits)
        self.waits.clear()
        self.crashes.clear()
        self._next_wait = inf
        self.begin()
        return waited
