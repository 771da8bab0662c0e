"""What an arbiter makes of watchers that end for good: :mod:`circus.core.ending` decides."""

from __future__ import annotations

import asyncio
import functools
import logging
from typing import Any

from circus import logger
from circus.core.ending import Ending, Standing, standing
from circus.core.restart import how
from circus.crew import Crew
from circus.roster import Roster
from circus.spec.statistics import is_helper
from circus.verbs import Verbs
from circus.watcher import Watcher


class Endings(Verbs, Roster):
    """An arbiter that may end, with an exit code, because of what its watchers came to."""

    crew: Crew
    exit_when: str
    exit_code: int = 0
    """With what circusd ends: 0, unless an essential watcher's failure decided (0 to 255)."""
    _ending: Ending
    _ends = False
    """Whether the end was decided here."""

    def begin_life(self) -> None:
        """Forget what an earlier life came to."""
        self._ending, self._ends, self.exit_code = Ending(self.exit_when), False, 0

    def heed(self, watcher: Watcher) -> None:
        """Hear of it when a watcher that was just attached ends for good."""
        assert watcher.stage is not None
        watcher.stage.on_over = functools.partial(self._heard, watcher)

    def standings(self) -> list[Standing]:
        """Return how each watcher but the helpers stands to the end of the daemon."""
        return [standing(one.machine) for one in self.watchers if not is_helper(one.spec)]

    def _heard(self, watcher: Watcher, code: int, failed: bool) -> None:
        """Hear that a watcher ends for good, and end everything if it comes to that."""
        name, fails = watcher.name, failed and watcher.spec.essential
        decided = self._ending.over(name, code, self.standings(), fails=fails)
        machine = watcher.machine
        ended = machine.members.failure is not None  # else it gave up before a process failed
        said = f"with {how(code)}" if ended else f"without a process: {machine.reason}"
        self._decide(decided, f"{name!r} has failed {said}")

    def forget(self, watcher: Watcher, gone: asyncio.Future[Any]) -> None:
        """Hear that a watcher is removed; once it is gone the others may be all done.

        :param gone: done when its last process is
        """
        if not self.running:
            return
        self._ending.removed(watcher.name)
        # a turn later: whoever takes its place is known by then
        gone.add_done_callback(lambda _: self.crew.loop.call_soon(self._look))

    def _look(self) -> None:
        if self.running:
            self._decide(self._ending.done(self.standings()), "")

    def _decide(self, code: int | None, failure: str) -> None:
        """End everything if it comes to that.

        :param code: the exit code, or None to go on
        :param failure: which one and how, where one failure decides
        """
        if code is None or self._ends:
            return
        self._ends, self.exit_code = True, code
        why = "all are done" if self.exit_when == "all-done" else failure
        level = logging.WARNING if code else logging.INFO
        logger.log(level, "circusd ends with exit code %d: %s", code, why)
        # later: a sweep that moves watchers at this very moment is not disturbed
        self.crew.loop.call_soon(self._go)

    def _go(self) -> None:
        if self.running:
            self.leave()
