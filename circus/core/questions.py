"""The open questions of one watcher: hooks that were asked and have not answered.

On the way up a question waits for as long as its hook may take. On the way down the grace is the
limit: when a watcher begins to fall, every question that is open gets it, and so does every one
that is asked while it falls, or about a signal. A question whose limit is over is dropped, and the
machine goes on as if its hook had failed.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from math import inf

FAREWELL = 1.0
"""Seconds that a hook has at least on the way down, however short the grace."""
OF_AN_END = frozenset({"before_signal", "after_signal", "before_reap", "after_reap"})
"""The hooks about the end of a process: a watcher is down once they have answered."""
OF_A_SIGNAL = frozenset({"before_signal", "after_signal"})


@dataclass
class Question:
    """A hook's call that was not answered yet, and the place and member it is about (0: none).

    :param until: when nobody waits any longer (monotonic seconds)
    """

    hook: str
    wid: int = 0
    serial: int = 0
    until: float = inf


@dataclass
class Questions:
    """What was asked. Numbers count from 1; times are monotonic seconds."""

    open: dict[int, Question] = field(default_factory=dict)
    asked: int = 0
    """How many were asked so far: the number of the last one."""
    _limits: list[tuple[float, int]] = field(default_factory=list)

    def ask(self, question: Question) -> int:
        """Note a question; return its number."""
        self.asked += 1
        self.open[self.asked] = question
        self._note(self.asked, question)
        return self.asked

    def take(self, number: int) -> Question | None:
        """Return a question that is answered; None when nobody waits for it any more."""
        return self.open.pop(number, None)

    def limit(self, until: float) -> None:
        """Let no question that is open wait longer."""
        for number, question in self.open.items():
            if until < question.until:
                question.until = until
                self._note(number, question)

    def overdue(self, now: float) -> list[tuple[int, Question]]:
        """Take out the questions whose limit is over, and return them with their numbers."""
        over = []
        while self.deadline() <= now:
            _, number = heapq.heappop(self._limits)
            over.append((number, self.open.pop(number)))
        return over

    def deadline(self) -> float:
        """Return when the next limit is over, or inf."""
        while self._limits:
            until, number = self._limits[0]
            question = self.open.get(number)
            if question and question.until == until:
                return until
            heapq.heappop(self._limits)
        return inf

    def of_an_end(self) -> bool:
        """Say whether a hook about the end of a process has still to answer."""
        return any(question.hook in OF_AN_END for question in self.open.values())

    def _note(self, number: int, question: Question) -> None:
        if question.until < inf:
            heapq.heappush(self._limits, (question.until, number))
