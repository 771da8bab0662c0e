"""Signals that circusd sends on to processes, instead of acting on them.

Somebody who signals a container means the program in it, but it is the init of the container that
gets the signal: circusd, if that is what runs there. What has a meaning for circusd itself it acts
on: TERM, INT and QUIT stop everything, each process by its own ``stop_signal``; HUP reloads, USR1
opens the log files anew. The rest it sends on as the init of a container; ``forward_signals`` says
otherwise.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable

from circus import logger
from circus.roster import Roster
from circus.spec.statistics import is_helper
from circus.watcher import Watcher

INIT = 1


def chosen(asked: Iterable[int] | None) -> tuple[int, ...]:
    """Return the numbers of the signals that are sent on.

    :param asked: what is configured; None: as the init of a container (pid 1) those that mean
        nothing to circusd, otherwise none
    """
    if asked is not None:
        return tuple(asked)
    if os.getpid() != INIT:
        return ()
    return (int(signal.SIGUSR2), *range(signal.SIGRTMIN, signal.SIGRTMAX + 1))


class Forwarding(Roster):
    """An arbiter that sends signals on.

    :ivar forwards: their numbers
    """

    forwards: tuple[int, ...]

    def forward(self, signum: int) -> None:
        """Send a signal to the processes of the essential watchers, through their hooks.

        If none is essential, to those of all watchers but circusd's helpers.
        """
        targets = self._addressees()
        logger.info("sending signal %d on to %s", signum, ", ".join(one.name for one in targets))
        for watcher in targets:
            _send(watcher, signum)

    def _addressees(self) -> list[Watcher]:
        ours = [one for one in self.watchers if not is_helper(one.spec)]
        return [one for one in ours if one.spec.essential] or ours


def _send(watcher: Watcher, signum: int) -> None:
    try:
        watcher.deliver(watcher.get_active_pids(), signum)
    except OSError as error:  # it took another identity
        text = "cannot send signal %d on to %r: %s"
        logger.warning(text, signum, watcher.name, error.strerror)
