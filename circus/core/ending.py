"""When the daemon ends because of what its watchers came to, and with which exit code. Pure.

A watcher *ends for good* when it goes down and nobody asked for it: it gave up, met a fatal code,
or all of its processes have finished (:mod:`circus.core.restart`). It has *failed* then, unless
its processes finished with codes that are a success. Its code is the fatal one, else the first
that was no success; a watcher that gave up before any process ended fails with 1.

``essential-fails``: the first essential watcher that fails ends the daemon, with its code.
``all-done``: the daemon ends when every watcher is done, with the code of the first essential one
that failed and has not ended well since, else with 0. A watcher that runs, waits for a connection,
is still to be started or was stopped by a command is not done; one without ``autostart`` that was
never started is not waited for, and helpers (plugins, circusd-stats) are not looked at. One that is
removed is no watcher any more: its failure is forgotten, and once it is down the others decide.
``never``: the daemon ends when it is asked to, with 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from circus.core.watcher import WatcherMachine

SIGNALLED = 128
"""Added to the number of the signal that killed a process, as shells do it."""


class Standing(Enum):
    """How a watcher stands to the end of the daemon."""

    IDLE = "it was never asked to run"
    BUSY = "it runs, is to run, or was stopped by a command"
    DONE = "it has ended for good, and nobody asked for it"


def standing(machine: WatcherMachine) -> Standing:
    """Return how a watcher stands at this moment."""
    goal = machine.goal
    if not goal.up and machine.staffing.over_in == goal.cycle:
        return Standing.DONE
    never = not goal.up and not goal.cycle
    return Standing.IDLE if never and not machine.spec.autostart else Standing.BUSY


def status(code: int) -> int:
    """Return the exit status that stands for a code: 128 and its number for a signal."""
    return code if code >= 0 else SIGNALLED - code


class Ending:
    """Decides for one daemon.

    :param exit_when: ``never``, ``essential-fails`` or ``all-done``
    """

    def __init__(self, exit_when: str = "never") -> None:
        self.exit_when = exit_when
        self._failures: dict[str, int] = {}

    def over(
        self, name: str, code: int, standings: Iterable[Standing], *, fails: bool
    ) -> int | None:
        """Hear that a watcher has ended for good; return the daemon's exit status if it ends now.

        :param code: an exit status, or minus a signal
        :param standings: of all watchers but helpers, this one included
        :param fails: it is essential, and that was a failure
        """
        self._failures.pop(name, None)
        if fails:
            self._failures[name] = code
        if self.exit_when == "essential-fails":
            return self._first() if fails else None
        return self.done(standings)

    def removed(self, name: str) -> None:
        """Hear that a watcher is removed: what it came to counts no longer."""
        self._failures.pop(name, None)

    def done(self, standings: Iterable[Standing]) -> int | None:
        """Return the daemon's exit status if it ends now because all are done.

        :param standings: of all watchers but helpers
        """
        seen = {*standings}
        over = Standing.DONE in seen and Standing.BUSY not in seen
        return self._first() if self.exit_when == "all-done" and over else None

    def _first(self) -> int:
        return status(next(iter(self._failures.values()), 0))
