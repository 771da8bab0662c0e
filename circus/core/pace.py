"""When a place may be tried: warm-up, back-off after failed launches, and crash loops.

Two delays exist. A *failed launch* (no such program, no right) holds back all places of the
watcher, for the next try would fail alike: 0.1 s, doubled each time. A *crash loop* (a place died
three times in a row within a second of its birth) holds back that place alone: 1 s, doubled each
time. Both are forgotten when the watcher is started anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from circus.core.reconcile import YOUNG, crash_delay, retry_delay


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
    """

    tried: int = 0
    succeeded: bool = False
    failures: int = 0
    rounds: int = 0
    last_failure: str = ""
    not_before: float = -inf
    waits: dict[int, float] = field(default_factory=dict)
    _tried_before: int = 0
    _crashes: dict[int, int] = field(default_factory=dict)
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

    def failed(self, reason: str, places: int, now: float) -> None:
        """Note that a launch failed; the next try waits, once so many places were tried."""
        self.tried += 1
        self.failures += 1
        self.last_failure = reason
        if self.tries() >= places and now >= self.not_before:
            self.rounds += 1
            self.not_before = now + retry_delay(self.rounds)

    def died(self, wid: int, age: float, now: float) -> bool:
        """Note that a place died unasked at this age (seconds); say whether it has to wait."""
        if age >= YOUNG:
            self._crashes.pop(wid, None)
            return False
        crashes = self._crashes[wid] = self._crashes.get(wid, 0) + 1
        delay = crash_delay(crashes)
        if delay:
            self.waits[wid] = now + delay
            self._next_wait = min(self._next_wait, now + delay)
        return bool(delay)

    def over(self, now: float) -> list[int]:
        """Return the places that need not wait any longer, and forget that they waited."""
        if now < self._next_wait:
            return []
        done = [wid for wid, until in self.waits.items() if until <= now]
        for wid in done:
            del self.waits[wid]
        self._next_wait = min(self.waits.values(), default=inf)
        return done

    def next_wait(self) -> float:
        """Return when the next waiting place may be tried."""
        return self._next_wait

    def forget(self) -> list[int]:
        """Start afresh; return the places that waited."""
        waited = list(self.waits)
        self.waits.clear()
        self._crashes.clear()
        self._next_wait = inf
        self.begin()
        return waited

    def begin(self) -> None:
        """Count tries and failures anew; places in a crash loop go on waiting."""
        self._tried_before = self.tried
        self.succeeded, self.failures, self.rounds, self.not_before = False, 0, 0, -inf
