"""What follows the end of a process that nobody asked for, and how soon. Pure.

**What follows.** The code decides, and the watcher's ``restart``. A code of ``fatal_exit_codes``
stops the whole watcher: to try again would end alike. Else ``always`` replaces the process,
``never`` does not, and ``on-failure`` replaces it unless its code is one of
``success_exit_codes``. A process that is not replaced has *finished*: it counts against the count,
and when all have finished the watcher goes down. An end that circusd asked for (stop, kill, decr,
reload, age) is neither a success nor a failure: nothing here is looked at.

**How soon.** At once, but for a place in a *crash loop*: three deaths in a row, each before
``healthy_after``, however they ended, for a program that says 0 a thousand times a second burns
the CPU as well. Such a place waits for the beginning of ``backoff``, doubled each time up to its
end. So that many places that crashed together do not come back together for ever, each wait is
shortened by up to a quarter, by luck that comes in with the birth, within the ends of ``backoff``.

**When it is forgotten.** One life of ``healthy_after`` forgives a place. A start, a restart and a
reload begin anew: nothing waits, nobody has finished. A count that is lowered takes away places
that have finished before it takes one that runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from signal import Signals
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from circus.spec.model import WatcherSpec

CRASHES = 3
"""So many deaths in a row before ``healthy_after`` make a place wait."""
JITTER = 0.25
"""By at most this part a wait is shortened."""
FIRST_RETRY = 0.1
"""Seconds before the first try after a failed launch; doubled each time to the end of backoff."""


class Then(Enum):
    """What follows the end of a process."""

    AGAIN = "it is replaced"
    FINISHED = "it is not replaced and counts against the count"
    FATAL = "the watcher stops"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a process ended.

    :param code: its exit status, or minus the signal that killed it
    :param asked: whether somebody asked for it
    :param at: when (monotonic seconds)
    """

    pid: int
    wid: int
    code: int
    asked: bool
    at: float

    @property
    def how(self) -> str:
        """``exit code 1`` or ``killed by SIGKILL``."""
        return how(self.code)


def never(spec: WatcherSpec) -> bool:
    """Say whether nothing that ends by itself, by its age or by ``kill`` is replaced."""
    return spec.restart == "never" or not spec.respawn


def follows(spec: WatcherSpec, code: int) -> Then:
    """Say what follows an end that nobody asked for.

    :param code: the exit status, or minus the signal
    """
    if code in spec.fatal_exit_codes:
        return Then.FATAL
    if never(spec):
        return Then.FINISHED
    finished = spec.restart == "on-failure" and code in spec.success_exit_codes
    return Then.FINISHED if finished else Then.AGAIN


def failure(spec: WatcherSpec, code: int, before: int | None) -> int | None:
    """Return the code that a watcher fails with once it has ended for good, or None.

    A fatal code is the last word; of those that finish, the first that is no success counts.

    :param code: how a process ended that nobody asked for and that is not replaced
    :param before: what was returned for those before it
    """
    if code in spec.fatal_exit_codes:
        return code
    return code if before is None and code not in spec.success_exit_codes else before


def pause(spec: WatcherSpec, crashes: int, luck: float) -> float:
    """Return how many seconds a place waits after so many crashes in a row.

    :param luck: in [0, 1), draws by how much the wait is shortened
    """
    if crashes < CRASHES:
        return 0.0
    first, longest = spec.backoff
    whole = min(longest, first * 2.0 ** min(crashes - CRASHES, 30))
    return max(first, whole * (1.0 - JITTER * luck))


def retry_pause(spec: WatcherSpec, rounds: int) -> float:
    """Return how many seconds to wait after so many rounds of failed launches in a row."""
    return min(spec.backoff[1], FIRST_RETRY * 2.0 ** min(rounds - 1, 30))


def how(code: int) -> str:
    """Say how a process ended: ``exit code 1`` or ``killed by SIGKILL``."""
    if code >= 0:
        return f"exit code {code}"
    known = {int(one): one.name for one in Signals}
    return f"killed by {known.get(-code, f'signal {-code}')}"


def how_early(spec: WatcherSpec) -> str:
    """Say when a process dies that counts as crashed: ``at once`` or ``within 30 s``."""
    return "at once" if spec.healthy_after <= 1 else f"within {spec.healthy_after:g} s"
